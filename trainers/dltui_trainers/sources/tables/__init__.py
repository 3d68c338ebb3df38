"""A table of the user: a CSV file, read, looked at, and made ready for a network."""
