"""The curves of the run that a run came from, faint beneath its own, from where the two part."""

import math
from dataclasses import dataclass

import numpy as np

from dltui.charts.canvas import StyleName
from dltui.charts.run_view import RunView
from dltui.charts.spec import Curve, Kind, Plotted
from dltui.series.scores import Score
from dltui.series.shifted import ShiftedTrace
from dltui.series.state import RunState
from dltui.series.trace import Trace

PARENT_SIGN = "○"
"""What the validations of a parent are marked with, where the run's own have a full one."""
ASIDE = "parent"
"""What it is called where only a word is said of it."""
_LONGEST_NAME = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownParent:
    """``step``: from which the run went on by itself; 0 for one that took over the settings only."""

    name: str
    state: RunState
    step: float


def parent_losses(parent: ShownParent | None, view: RunView) -> tuple[Curve, ...]:
    """Return its smoothed training loss and its validation loss; nothing where they cannot be laid over the run's."""
    if parent is None or not is_drawn(parent, view):
        return ()
    train, val = parent.state.train_loss.smooth, parent.state.val_loss.raw
    name = _short(parent.name)
    curves = (
        _curve(parent, view, train, "train", Kind.FAINT, "" if len(val) else name),
        _curve(parent, view, val, "val", Kind.POINTS, name),
    )
    return tuple(curve for curve in curves if len(curve.trace))


def parent_score(parent: ShownParent | None, view: RunView, score: Score) -> tuple[Curve, ...]:
    """Return its accuracy or the like on the validation set, as :func:`parent_losses` does."""
    if parent is None or not is_drawn(parent, view):
        return ()
    trace = parent.state.eval_metrics[score.metric].raw
    curve = _curve(parent, view, trace, "val", Kind.POINTS, _short(parent.name))
    return (curve,) if len(trace) else ()


def is_drawn(parent: ShownParent, view: RunView) -> bool:
    """Return whether it is wanted, went on after the two parted, and can be laid over the run on that axis."""
    return view.parent and parent.state.step > parent.step and _can_be_laid(parent, view)


def _can_be_laid(parent: ShownParent, view: RunView) -> bool:
    return view.axis != "time" or math.isfinite(time_at(parent.state, parent.step))


def parent_notes(parent: ShownParent | None, view: RunView) -> tuple[str, ...]:
    """Return why a parent that is wanted is not drawn; nothing while its log is being read."""
    if parent is None or not view.parent or parent.state.loading or _can_be_laid(parent, view):
        return ()
    return (f"{_short(parent.name)} not by time: its log does not tell when it was at step {parent.step:g}",)


def time_at(state: RunState, step: float) -> float:
    """Return when a run was at that step, in its own seconds; NaN where its log does not tell. At step 0 it began."""
    if not step:
        return 0.0 if math.isfinite(state.start_s) else math.nan
    for curve in (state.train_loss, state.val_loss):
        steps, times = (curve.track.axis(name).values for name in ("step", "time"))
        if len(steps) and steps[0] <= step <= steps[-1]:
            after = int(np.searchsorted(steps, step, side="right"))
            around = slice(max(after - 1, 0), after + 1)  # np.interp copies whole columns
            return float(np.interp(step, steps[around], times[around]))
    return math.nan


def _curve(parent: ShownParent, view: RunView, trace: Trace, metric: str, kind: Kind, label: str) -> Curve:
    return Curve(
        label=label,
        name=f"{ASIDE} {metric}",
        trace=_laid(parent, view, trace),
        style=StyleName.PARENT,
        kind=kind,
        symbol=PARENT_SIGN if kind is Kind.POINTS else "",
        aside=ASIDE,
    )


def _laid(parent: ShownParent, view: RunView, trace: Trace) -> Plotted:
    """By time both begin where they part: what the parent did before does not count."""
    by = time_at(parent.state, parent.step) if view.axis == "time" and parent.step else 0.0
    return ShiftedTrace(trace, "time", by) if by else trace


def _short(name: str) -> str:
    """The end of a name that is too long for a legend: it tells most."""
    return name if len(name) <= _LONGEST_NAME else f"…{name[1 - _LONGEST_NAME :]}"
