"""Processes of this machine: what they run, the logs that they write, and the GPUs that they use."""
