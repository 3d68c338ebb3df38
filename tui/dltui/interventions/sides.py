"""Which rows of a loss lie before a change and which after it, as far as both can be laid to its account."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dltui.diagnosis.reduction import Bounds, Values
from dltui.diagnosis.rows import rows_of
from dltui.interventions.history import Intervention
from dltui.interventions.lived import Lived, lived
from dltui.interventions.verdict import Metric
from dltui.runs.update import GOING_BACK
from dltui.series.state import RunState

BACK_SHARE = 0.5
"""Before counts from the middle of the training until then: what was earlier fell in another way."""
FEWEST_BACK = {"val_loss": 8, "train_loss": 40}
"""So many points before are taken if they are there, and so many after before "no clear effect" is said."""
LR_JUMP = 1.5
"""From one record to another the learning rate changes by this factor where a schedule makes a step, not a curve."""
LR_SAMPLES = 512
_CUTS = frozenset({"set", "lr_drop", "branch"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Both sides of a change. ``closed``: no more rows will come after it that belong to it."""

    before: Lived
    after: Lived
    closed: bool


def sides_of(
    state: RunState,
    metric: Metric,
    change: Intervention,
    earlier: Sequence[Intervention],
    later: Sequence[Intervention],
) -> Sides:
    """Return the rows around ``change``: back to the last change that stood then, on to the next one or the undo."""
    end = next((place for place, each in enumerate(later) if _cuts(each) or _is_undo(each)), len(later))
    until = _until(later[end]) if end < len(later) else math.inf
    whole = lived(state, metric, until, sum(map(_is_undo, later[end:])))
    low, high = _steady_lr(state, change.step) if end == len(later) else (-math.inf, math.inf)
    since = max(0.0, low, *(each.step for each in standing(earlier)))
    before = _recent(whole, since, change.step, FEWEST_BACK[metric])
    following = whole.between(change.step, high)
    after = _as_far(before, following, change.step, FEWEST_BACK[metric])
    closed = end < len(later) or len(after) < len(following) or math.isfinite(high) or not state.status.alive
    if metric == "train_loss":
        after = _in_known_epochs(before, after)
    return Sides(before=before, after=after, closed=closed)


def standing(done: Sequence[Intervention]) -> list[Intervention]:
    """Return the changes of a training that hold after all that was ``done``: those that no undo took back."""
    stack: list[Intervention] = []
    for each in done:
        if _is_undo(each):
            is_restart = each.name != "undo"
            while stack and (is_restart or not stack[-1].is_set) and stack[-1].step > each.step:
                stack.pop()
            if stack and stack[-1].is_set and not is_restart:
                stack.pop()
        elif _cuts(each):
            stack.append(each)
    return stack


def _cuts(each: Intervention) -> bool:
    return each.is_set if each.name == "set" else each.done and each.name in _CUTS


def _is_undo(each: Intervention) -> bool:
    return each.name in GOING_BACK and each.done


def _until(end: Intervention) -> float:
    """The last step before ``end``; an undo tells how far the training had come, where it does not the log does."""
    if not _is_undo(end):
        return end.step
    stood_at = end.settings[0].from_ if end.settings else None
    return stood_at if isinstance(stood_at, int) and stood_at >= end.step else math.inf


def _recent(whole: Lived, since: float, step: float, fewest: int) -> Lived:
    known = whole.between(since, step)
    if not len(known):
        return known
    middle = step - (step - float(whole.step[0])) * BACK_SHARE
    start = int(np.searchsorted(known.step, middle, side="right"))
    return known.part(max(0, min(start, len(known) - fewest)), len(known))


def _as_far(before: Lived, following: Lived, step: float, fewest: int) -> Lived:
    """As far after the change as before it: the trend of before says nothing of what is further away."""
    length = step - float(before.step[0]) if len(before) else 0.0
    count = int(np.searchsorted(following.step, step + length, side="right"))
    return following.part(0, max(count, fewest))


def _in_known_epochs(before: Lived, after: Lived) -> Lived:
    """Where no epoch began before the change, stop where one begins after it: what that alone does is not known."""
    if not len(after) or not len(before) or knows_epochs(before):
        return after
    if not math.isfinite(before.epoch[-1]):
        return after
    return after.part(0, int(np.searchsorted(after.epoch, math.ceil(before.epoch[-1]), side="right")))


def knows_epochs(rows: Lived) -> bool:
    """Whether an epoch began within these rows."""
    if not len(rows) or not np.isfinite(rows.epoch[[0, -1]]).all():
        return False
    return bool(np.ceil(rows.epoch[-1]) > np.ceil(rows.epoch[0]))


def _steady_lr(state: RunState, step: float) -> tuple[float, float]:
    """Between which steps around the change the schedule made no jump of the learning rate."""
    rows = rows_of(state.step_metrics["lr"], math.inf)
    at = int(np.searchsorted(rows.step, step, side="right"))
    jumps_before = _jumps(rows.value[:at])
    jumps_after = _jumps(rows.value[at:])
    low = float(rows.step[jumps_before[-1]]) if len(jumps_before) else -math.inf
    high = float(rows.step[at + jumps_after[0]]) if len(jumps_after) else math.inf
    return low, high


def _jumps(lr: Values) -> Bounds:
    """The last rows before a jump, to within 1/512 of them all."""
    places = np.linspace(0, max(0, len(lr) - 1), min(len(lr), LR_SAMPLES)).astype(np.int64)
    sample = lr[places]
    with np.errstate(all="ignore"):
        jumped = np.abs(np.log(sample[1:] / sample[:-1])) > math.log(LR_JUMP)
    return places[:-1][jumped]
