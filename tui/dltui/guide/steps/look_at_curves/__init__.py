"""Step 6. Its order of work is in ``step.py``."""
