"""Everything that touches a run's folder: start, read, follow, list, command."""
