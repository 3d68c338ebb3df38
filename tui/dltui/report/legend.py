"""The rows below a chart's title: which curve is which, and what the chart does not show."""

import math
from collections.abc import Iterator
from html import escape

import numpy as np
from rich.cells import cell_len

from dltui.charts.canvas import SERIES_STYLES, StyleName
from dltui.charts.notes import hidden
from dltui.charts.scale import Limits
from dltui.charts.spec import ChartSpec, Kind
from dltui.formatting import format_value
from dltui.report.paths import crosses_path, number, triangle
from dltui.report.plot import CELL
from dltui.texts import Texts

CLASSES = {
    StyleName.TRAIN_RAW: "raw",
    StyleName.TRAIN: "train",
    StyleName.VAL: "val",
    StyleName.ACCURACY: "acc",
    StyleName.LR: "lr",
    StyleName.GRAD: "grad",
    StyleName.BEST: "best",
    StyleName.MARK: "mark",
    StyleName.UNDONE: "undone",
    StyleName.FINDING: "found",
    **{style: f"s{at}" for at, style in enumerate(SERIES_STYLES, start=1)},
}
"""What the style sheet calls them."""
_FIRST_ROW, _ROW, _BELOW = 32.0, 18.0, 14.0
_SAMPLE, _RING, _GAP = 22.0, 8.0, 18.0

Entry = tuple[str, str, Kind | None]


def legend(spec: ChartSpec, notes: list[str], width: float) -> tuple[str, float]:
    """Return the rows, and where the plot may begin below them."""
    shapes, x, y = [], 0.0, _FIRST_ROW
    for name, text, kind in _entries(spec, notes):
        sample = {"note": 0.0, "best": _RING, "beyond": _RING}.get(name, _SAMPLE) + (6 if name != "note" else 0)
        wide = sample + cell_len(text) * CELL
        if x and x + wide > width:
            x, y = 0.0, y + _ROW
        shapes.append(_sample(name, x, y - 4, kind))
        shapes.append(f'<text class="legend" x="{number(x + sample)}" y="{number(y)}">{escape(text)}</text>')
        x += wide + _GAP
    return "".join(shapes), y + _BELOW


def _entries(spec: ChartSpec, notes: list[str]) -> Iterator[Entry]:
    for curve in spec.curves:
        if curve.label:
            yield CLASSES.get(curve.style, "train"), curve.label, curve.kind
    for mark in spec.marks:
        if mark.y is not None and mark.text:
            yield "beyond" if mark.y == math.inf else "best", mark.text, None
    if spec.band is not None:
        yield "band", spec.band.name, None
    for note in notes:
        yield "note", note, None


def _sample(name: str, x: float, y: float, kind: Kind | None) -> str:
    if name == "note":
        return ""
    if name == "best":
        return f'<circle class="ring best" cx="{number(x + 5)}" cy="{number(y)}" r="4"/>'
    if name == "beyond":
        return f'<path class="beyond" d="{triangle(x + 4.5, y - 5)}"/>'
    if name == "band":
        return f'<rect class="band" x="{number(x)}" y="{number(y - 6)}" width="{number(_SAMPLE)}" height="11"/>'
    line = f'<path class="line {name}" d="M{number(x)} {number(y)}h{number(_SAMPLE)}"/>'
    if name == "found":
        return f'{line}<path class="cross found" d="{crosses_path(np.array([x + _SAMPLE / 2]), np.array([y]))}"/>'
    middle = number(x + _SAMPLE / 2)
    return line + (f'<path class="dot {name}" d="M{middle} {number(y)}h0"/>' if kind is Kind.POINTS else "")


def notes_of(spec: ChartSpec, limits: Limits, x_lo: float, x_hi: float, texts: Texts) -> Iterator[str]:
    """What the chart does not show, in words."""
    if limits.above is not None:
        high = format_value(limits.above, spec.unit)
        yield texts.ui("note_first_above" if limits.first_only else "note_above", high=high)
    if limits.below is not None:
        yield texts.ui("note_below", low=format_value(limits.below, spec.unit))
    not_finite = hidden(spec, x_lo, x_hi, positive=False)
    if spec.y_log and (not_positive := hidden(spec, x_lo, x_hi, positive=True) - not_finite):
        yield texts.ui("note_not_positive", count=not_positive)
    if not_finite:
        yield texts.ui("note_not_finite", count=not_finite)
