"""How the next trial is chosen: one method a file."""
