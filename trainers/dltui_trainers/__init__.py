"""The training side of dltui: tasks, the loop, and the run log that is all the interface ever sees of it."""

__version__ = "0.1.0"
