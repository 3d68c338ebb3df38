"""Step 0. Its order of work is in ``step.py``."""
