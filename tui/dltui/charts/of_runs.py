"""The charts of several runs: one metric a chart, one curve a run, each run with its look in all of them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dltui.charts.canvas import StyleName
from dltui.charts.chart import draw
from dltui.charts.of_run import whole_span
from dltui.charts.run_colours import RunLook
from dltui.charts.run_view import RunView, Span
from dltui.charts.spec import ChartSpec, Curve, Kind, Mark
from dltui.formatting import Unit
from dltui.series.scores import SCORES, Score
from dltui.series.state import RunState
from dltui.series.trace import Trace
from dltui.series.track import AxisName


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRun:
    """A run that is compared: what it is called, how it looks, and its state."""

    name: str
    look: RunLook
    state: RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What one chart overlays. ``short``: its name where many stand in a line. ``log``: y may be logarithmic."""

    title: str
    short: str
    trace: Callable[[RunState], Trace]
    kind: Kind = Kind.LINE
    unit: Unit = "number"
    log: bool = True


VAL_LOSS = Metric(title="validation loss", short="val loss", trace=lambda state: state.val_loss.raw, kind=Kind.POINTS)
TRAIN_LOSS = Metric(title="training loss", short="train loss", trace=lambda state: state.train_loss.smooth)


def _metric(score: Score) -> Metric:
    return Metric(
        title=score.title,
        short=score.title,
        trace=lambda state: state.eval_metrics[score.metric].raw,
        kind=Kind.POINTS,
        unit=score.unit,
        log=score.log,
    )


METRICS: tuple[Metric, ...] = (
    VAL_LOSS,
    TRAIN_LOSS,
    *map(_metric, SCORES),
    # a learning rate comes down to 0 and rises from it: its axis stays linear, as on the run screen
    Metric(title="learning rate", short="lr", trace=lambda state: state.step_metrics["lr"].raw, log=False),
    Metric(title="gradient norm", short="gradient", trace=lambda state: state.step_metrics["grad_norm"].raw),
)
"""In the order of the keys that choose them."""


def known_metrics(runs: Sequence[ShownRun]) -> tuple[Metric, ...]:
    """Return the metrics that at least one of the runs has logged; before the first record, the validation loss."""
    known = tuple(metric for metric in METRICS if any(len(metric.trace(run.state)) for run in runs))
    return known or (VAL_LOSS,)


def drawn_runs(runs: Sequence[ShownRun]) -> list[ShownRun]:
    """Return the runs that one chart shows: of those with the same colour the first."""
    by_style: dict[StyleName, ShownRun] = {}
    for run in runs:
        by_style.setdefault(run.look.style, run)
    return list(by_style.values())


def runs_charts(runs: Sequence[ShownRun], view: RunView, metrics: Sequence[Metric]) -> list[ChartSpec]:
    """Return a chart for each metric. Each is 0 x 0 cells: who draws it sets its size.

    The runs have their names on the one that ``view`` has large, and their letters on all.
    """
    drawn = drawn_runs(runs)
    lo, hi = view.window or runs_span(drawn, view.axis)
    big = min(view.big, len(metrics) - 1)
    return [_chart(drawn, metric, view, (lo, hi), named=at == big) for at, metric in enumerate(metrics)]


def runs_span(runs: Sequence[ShownRun], axis: AxisName) -> Span:
    """Return the x axis that has room for all of the runs."""
    spans = [whole_span(run.state, axis) for run in runs]
    return min((lo for lo, _ in spans), default=0.0), max((hi for _, hi in spans), default=1.0)


def runs_chart_text(runs: Sequence[ShownRun], columns: int, rows: int) -> str:
    """Return the validation losses, or what there is instead, as plain text for a place without a terminal."""
    spec = runs_charts(runs, RunView(), known_metrics(runs)[:1])[0]
    return draw(replace(spec, width=columns, height=rows)).text()


def _chart(runs: Sequence[ShownRun], metric: Metric, view: RunView, span: Span, *, named: bool) -> ChartSpec:
    shown = [run for run in runs if len(metric.trace(run.state))]
    smoothed = metric is TRAIN_LOSS and view.smoothing
    return ChartSpec(
        width=0,
        height=0,
        title=f"{metric.title}, smoothed {view.smoothing:g}" if smoothed else metric.title,
        curves=tuple(_curve(run, metric, run.name if named else "") for run in shown),
        marks=tuple(mark for run in shown for mark in _best_mark(run, view)) if metric is VAL_LOSS else (),
        axis=view.axis,
        x_lo=span[0],
        x_hi=span[1],
        y_log=metric.log and view.y_log,
        unit=metric.unit,
        cursor_x=view.cursor,
    )


def _curve(run: ShownRun, metric: Metric, label: str) -> Curve:
    look = run.look
    trace = metric.trace(run.state)
    return Curve(
        label=label,
        name=look.letter,
        trace=trace,
        style=look.style,
        kind=metric.kind,
        symbol=look.marker,
        end=look.letter,
    )


def _best_mark(run: ShownRun, view: RunView) -> tuple[Mark, ...]:
    best = run.state.best
    x = math.nan if best is None else {"step": best.step, "epoch": best.epoch, "time": best.time}[view.axis]
    return () if best is None else (Mark(x=x, y=best.val_loss, style=run.look.style),)
