"""A log in another program's format: CSV, JSON lines, TensorBoard; written in pieces, however long the log is."""
