"""One training by several processes that torchrun starts: each takes its share of every batch, and all take one step.

The launcher (:mod:`.launcher`) holds the run's log and starts torchrun; each of its processes is a :mod:`.rank`, and
the first of them is the one that a person talks to: it validates, writes the log and the checkpoints, and hears what is
asked for.
"""
