"""Some of many samples, where looking at all of them would take too long."""

import torch
from torch import Tensor


def evenly(x: Tensor, most: int) -> Tensor:
    """Return at most ``most`` samples that lie evenly spread over ``x``, always the same ones; all where they fit."""
    return x if len(x) <= most else x[places(len(x), most)]


def places(n: int, most: int) -> Tensor:
    """Return where they are, in order."""
    return torch.arange(n) if n <= most else torch.arange(most) * n // most


def fitting(x: Tensor, values: int) -> int:
    """Return how many samples of ``x`` hold at most so many values, at least one."""
    return max(1, values // max(1, x[0].numel()))
