"""The charts of a run: which curves and marks each one shows, for the screens and for plain text."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dltui.charts.canvas import StyleName
from dltui.charts.chart import draw
from dltui.charts.interventions import intervention_marks, undone_curves, without_texts
from dltui.charts.of_parent import ShownParent, parent_losses, parent_notes, parent_score
from dltui.charts.run_view import RunView, Span, usual_smoothing
from dltui.charts.spec import WAITING, ChartSpec, Curve, Kind, Mark
from dltui.charts.ticks import grow_limit
from dltui.formatting import Unit, format_value
from dltui.series.scores import ACCURACY, Score, scores_of
from dltui.series.state import SMOOTHING, RunState
from dltui.series.track import AxisName

FOUND_SIGN, FOUND = "╏", "▲"
"""The line since which a finding holds, and what stands before its name."""

NEVER_CAME = "nothing was recorded"
"""What stands in an empty chart of a run that is over."""


@dataclass(frozen=True, slots=True)
class Since:
    """Since which step something holds, and what, in a word or two."""

    step: float
    name: str


def run_charts(
    state: RunState, view: RunView, found: Sequence[Since] = (), parent: ShownParent | None = None
) -> list[ChartSpec]:
    """All charts of the run, the losses first. Each is 0 x 0 cells: who draws it sets its size.

    ``found`` is marked on the losses, if ``view`` wants it, and so is the ``parent`` drawn on what it was judged by.
    """
    scores = [_score_chart(state, view, score, parent) for score, _ in scores_of(state)]
    charts = [loss_chart(state, view, found, parent), *scores[:1]]
    # a learning rate falls to 0 at the end of a cosine and rises from it in a warm-up: its axis stays linear
    of_steps = [
        ("lr", _step_chart(state, view, "lr", "learning rate", StyleName.LR, log=False)),
        ("grad_norm", _step_chart(state, view, "grad_norm", "gradient norm", StyleName.GRAD, log=view.y_log)),
        (
            "update_ratio",
            _step_chart(state, view, "update_ratio", "update / weights", StyleName.SERIES_1, log=view.y_log),
        ),
    ]
    # our own training will log all of them; what a script or another program has not logged may never come
    charts += [chart for metric, chart in of_steps if state.is_ours or len(state.step_metrics[metric])]
    return charts + scores[1:]  # where there is little room, how it trains tells more than a second score


def loss_chart(
    state: RunState, view: RunView, found: Sequence[Since] = (), parent: ShownParent | None = None
) -> ChartSpec:
    """Training loss raw and smoothed, validation loss, its best, what was done to the run and what was found in it."""
    return _chart(
        state,
        view,
        title="loss",
        curves=(
            *undone_curves(state),
            Curve(label="raw", trace=state.train_loss.raw, style=StyleName.TRAIN_RAW, kind=Kind.FAINT),
            *parent_losses(parent, view),
            Curve(label=_train_label(view), name="train", trace=state.train_loss.smooth, style=StyleName.TRAIN),
            Curve(label="val", trace=state.val_loss.raw, style=StyleName.VAL, kind=Kind.POINTS),
        ),
        marks=(*_best_mark(state, view), *intervention_marks(state, view.axis), *_found_marks(state, view, found)),
        log=view.y_log,
        notes=parent_notes(parent, view),
    )


def usual_view(state: RunState) -> RunView:
    """Return how a run is looked at that nobody has chosen a view for, and smooth it so."""
    view = RunView(smoothing=smoothing_for(state, len(state.train_loss)))
    state.smooth_with(view.smoothing)
    return view


def smoothing_for(state: RunState, points: int) -> float:
    """Return the usual smoothing of a run that has so many points: our own training's are never few."""
    return SMOOTHING if state.is_ours else usual_smoothing(points)


def loss_chart_text(state: RunState, columns: int, rows: int) -> str:
    """The losses as plain text, for a place without a terminal."""
    spec = loss_chart(state, usual_view(state))
    return draw(replace(spec, width=columns, height=rows)).text()


def whole_span(state: RunState, axis: AxisName) -> Span:
    """The x axis of the whole run: from 0, or where a branch began, to what is planned or done, or was undone.

    While it runs the end moves in jumps, so that the curves stay in their place.
    """
    first, last = _first_x(state, axis), max(state.last_x(axis), _undone_until(state, axis))
    planned = {"step": state.planned_steps, "epoch": state.planned_epochs}.get(axis, math.nan)
    if not state.status.alive:
        return first, last if last > first else first + 1.0
    return first, grow_limit(last, planned if planned > 0 else None)


