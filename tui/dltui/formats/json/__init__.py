"""One JSON document."""
