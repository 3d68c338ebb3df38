"""Which charts a report has, in the words of its language: those of the run screen that the log has values for."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dltui.charts.canvas import StyleName
from dltui.charts.of_run import Since, run_charts, usual_view
from dltui.charts.spec import ChartSpec, Curve, Mark
from dltui.diagnosis.finding import Diagnosis, Severity
from dltui.formatting import format_value
from dltui.report.facts import shown
from dltui.series.state import RunState
from dltui.texts import Texts

MARKED = 3
"""So many findings are marked on the losses: more of them hide each other and the curves."""
MOST_MARKS = 100
"""So many interventions are marked; the table tells them all."""
LONGEST_MARK = 40
_TITLES = {
    "loss": "loss",
    "perplexity": "perplexity",
    "accuracy": "accuracy",
    "R2": "r2",
    "learning rate": "lr",
    "gradient norm": "grad_norm",
}
"""The charts of the run screen that a report has, by their titles there, and what its texts call them."""


def report_charts(
    state: RunState, diagnosis: Diagnosis, texts: Texts, until_step: float | None
) -> tuple[ChartSpec, ...]:
    """Return the losses, and what else the log tells. ``until_step``: where the charts end, None: where the run did."""
    charts = run_charts(state, usual_view(state), _found(diagnosis, texts))
    known = [chart for chart in charts if chart.title in _TITLES]
    drawn = [chart for chart in known if chart.title == "loss" or any(len(curve.trace) for curve in chart.curves)]
    return tuple(_told(chart, state, texts, until_step) for chart in drawn)


def without_findings(chart: ChartSpec) -> ChartSpec:
    """The chart with nothing marked on it that was found by us: as it was logged."""
    return replace(chart, marks=tuple(mark for mark in chart.marks if mark.style is not StyleName.FINDING))


def _found(diagnosis: Diagnosis, texts: Texts) -> tuple[Since, ...]:
    act = [each for each in diagnosis.findings if each.severity is not Severity.INFO]
    return tuple(Since(each.since_step, texts.symptom(each.symptom)) for each in act[:MARKED])


def _told(chart: ChartSpec, state: RunState, texts: Texts, until_step: float | None) -> ChartSpec:
    y_log = chart.y_log and not _mostly_hidden(chart)
    curves = tuple(replace(curve, label=_label(curve, texts)) for curve in chart.curves)
    end = chart.x_hi if until_step is None else max(until_step, (chart.x_lo or 0.0) + 1.0)
    return replace(
        chart,
        title=texts.ui(f"chart_{_TITLES[chart.title]}"),
        y_log=y_log,
        curves=curves,
        marks=_marks(chart.marks, state, texts, until_step) if chart.title == "loss" else (),
        x_hi=end,
        empty=texts.ui("chart_empty"),
    )


def _mostly_hidden(chart: ChartSpec) -> bool:
    """Whether a log axis would hide more of the values than it shows: a likelihood that goes below 0."""
    finite = [curve.trace.values[np.isfinite(curve.trace.values)] for curve in chart.curves]
    hidden = sum(int(np.count_nonzero(values <= 0)) for values in finite)
    return 2 * hidden > sum(map(len, finite))


def _label(curve: Curve, texts: Texts) -> str:
    if curve.style is StyleName.TRAIN_RAW:
        return texts.ui("curve_raw")
    if curve.style is StyleName.TRAIN:
        smoothed = curve.label.rpartition(" ")[2] if "smoothed" in curve.label else ""
        return texts.ui("curve_train_smoothed", weight=smoothed) if smoothed else texts.ui("curve_train")
    if curve.style is StyleName.UNDONE:
        return texts.ui("curve_undone") if curve.label else ""
    if curve.style in (StyleName.VAL, StyleName.ACCURACY):
        return texts.ui("curve_val")
    return curve.label


def _marks(marks: Sequence[Mark], state: RunState, texts: Texts, until_step: float | None) -> tuple[Mark, ...]:
    found = [mark for mark in marks if mark.style is StyleName.FINDING]
    made = [mark for mark in marks if mark.style in (StyleName.MARK, StyleName.UNDONE)]
    done = [mark for mark in made if until_step is None or mark.x <= until_step]
    best = _best_until(state, texts, math.inf if until_step is None else until_step)
    named = [replace(mark, text=shown(mark.text, LONGEST_MARK)) for mark in done[:MOST_MARKS]]
    return (*best, *named, *found)


def _best_until(state: RunState, texts: Texts, until_step: float) -> tuple[Mark, ...]:
    """The best validation up to that step."""
    trace = state.val_loss.raw
    steps, epochs = (trace.track.axis(axis).values for axis in ("step", "epoch"))
    usable = np.isfinite(trace.values) & (steps <= until_step)
    if not usable.any():
        return ()
    lowest = int(np.argmin(np.where(usable, trace.values, np.inf)))
    step, epoch, loss = float(steps[lowest]), float(epochs[lowest]), float(trace.values[lowest])
    best = format_value(loss)
    if math.isfinite(epoch):
        text = texts.ui("best_epoch", best=best, epoch=round(epoch, 2))
    else:
        text = texts.ui("best_step", best=best, step=step)
    return (Mark(x=step, y=loss, text=text, style=StyleName.BEST),)
