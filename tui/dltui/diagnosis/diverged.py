"""The loss runs away."""

import numpy as np
import numpy.typing as npt

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed, once
from dltui.diagnosis.reduction import Values
from dltui.diagnosis.rows import Series
from dltui.diagnosis.rule import PERSISTENCE, persistence
from dltui.diagnosis.statistics import confidence, noise, running_median, trend

LOST_SHARE = 0.5
"""Half of all that was learned is lost. Less is a spike that may heal."""
LOST_WITH_VALIDATION = 0.1
"""A tenth is enough where validation, too, ends above where it began."""
RISE = 0.10
"""Less than a tenth above its best is nothing to call divergence, whatever share of a small descent it is."""
ABOVE_START = 0.05
SIGMAS = 4.0
LEAST_POINTS = 6
LONGER = 2.0
"""The last visit above the limit must be twice as long as any before it: else the loss only swings."""


@once
def find(run: Observed) -> Finding | None:
    """The training loss rises far above what it had reached, or above where it began, and stays there.

    It looks like a curve that falls, turns and climbs, or climbs from the first step on. Usual cause: a learning rate
    too high for the curvature; rarely a bad batch or a broken normalisation. A spike that heals is not divergence, nor
    is a tiny loss that doubles: what counts is the share of the descent that is lost. Silent for fewer than 6 points.
    Source: CS231n neural-networks-3 (loss curves); TheDeepChecker (loss >= 2 x its minimum).
    """
    train = run.train_between if len(run.train_between) >= len(run.train) / 2 else run.train
    if len(train) < LEAST_POINTS:
        return None
    level = running_median(train.value)
    since = _since(run, train, level)
    if since is None:
        return None
    start, best, end = _start(run, level), float(level.min()), float(level[-1])
    return Finding(
        symptom=Symptom.DIVERGED,
        severity=Severity.CRITICAL,
        confidence=confidence(end, min(start, (1 + RISE) * best), max(noise(train.value), RISE * abs(best) / 3)),
        since_step=float(train.step[since]),
        evidence=(_evidence(start, best, end),),
        guide_step=3,
    )


def find_standing(run: Observed) -> Finding | None:
    """As :func:`find`; but a divergence from before the last change of the training only if that has not ended it.

    That is not told before there were three validations with the change, nor while the loss falls: it may come back.
    """
    found, now, changed = find(run), run.present, run.changed_at
    if found is None or changed is None or found.since_step > changed:
        return found
    line = trend(now.train.step, now.train.value)
    comes_back = line is not None and line.high < 0
    return None if comes_back or now.validations < PERSISTENCE else found


def _since(run: Observed, train: Series, level: Values) -> int | None:
    """The first point since which the loss is lost for good, None if it is not."""
    start, best = _start(run, level), float(level.min())
    # a loss that runs away is noisy beyond all measure: twice its start is too far whatever the noise
    spread = min(SIGMAS * noise(train.value), abs(start))
    at_best = int(level.argmin())
    share = LOST_WITH_VALIDATION if _validation_lost(run) else LOST_SHARE
    lost = best + max(share * (start - best), RISE * abs(best), spread)
    above_start = start + max(ABOVE_START * abs(start), spread)
    limit = min(lost, above_start) if at_best else above_start
    kept = np.flatnonzero(level <= limit)
    since = int(kept[-1]) + 1 if len(kept) else 0
    if len(level) - since < LONGER * _longest_visit(level[:since] > limit):
        return None
    return since if len(level) - since >= persistence(len(level)) else None


def _longest_visit(above: npt.NDArray[np.bool_]) -> int:
    """How long the loss was above the limit at a stretch, its first tenth left out: an oscillation comes back."""
    begin = len(above) // 10
    edges = np.flatnonzero(np.diff(above[begin:], prepend=False, append=False))
    # what began before the first tenth was over is the descent itself
    lengths = [int(stop - start) for start, stop in zip(edges[::2], edges[1::2], strict=True) if start > 0]
    return max(lengths, default=0)


def _start(run: Observed, level: Values) -> float:
    """Where the loss began: in its first values, or, where they are higher, at what an untrained network has."""
    known = [each for each in (run.expected_initial_loss, run.initial_loss) if each is not None and each > 0]
    return min(float(level[0]), max(known)) if known and run.first_step <= 1 else float(level[0])


def _validation_lost(run: Observed) -> bool:
    """Whether validation, too, ends above where it began: then what was learned is of no use any more."""
    if len(run.val) < LEAST_POINTS:
        return False
    level = run.val_smooth
    lasting = persistence(len(level))
    return float(level[-lasting:].min()) > float(level[0]) + max(ABOVE_START * abs(float(level[0])), run.val_noise)


def _evidence(start: float, best: float, end: float) -> Evidence:
    if end > start:
        numbers = {"first": start, "last": end}
        return Evidence(name="loss_above_start", value=_factor(end, start), unit=Unit.FACTOR, numbers=numbers)
    return Evidence(
        name="loss_above_best", value=_factor(end, best), unit=Unit.FACTOR, numbers={"best": best, "last": end}
    )


def _factor(value: float, reference: float) -> float:
    return value / reference if reference > 0 else float("inf")
