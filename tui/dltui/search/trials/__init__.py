"""Runs the trials of a study on an engine: submits, follows, prunes, begins again what was killed, writes the study."""
