"""Losses compared by a share of them, which also holds below 0: a loss of a person's own may lie anywhere."""

from collections.abc import Iterable

from dltui_trainers.runlog import Number


def above(loss: float, share: float) -> float:
    """Return what is worse than ``loss`` by that share of its size: of 0.02, 2.04 for 2.0 and -1.96 for -2.0."""
    return loss + share * abs(loss)


def fit_a_logarithm(values: Iterable[Number]) -> bool:
    """Return whether a logarithmic axis has room for all of them: none is below 0."""
    return not any(float(each) < 0 for each in values)
