"""The numbers that dltui promises, measured: ``PYTHONPATH=tests python -m benchmarks [NAME ...]``."""
