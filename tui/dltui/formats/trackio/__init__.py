"""Runs of trackio: rows of an SQLite file."""
