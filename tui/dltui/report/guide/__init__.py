"""The report of a guide: its steps in order, and the run that all of them led to."""
