"""Did a change help? The verdict on one setting of hyperparameters in a running training.

What speaks for a verdict is in ``counterfactual``, which rows it rests on in ``sides``. Here it is decided which loss
may answer, and when: looks are taken each time that half as many points have come again, and the last look that is
sure counts. So a verdict does not flicker, and what was told of an old change stays.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from dltui.diagnosis.reduction import Values
from dltui.diagnosis.statistics import noise, trend
from dltui.interventions.blocks import FEWEST, blocks_of
from dltui.interventions.counterfactual import Direction, compare
from dltui.interventions.history import Intervention, history
from dltui.interventions.lived import Lived
from dltui.interventions.sides import FEWEST_BACK, Sides, knows_epochs, sides_of
from dltui.interventions.verdict import Effect as Effect
from dltui.interventions.verdict import Metric
from dltui.interventions.verdict import Outcome as Outcome
from dltui.series.state import RunState

SPEED = frozenset({"lr", "batch_size", "schedule", "momentum", "grad_clip", "epochs", "warmup_steps"})
"""What changes how a network learns and not what its training loss is: with these that loss may answer as well."""
NO_EFFECT = frozenset({"early_stop_patience", "eval_every"})
"""What no curve can show."""
FIRST_LOOK = {"val_loss": FEWEST, "train_loss": 20}
"""Points after a change at which it is looked at first."""
NEXT_LOOK = 1.5
"""Each look takes so many times the points of the one before."""
DIVERGED = 3.0
"""A loss that many times its level before, and above all that was seen there, needs no more statistics ..."""
DIVERGED_POINTS = {"val_loss": 2, "train_loss": 10}
"""... after so many points: a single spike comes back."""
NON_FINITE_POINTS = {"val_loss": 1, "train_loss": 3}
"""So many values at the end that are no numbers are no slip: a scaled half-precision loss overflows now and then."""

ENOUGH = 1000
"""Values for a mean that nothing is decided on."""

_OUTCOMES: dict[Direction, Outcome] = {
    "down": Outcome.HELPED,
    "up": Outcome.HURT,
    "neither": Outcome.NO_CLEAR_EFFECT,
}


def effects(state: RunState) -> tuple[tuple[Intervention, Effect | None], ...]:
    """Return all that was done, oldest first, each with what came of it where that can be asked."""
    done = history(state)
    return tuple((each, _effect(state, each, done[:at], done[at + 1 :])) for at, each in enumerate(done))


def effect_of(state: RunState, intervention: Intervention, later: Sequence[Intervention]) -> Effect | None:
    """Return what a change did, judged until the first of those ``later``; None for what set nothing a loss shows."""
    done = history(state)
    key = _key(intervention)
    at = next((place for place, each in enumerate(done) if _key(each) == key), len(done))
    return _effect(state, intervention, done[:at], tuple(later))


def _key(each: Intervention) -> tuple[object, ...]:
    return each.id, each.name, each.step, each.settings, each.done


def _effect(
    state: RunState, change: Intervention, earlier: Sequence[Intervention], later: Sequence[Intervention]
) -> Effect | None:
    names = {each.hparam for each in change.settings} - NO_EFFECT
    if not change.is_set or not names:
        return None
    with np.errstate(over="ignore", invalid="ignore"):  # losses near the largest number there is
        return _by_either_loss(state, change, earlier, later, names)


def _by_either_loss(
    state: RunState,
    change: Intervention,
    earlier: Sequence[Intervention],
    later: Sequence[Intervention],
    names: set[str],
) -> Effect:
    """The validation loss decides; where the training loss means the same before and after, it may answer sooner."""
    val_sides = sides_of(state, "val_loss", change, earlier, later)
    val = _judged(val_sides, "val_loss")
    if val.clear or not names <= SPEED:
        return val
    train = _judged(sides_of(state, "train_loss", change, earlier, later), "train_loss")
    if not len(state.val_loss):
        return train
    return train if train.clear and not _contradicts(val, train, noise(val_sides.before.value)) else val


def _contradicts(val: Effect, train: Effect, val_noise: float) -> bool:
    """Whether the validation loss went the other way, by more than it wavers. That it went nowhere is no objection."""
    error = val_noise / math.sqrt(max(1, val.points))
    worse = val.after - val.before
    return worse > error if train.outcome is Outcome.HELPED else -worse > error


def _judged(sides: Sides, metric: Metric) -> Effect:
    before, after = sides.before, sides.after
    found = _simple(before, after, metric)
    if len(before) and not math.isfinite(before.value[-1]):
        return _revived(found, sides)
    if _ends_in_gaps(after, NON_FINITE_POINTS[metric]):
        return replace(found, outcome=Outcome.HURT, after=math.nan, change=math.nan, non_finite=True)
    looks = [_look(found, before, after.part(0, size), metric) for size in _sizes(len(after), metric, sides.closed)]
    sure = [each for each in looks if each is not None and each.clear]
    if sure and _still_holds(sure[-1], looks[-1]):
        return sure[-1]
    if not any(looks) and _has_diverged(before, after, metric):
        return replace(found, outcome=Outcome.HURT)
    last = looks[-1] if looks else None
    return _undecided(last or found, sides)


def _simple(before: Lived, after: Lived, metric: Metric) -> Effect:
    """What can be said without statistics: the last level, the mean after it, and how many points there are."""
    fewest = FIRST_LOOK[metric]
    level, mean = _mean(before.value[-fewest:]), _mean(after.value[:: max(1, len(after) // ENOUGH)])
    return Effect(
        outcome=Outcome.TOO_EARLY,
        metric=metric,
        before=level,
        after=mean,
        change=mean - level,
        points=len(after),
        until_step=float(after.step[-1]) if len(after) else math.nan,
    )


def _mean(values: Values) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else math.nan


def _undecided(found: Effect, sides: Sides) -> Effect:
    """Too early while another look may come soon; later, or when nothing more comes, there is no clear effect."""
    points = len(sides.after)
    if sides.closed or points >= FEWEST_BACK[found.metric]:
        return replace(found, outcome=Outcome.NO_CLEAR_EFFECT)
    following = next(size for size in _all_sizes(found.metric) if size > points)
    return replace(found, outcome=Outcome.TOO_EARLY, needs=following - points)


def _all_sizes(metric: Metric) -> Iterator[int]:
    size = float(FIRST_LOOK[metric])
    while True:
        yield int(size)
        size *= NEXT_LOOK


def _sizes(points: int, metric: Metric, closed: bool) -> Iterator[int]:
    """How many points each look takes; the last one takes all, if no more will come."""
    last = 0
    for size in _all_sizes(metric):
        if size > points:
            break
        last = size
        yield size
    if closed and points > last and points >= FIRST_LOOK[metric]:
        yield points


def _look(found: Effect, before: Lived, after: Lived, metric: Metric) -> Effect | None:
    by_epoch = metric == "train_loss" and knows_epochs(before)
    blocks = blocks_of(before, after, by_epoch=by_epoch)
    if blocks is None:
        return None
    first, second, on_log = blocks
    comparison = compare(first, second)
    written = np.exp if on_log else float
    level = float(written(comparison.level))
    low, high = (float(written(comparison.level + bound)) for bound in (comparison.change.low, comparison.change.high))
    mean = float(written(comparison.after))
    return replace(
        found,
        outcome=_OUTCOMES[comparison.direction],
        before=level,
        after=mean,
        change=mean - level,
        low=low - level,
        high=high - level,
        expected=float(written(comparison.trend)),
        slope_before=comparison.slope_before,
        slope_after=comparison.slope_after,
        on_log=on_log,
        points=len(after),
        until_step=float(after.step[-1]),
    )


def _still_holds(sure: Effect, last: Effect | None) -> bool:
    """Whether the newest look does not say the contrary: a loss that jumped and then fell further did not suffer."""
    if last is None or last is sure:
        return True
    if sure.outcome is Outcome.HELPED:
        return not (last.after > last.before and last.after > last.expected)
    return not (last.after < last.before and last.after < last.expected)


def _ends_in_gaps(rows: Lived, count: int) -> bool:
    """Whether the last ``count`` values are no numbers."""
    return len(rows) >= count and not np.isfinite(rows.value[-count:]).any()


def _has_diverged(before: Lived, after: Lived, metric: Metric) -> bool:
    known = before.value[np.isfinite(before.value)]
    if len(known) < FEWEST or len(after) < DIVERGED_POINTS[metric] or not known.min() > 0:
        return False
    return bool(np.nanmin(after.value) > max(DIVERGED * _mean(known[-FIRST_LOOK[metric] :]), known.max()))


def _revived(found: Effect, sides: Sides) -> Effect:
    """The loss was no number when the change was made: it helped if the loss is one again and falls."""
    after = sides.after
    if len(after) < FIRST_LOOK[found.metric]:
        return _undecided(found, sides)
    if np.isfinite(after.value).all():
        line = trend(after.step, after.value)
        if line is not None and line.high < 0:
            return replace(found, outcome=Outcome.HELPED, before=math.nan, change=math.nan, non_finite=True)
    return _undecided(found, sides)
