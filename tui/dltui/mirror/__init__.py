"""Mirrors of a run: its log, as it grows, in the dashboard that a team has already (TensorBoard, Weights & Biases).

A mirror is a process of its own that reads the run's folder as everybody does. So it cannot disturb the training, and
when it is killed it goes on later where it was.
"""
