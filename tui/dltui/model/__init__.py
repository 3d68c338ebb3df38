"""A model as a table: every parameter of a run with its numbers and its health, for the screen and for plain text."""
