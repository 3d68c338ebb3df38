"""Step 3. Its order of work is in ``step.py``."""
