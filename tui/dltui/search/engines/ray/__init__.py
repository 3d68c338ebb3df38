"""Trials as those of Ray Tune on a cluster that is there already.

The engine and its driver share files in ``STUDY/ray``: the engine appends what it wants to ``orders.jsonl``; the
driver, a process of its own that outlives the supervisor, appends what became of it to ``status.jsonl``. Ray itself is
imported by the driver alone, and on the cluster's nodes.
"""
