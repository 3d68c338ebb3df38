"""Step 4. Its order of work is in ``step.py``."""