def _undone_until(state: RunState, axis: AxisName) -> float:
    ranges = [curve.trace.x_range(axis) for curve in undone_curves(state)]
    return max((known[1] for known in ranges if known is not None), default=-math.inf)


def _first_x(state: RunState, axis: AxisName) -> float:
    """0, except on a branch: what came before it is in the log of its parent."""
    parent = state.manifest.parent if state.manifest else None
    known = state.val_loss.raw.x_range(axis) if parent is not None and parent.step > 0 else None
    return known[0] if known is not None else 0.0


def _train_label(view: RunView) -> str:
    return f"train, smoothed {view.smoothing:g}" if view.smoothing else "train"


def _score_chart(state: RunState, view: RunView, score: Score, parent: ShownParent | None) -> ChartSpec:
    val, train = state.eval_metrics[score.metric], state.eval_metrics["train_accuracy"]
    curves = [Curve(label="val", trace=val.raw, style=StyleName.ACCURACY, kind=Kind.POINTS)]
    if score is ACCURACY and len(train):
        curves.insert(0, Curve(label="train", trace=train.raw, style=StyleName.TRAIN))
    return _chart(
        state,
        view,
        title=score.title,
        curves=(*parent_score(parent, view, score), *curves),
        marks=_lines(state, view),
        log=score.log and view.y_log,
        unit=score.unit,
    )


def _step_chart(state: RunState, view: RunView, metric: str, title: str, style: StyleName, *, log: bool) -> ChartSpec:
    curve = state.step_metrics[metric]
    label = format_value(curve.last) if len(curve) else ""
    drawn = Curve(label=label, name="", trace=curve.raw, style=style)
    return _chart(state, view, title=title, curves=(drawn,), marks=_lines(state, view), log=log)


def _lines(state: RunState, view: RunView) -> tuple[Mark, ...]:
    return without_texts(intervention_marks(state, view.axis))


def _chart(
    state: RunState,
    view: RunView,
    *,
    title: str,
    curves: tuple[Curve, ...],
    marks: tuple[Mark, ...] = (),
    log: bool = False,
    unit: Unit = "number",
    notes: tuple[str, ...] = (),
) -> ChartSpec:
    lo, hi = view.window or whole_span(state, view.axis)
    return ChartSpec(
        width=0,
        height=0,
        title=title,
        curves=curves,
        marks=marks,
        axis=view.axis,
        x_lo=lo,
        x_hi=hi,
        y_log=log,
        unit=unit,
        cursor_x=view.cursor,
        empty=WAITING if state.status.alive else NEVER_CAME,
        notes=notes,
    )


def _best_mark(state: RunState, view: RunView) -> tuple[Mark, ...]:
    best = state.best
    if best is None:
        return ()
    x = {"step": best.step, "epoch": best.epoch, "time": best.time}[view.axis]
    where = f"step {format_value(best.step, 'step')}" if math.isnan(best.epoch) else f"epoch {best.epoch:g}"
    text = f"best {format_value(best.val_loss)} @ {where}"
    return (Mark(x=x, y=best.val_loss, text=text, style=StyleName.BEST),)


def _found_marks(state: RunState, view: RunView, found: Sequence[Since]) -> tuple[Mark, ...]:
    """One line a place: what holds since the same step is told together."""
    names: dict[float, list[str]] = {}
    for since in found if view.findings else ():
        names.setdefault(x_at(state, since.step, view.axis), []).append(since.name)
    return tuple(
        Mark(x=x, symbol=FOUND_SIGN, text=f"{FOUND} {', '.join(several)}", style=StyleName.FINDING)
        for x, several in names.items()
    )


def x_at(state: RunState, step: float, axis: AxisName) -> float:
    """Where that step is on the axis: at the first record from it on."""
    if axis == "step":
        return step
    track = state.train_loss.track if len(state.train_loss) else state.val_loss.track
    values = track.axis(axis).values
    if not len(values):
        return math.nan
    return float(values[min(int(np.searchsorted(track.axis("step").values, step)), len(values) - 1)])
