"""More training samples close the gap between training and validation, and bring the error down by a power law."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.faults.config import Config
from benchmarks.literature.compare import at_least, between, falling
from benchmarks.literature.table import Claim, Table
from benchmarks.literature.trainings import Result, Trainings, losses_of, over

SEEDS = (0, 1, 2)
STEPS, BATCH = 2000, 62
"""The same steps for every size; the batch is half the smallest set."""
SLOPES = (-0.5, -0.07)
"""Hestness and others: -0.07 to -0.35 measured in most domains, -0.5 for the best that theory has for these losses."""
STRAIGHT = 0.95
"""Of the variance of log error, explained by a line: ours, the paper shows only lines by eye."""
SHARED = {"lr": "0.01", "schedule": "cosine", "batch_size": str(BATCH)}


@dataclass(frozen=True, slots=True)
class Curve:
    """A network on a task, and the sizes of its training sets."""

    task: str
    settings: dict[str, str]
    sizes: tuple[int, ...]

    def config(self, size: int) -> Config:
        """Return the training on the first ``size`` samples, of as many steps as all the others."""
        epochs = max(1, round(STEPS / math.ceil(size / BATCH)))
        own = {"train_size": str(size), "epochs": str(epochs)}
        return Config(task=self.task, settings=SHARED | self.settings | own)


CURVES = {
    "mnist1d, CNN": Curve(
        "mnist1d", {"model": "cnn", "layers": "3", "channels": "10"}, (125, 250, 500, 1000, 2000, 4000)
    ),
    "mnist1d, MLP": Curve("mnist1d", {"layers": "2", "width": "100"}, (125, 250, 500, 1000, 2000, 4000)),
    "digits, MLP": Curve("digits", {"layers": "2", "width": "64"}, (89, 179, 359, 718, 1437)),
}


def measure(trainings: Trainings) -> Table:
    """Train each network on sets of growing size."""
    configs = {(name, size): curve.config(size) for name, curve in CURVES.items() for size in curve.sizes}
    results = trainings.over_seeds(configs, SEEDS)
    header = ("", "samples", "train loss", "validation loss", "gap", "validation error")
    return Table(
        title="A larger training set closes the gap",
        sources=(
            "J. Hestness and others, Deep Learning Scaling is Predictable, Empirically, 2017, arXiv:1712.00409: the"
            " error falls as a power of the size of the training set, with exponents of -0.07 to -0.35 (ImageNet,"
            " top-1: -0.309); theory has -0.5. J. Kaplan and others, 2020, arXiv:2001.08361: -0.095 for the loss of"
            " language models.",
            "Stanford CS231n, course notes, Neural Networks Part 3: the gap between training and validation accuracy is"
            " the amount of overfitting, and more data is a remedy.",
        ),
        setting=(
            f"the first samples of each training set, the same validation set; Adam, lr 0.01 on a cosine, {STEPS}"
            f" steps of batches of {BATCH} for every size; losses at the end, that of the training set as in a"
            f" validation; {len(SEEDS)} seeds. CNN of three convolutions (10 channels first), MLP 2 x 100, MLP 2 x 64."
        ),
        reached_if=(
            "the mean gap, and the mean validation loss, falls at every step from one size to the next; the slope of"
            f" log error over log size is {SLOPES[0]:g} to {SLOPES[1]:g}; a line explains {STRAIGHT:.0%} of it."
        ),
        notes=(
            "All sizes have one network; Hestness takes the best network for each size.",
            "of the misses, after the first run: both are steeper than published. Labels without noise and samples of"
            " few dimensions make it so (U. Sharma and J. Kaplan, 2020, arXiv:2004.10802: about 4 over the dimension).",
        ),
        rows=(header, *(_row(*key, found) for key, found in results.items())),
        claims=tuple(
            claim
            for name, curve in CURVES.items()
            for claim in _claims(name, curve.sizes, {size: results[name, size] for size in curve.sizes})
        ),
    )


def _row(name: str, size: int, found: Sequence[Result]) -> tuple[str, ...]:
    return name, str(size), *losses_of(found), over(found, _error).percent()


def _claims(name: str, sizes: Sequence[int], results: Mapping[int, Sequence[Result]]) -> tuple[Claim, ...]:
    gaps = [over(results[size], lambda each: each.gap).mean for size in sizes]
    losses = [over(results[size], lambda each: each.val_loss).mean for size in sizes]
    errors = [over(results[size], _error).mean for size in sizes]
    slope, explained = power_law(sizes, errors)
    return (
        _fall(f"{name}: gap", gaps),
        _fall(f"{name}: validation loss", losses),
        Claim(
            says=f"{name}: exponent of the error",
            published=f"{SLOPES[0]:g} to {SLOPES[1]:g}",
            measured=f"{slope:.3f}",
            missed=between(slope, *SLOPES),
        ),
        Claim(
            says=f"{name}: a power law",
            published="a straight line",
            measured=f"{explained:.1%} explained",
            missed=at_least(100 * explained, 100 * STRAIGHT, " %"),
        ),
    )


def _fall(says: str, means: Sequence[float]) -> Claim:
    path = f"{means[0]:.3g} -> {means[-1]:.3g}"
    return Claim(says=says, published="falls at every step", measured=path, missed=falling(means))


def power_law(sizes: Sequence[int], errors: Sequence[float]) -> tuple[float, float]:
    """Return the slope of log error over log size, and the share of the variance that the line explains.

    NaN where an error is 0 or not a number: it has no logarithm.
    """
    if not all(error > 0 for error in errors):
        return math.nan, math.nan
    x, y = np.log(sizes), np.log(errors)
    correlation = float(np.corrcoef(x, y)[0, 1]) if y.std() else math.nan
    return float(np.polyfit(x, y, 1)[0]), correlation**2


def _error(result: Result) -> float:
    return 100 - result.accuracy
