"""Learned by heart: the training loss falls on, the validation loss does not."""

import numpy as np

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import LITTLE_EXPLAINED, explained
from dltui.diagnosis.rise import RISE, Rise, accuracy_gain, rise_of
from dltui.diagnosis.rule import LEAST_VALIDATIONS, persistence
from dltui.diagnosis.statistics import confidence

SEVERE_RISE = 0.5
TRAIN_FALL = 0.05
"""Training must have got better by this since validation was at its best: where both stand still, or both rise, the
cause is another one."""

MEMORISED = 0.5
"""Half of the training loss gone, and nothing of the validation loss."""
FLAT = 0.05
FALL = 0.10
GAP = 1.00
GAP_OF_THE_DESCENT = 0.05
"""The second form (no rise, but a gap that only grows): the last half of the run brought validation less than 5 %,
while training fell by 10 % and lies at half of it or less. A gap alone is never enough: it fires on 137 of 375 sound
histories of OverfitGuard."""


def find(run: Observed) -> Finding | None:
    """Validation gets worse, or no better, while training gets better.

    It looks like two curves that part: training falls, validation turns up (or stays where it is). Causes: a model
    with more freedom than the data can tie down, too many epochs, wrong labels. Decided on running medians, with the
    noise of the validation as the unit. Silent for fewer than 6 validations, where the training loss stands still or
    rises too (that is divergence).
    Source: Prechelt 1998 (generalisation loss); Li et al. 2024, OverfitGuard, arXiv:2401.10359; Google Tuning Playbook.
    """
    if run.validations < LEAST_VALIDATIONS or not run.comparable or _cannot_memorise(run):
        return None
    rise = rise_of(run)
    if rise is not None and accuracy_gain(run, rise) is not None:
        return None  # more and more is right: that is overconfidence
    return _by_rise(run, rise) or _by_gap(run) or _from_the_start(run)


def _cannot_memorise(run: Observed) -> bool:
    """Whether training itself is far from solved: then bias comes first, and it is underfitting."""
    share = explained(run)
    return share is not None and share < LITTLE_EXPLAINED


def _by_rise(run: Observed, rise: Rise | None) -> Finding | None:
    if rise is None:
        return None
    train = run.train_at_val_smooth
    # one training value may stand out at the end: the median of the last few tells where the loss is
    at_best, end = float(train[rise.at_best]), float(np.median(train[-2 * persistence(len(train)) :]))
    if end > at_best - TRAIN_FALL * abs(at_best):
        return None
    error = max(run.val_noise, RISE * abs(rise.best) / 3)
    numbers = {"best": rise.best, "last": rise.end, "best_step": float(run.val.step[rise.at_best])}
    return Finding(
        symptom=Symptom.OVERFITTING,
        severity=Severity.CRITICAL if rise.ratio > SEVERE_RISE else Severity.WARNING,
        confidence=confidence(rise.end - rise.best, rise.threshold, error),
        since_step=float(run.val.step[rise.since]),
        evidence=(
            Evidence(name="val_rise", value=rise.ratio, unit=Unit.RATIO, numbers=numbers),
            _train_fall(at_best, end),
        ),
        guide_step=6,
    )


def _by_gap(run: Observed) -> Finding | None:
    val, train = run.val_smooth, run.train_at_val_smooth
    half = int(np.searchsorted(run.val.step, (run.first_step + run.last_step) / 2))
    if half >= len(val) - persistence(len(val)) or not val.min() > 0 or not train.min() > 0:
        return None
    before = float(val[: half + 1].min())
    gain = (before - float(val[half:].min())) / before
    fall = float(train[half] - train[-1]) / float(train[half])
    gap = float(val[-1] - train[-1]) / max(float(train[-1]), 1e-12)
    descent = float(run.val.value[0]) - float(val.min())
    if gain > FLAT or fall < FALL or gap < GAP or float(val[-1] - train[-1]) < GAP_OF_THE_DESCENT * descent:
        return None
    sure = confidence(fall, FALL, max(FALL / 3, run.val_noise / float(val[-1])))
    return _parted(run, before=(before, float(train[half])), since=half, gain=gain, sure=sure)


def _from_the_start(run: Observed) -> Finding | None:
    """Training was learned by heart early on, and validation never came down at all."""
    val, train = run.val_smooth, run.train_at_val_smooth
    if not val.min() > 0 or not train.min() > 0:
        return None
    gain = float(val[0] - val.min()) / float(val[0])
    fall = float(train[0] - train[-1]) / float(train[0])
    lasting = persistence(len(val))
    if gain > FLAT or fall < MEMORISED or not float(train[-lasting:].max()) * (1 + GAP) < float(val[-lasting:].min()):
        return None
    learned = int(np.argmax(train <= (1 - MEMORISED) * train[0]))
    sure = confidence(fall, MEMORISED, 0.1)
    return _parted(run, before=(float(val[0]), float(train[0])), since=learned, gain=gain, sure=sure)


def _parted(run: Observed, *, before: tuple[float, float], since: int, gain: float, sure: float) -> Finding:
    """The finding of a gap. ``before``: validation and training, which both curves are compared with since then."""
    first_val, first_train = before
    val, train = float(run.val_smooth[-1]), float(run.train_at_val_smooth[-1])
    gap = (val - train) / max(train, 1e-12)
    return Finding(
        symptom=Symptom.OVERFITTING,
        severity=Severity.WARNING,
        confidence=sure,
        since_step=float(run.val.step[since]),
        evidence=(
            Evidence(name="val_flat", value=gain, unit=Unit.RATIO, numbers={"first": first_val, "last": val}),
            _train_fall(first_train, train),
            Evidence(name="gap", value=gap, unit=Unit.RATIO, numbers={"train": train, "val": val}),
        ),
        guide_step=6,
    )


def _train_fall(first: float, last: float) -> Evidence:
    fall = (first - last) / abs(first) if first else 0.0
    return Evidence(name="train_fall", value=fall, unit=Unit.RATIO, numbers={"first": first, "last": last})
