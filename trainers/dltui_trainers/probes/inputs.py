"""What the network is fed: the range and the normalisation of the inputs, and numbers that are none."""

from collections.abc import Iterator

import torch
from torch import Tensor

from dltui_trainers.looked import InputsReport
from dltui_trainers.probes.sampled import evenly, fitting
from dltui_trainers.runlog import Number, number
from dltui_trainers.tasks import TaskData

MOST_VALUES = 4 * 2**20
"""Looked at in one go: 5 000 images of 28x28 pixels, in 50 ms."""


def samples_looked_at(x: Tensor) -> int:
    """Return how many samples of ``x`` are looked at."""
    return min(len(x), fitting(x, MOST_VALUES))


def describe_inputs(data: TaskData) -> InputsReport | None:
    """Return the statistics of the training inputs as the network sees them; ``None`` for words and the like."""
    x = data.inputs(evenly(data.train_x, samples_looked_at(data.train_x)))
    if data.is_sequence or not x.is_floating_point():
        return None
    x = x.flatten(1).double()
    finite = x.isfinite()
    count, x = finite.sum(0), x.nan_to_num(0.0, 0.0, 0.0)
    lowest = x.masked_fill(~finite, torch.inf).amin(0)
    highest = x.masked_fill(~finite, -torch.inf).amax(0)
    mean = x.sum(0) / count.clamp(min=1)
    square = x.sub_(mean).square_().masked_fill_(~finite, 0.0).sum(0)
    total = int(count.sum())
    whole_mean = float((mean * count).sum()) / total if total else torch.nan
    # The spread of all numbers is that within the features and that of the features' means.
    variance = float((square + count * (mean - whole_mean).square()).sum()) / total if total else torch.nan
    varying = highest > lowest
    means, deviations = mean[varying].abs(), (square / count.clamp(min=1)).sqrt()[varying]
    return InputsReport(
        minimum=number(float(lowest.min()) if total else torch.nan),
        maximum=number(float(highest.max()) if total else torch.nan),
        mean=number(whole_mean),
        deviation=number(variance**0.5),
        features=x.shape[1],
        constant_features=int((~varying).sum()),
        largest_feature_mean=_extreme(means, largest=True),
        largest_feature_deviation=_extreme(deviations, largest=True),
        smallest_feature_deviation=_extreme(deviations, largest=False),
    )


def _extreme(values: Tensor, *, largest: bool) -> Number | None:
    if not len(values):
        return None
    return number(float(values.max() if largest else values.min()))


def non_finite_inputs(data: TaskData) -> int:
    """Return how many numbers among all inputs are NaN or infinite. Bytes and characters never are."""
    return sum(int((~part.isfinite()).sum()) for x in (data.train_x, data.val_x) for part in _parts(x))


def _parts(x: Tensor) -> Iterator[Tensor]:
    if x.is_floating_point():
        yield from torch.split(x, fitting(x, MOST_VALUES))


def non_finite_targets(data: TaskData) -> int:
    """Return how many samples have a target that is NaN or infinite; a class never is."""
    return sum(int((~y.isfinite()).flatten(1).any(1).sum()) for y in (data.train_y, data.val_y) if y.ndim > 1)
