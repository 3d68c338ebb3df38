"""Runs of Weights & Biases: a log of checksummed blocks, and protobuf records in it."""
