"""What a chart does not show, said on it: values that are cut off or impossible, and why it is empty."""

import math

from dltui.charts.canvas import StyleName, cell_text, cell_width
from dltui.charts.legend import shorten
from dltui.charts.plot import Plot
from dltui.charts.scale import Limits, x_limits
from dltui.charts.spec import ChartSpec, Kind
from dltui.formatting import format_value


def why_empty(spec: ChartSpec) -> str:
    """Why a chart has nothing to draw."""
    traces = [curve.trace for curve in spec.curves if len(curve.trace)]
    if not traces:
        return spec.empty
    if all(trace.x_range(spec.axis) is None for trace in traces):
        return f"no {spec.x_name} in this log"
    if not any(trace.extent(spec.axis, -math.inf, math.inf) for trace in traces):
        return "no finite value yet"
    lo, hi = x_limits(spec)
    if spec.y_log and any(trace.extent(spec.axis, lo, hi) for trace in traces):
        return "no value > 0 for a log axis"
    return "no value in this window"


def notes_of(spec: ChartSpec, limits: Limits, x_lo: float, x_hi: float) -> list[str]:
    """What the chart does not show, a sentence each."""
    notes = []
    if limits.above is not None:
        who = "first values" if limits.first_only else "values"
        notes.append(f"{who} up to {format_value(limits.above, spec.unit)} above the chart ▲")
    if limits.below is not None:
        notes.append(f"values down to {format_value(limits.below, spec.unit)} below the chart ▼")
    notes += _cut_aside(spec, limits)
    not_finite = hidden(spec, x_lo, x_hi, positive=False)
    if spec.y_log and (not_positive := hidden(spec, x_lo, x_hi, positive=True) - not_finite):
        notes.append(f"{not_positive} value{'s' if not_positive > 1 else ''} <= 0 not on a log axis")
    if not_finite:
        notes.append(f"{not_finite} not finite")
    return [*notes, *map(cell_text, spec.notes)]


def _cut_aside(spec: ChartSpec, limits: Limits) -> list[str]:
    """Where the curves of another run leave the chart, which is that of its own."""
    who = next((curve.aside for curve in spec.curves if curve.aside), "")
    sides = (("up", limits.aside_above, "above", "▲"), ("down", limits.aside_below, "below", "▼"))
    return [
        f"{who} {way} to {format_value(value, spec.unit)} {side} the chart {sign}"
        for way, value, side, sign in sides
        if value is not None
    ]


def hidden(spec: ChartSpec, x_lo: float, x_hi: float, *, positive: bool) -> int:
    """Points in view without a usable value. A raw and a smoothed curve of one track lack the same ones."""
    by_track: dict[int, int] = {}
    for curve in (curve for curve in spec.curves if not curve.aside and curve.kind is not Kind.UNDONE):
        hidden = curve.trace.hidden(spec.axis, x_lo, x_hi, positive=positive)
        key = id(curve.trace.track)
        by_track[key] = max(by_track.get(key, 0), hidden)
    return sum(by_track.values())


def put_message(plot: Plot, message: str) -> None:
    """Write ``message`` to the middle of an empty plot."""
    text = shorten(cell_text(message), plot.width)
    plot.put_text((plot.height - 1) // 2, (plot.width - cell_width(text)) // 2, text, StyleName.NOTE)


def put_notes(plot: Plot, notes: list[str]) -> None:
    """One note a row at the top right; at the bottom where the curves are up there and not down here."""
    for number, note in enumerate(notes[: plot.height]):
        text = shorten(note, plot.width - 1)
        column = plot.width - len(text)
        rows = (number, plot.height - len(notes) + number)
        row = next((row for row in rows if row >= 0 and plot.is_blank(row, column - 1, plot.width)), number)
        plot.put_text(row, column, text, StyleName.NOTE)
