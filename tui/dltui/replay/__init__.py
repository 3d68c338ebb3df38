"""A saved log as it was written: laid out along steps and time, and played."""
