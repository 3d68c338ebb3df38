"""Runs of MLflow: a folder of files, or rows of a database."""
