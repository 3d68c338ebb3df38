"""Step 2. Its order of work is in ``step.py``."""
