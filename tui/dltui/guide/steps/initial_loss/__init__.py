"""Step 1. Its order of work is in ``step.py``."""
