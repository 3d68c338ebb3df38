"""Tables with a line of names first."""
