"""How the values of a parameter are spread, drawn: its weights now and at first, and its gradient."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dltui.charts.canvas import Canvas, StyleName, cell_text
from dltui.charts.legend import shorten
from dltui.model.cells import short_number
from dltui.model.histogram import BLOCKS
from dltui.texts.model import ModelTexts
from dltui_trainers.runlog import Number, ParameterStats

_LEAST_ROWS = 4
"""A title, two rows of bars, the line with the ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """One histogram: equal bins from ``low`` to ``high``."""

    title: str
    counts: tuple[int, ...]
    low: float
    high: float
    style: StyleName

    @property
    def is_known(self) -> bool:
        """Whether there is anything to draw."""
        return any(self.counts) and math.isfinite(self.high - self.low) and self.high >= self.low

    def density(self, lo: float, hi: float) -> float:
        """How many values there are a unit between two places; all of them where all are alike."""
        each = (self.high - self.low) / len(self.counts)
        if each <= 0:
            return float(sum(self.counts)) if lo <= self.low <= hi else 0.0
        first, last = (min(max((place - self.low) / each, 0.0), float(len(self.counts))) for place in (lo, hi))
        inside = 0.0
        for at in range(int(first), min(math.ceil(last), len(self.counts))):
            inside += self.counts[at] * (min(last, at + 1) - max(first, at))
        return inside


def spreads_of(steps: Sequence[float], stats: Sequence[ParameterStats], texts: ModelTexts) -> list[Spread]:
    """Return what is to be drawn of a parameter: its newest record's weights, its first one's, the newest gradient."""
    if not stats:
        return []
    now, first = stats[-1], stats[0]
    told = [_spread(texts.ui("histogram_now", step=steps[-1]), now.histogram, now.low, now.high, StyleName.TRAIN_RAW)]
    if len(stats) > 1:
        title = texts.ui("histogram_first", step=steps[0])
        told.append(_spread(title, first.histogram, first.low, first.high, StyleName.LABEL))
    title = texts.ui("histogram_gradient", step=steps[-1])
    told.append(_spread(title, now.grad_histogram, now.grad_low, now.grad_high, StyleName.GRAD))
    return [each for each in told if each.is_known]


def _spread(title: str, counts: Sequence[int], low: Number | None, high: Number | None, style: StyleName) -> Spread:
    ends = [math.nan if end is None else float(end) for end in (low, high)]
    return Spread(title=title, counts=tuple(max(each, 0) for each in counts), low=ends[0], high=ends[1], style=style)


def draw_spreads(spreads: Sequence[Spread], texts: ModelTexts, width: int, height: int) -> Canvas:
    """Return as many of them as have room; those of the weights have one scale, so that they can be compared."""
    canvas = Canvas(width, height)
    if not spreads:
        canvas.put(0, 0, shorten(cell_text(texts.ui("histogram")), width), StyleName.TITLE)
        canvas.put(height // 2, 1, shorten(cell_text(texts.ui("histogram_none")), width - 1), StyleName.NOTE)
        return canvas
    drawn = spreads[: max(1, min(len(spreads), height // _LEAST_ROWS))]
    weights = [each for each in drawn if each.style is not StyleName.GRAD]
    rows = height // len(drawn)
    for number, spread in enumerate(drawn):
        ends = _ends(weights if spread in weights else [spread])
        if not math.isfinite(ends[1] - ends[0]):
            ends = _ends([spread])
        _put(canvas, number * rows, rows, spread, ends)
    return canvas


def _ends(spreads: Sequence[Spread]) -> tuple[float, float]:
    return min(each.low for each in spreads), max(each.high for each in spreads)


def _put(canvas: Canvas, top: int, rows: int, spread: Spread, ends: tuple[float, float]) -> None:
    canvas.put(top, 0, shorten(cell_text(spread.title), canvas.width), StyleName.TITLE)
    if rows < 3:
        return
    lo, hi = ends if ends[1] > ends[0] else (ends[0] - 1, ends[1] + 1)
    step = (hi - lo) / max(canvas.width, 1)
    dense = [spread.density(lo + at * step, lo + (at + 1) * step) for at in range(canvas.width)]
    _put_bars(canvas, top + 1, rows - 2, dense, spread.style)
    _put_ends(canvas, top + rows - 1, lo, hi)


def _put_bars(canvas: Canvas, top: int, rows: int, dense: Sequence[float], style: StyleName) -> None:
    highest = max(dense, default=0.0)
    for column, value in enumerate(dense):
        if not value > 0:
            continue
        eighths = max(round(value / highest * rows * 8), 1)
        for row in range(rows):
            filled = min(eighths - 8 * (rows - 1 - row), 8)
            if filled > 0:
                canvas.put(top + row, column, BLOCKS[filled - 1], style)


def _put_ends(canvas: Canvas, row: int, lo: float, hi: float) -> None:
    """The smallest and the largest value, and 0 where it lies between them."""
    left, right = short_number(lo), short_number(hi)
    canvas.put(row, 0, left, StyleName.LABEL)
    canvas.put(row, canvas.width - len(right), right, StyleName.LABEL)
    if lo < 0 < hi:
        at = int(-lo / (hi - lo) * canvas.width)
        if len(left) + 1 < at < canvas.width - len(right) - 2:
            canvas.put(row, at, "0", StyleName.LABEL)
