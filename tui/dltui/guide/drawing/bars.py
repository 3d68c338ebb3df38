"""Bars lying on their side: a row for each label, the bars of the groups beside each other, each with its number."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from dltui.charts.canvas import Canvas, StyleName, cell_text, cell_width
from dltui.charts.legend import Entry, fit, shorten
from dltui.formatting import count, format_value
from dltui.guide.result import Bars
from dltui.guide.telling.words import told, word
from dltui.texts.guide import GuideTexts

FILLS = "█▓▒░"
"""Of each group another one: they can be told apart without colour."""
STYLES = (StyleName.TRAIN, StyleName.VAL, StyleName.SERIES_3, StyleName.SERIES_4)
NONE = "✕"
"""What stands for a bar whose value is not finite."""
_PARTS = " ▏▎▍▌▋▊▉"
_OVER_BLANK, _OVER_BAR = "╎", "┃"
_LONGEST_LABEL = 16
_LEAST_BAR, _MOST_BAR = 4, 48
_GAP = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A label with the values of its groups, NaN where there is none."""

    label: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Columns of blocks of rows, and the cells that a label, a bar and a number take in each."""

    blocks: int
    label: int
    bar: int
    numbers: tuple[int, ...]

    @property
    def width(self) -> int:
        return self.label + sum(1 + self.bar + 1 + number for number in self.numbers)


def draw_bars(plot: Bars, texts: GuideTexts, width: int, height: int) -> Canvas:
    """Return the bars; where not all have room, the largest and the smallest, and a line that says so."""
    canvas = Canvas(width, height)
    _put_title(canvas, plot, texts)
    rows = rows_of(plot)
    if not rows:
        canvas.put(height // 2, 0, shorten(cell_text(word(texts, "plot.empty")), width), StyleName.NOTE)
        return canvas
    layout = _layout(rows, len(plot.groups), width, height - 1)
    room = layout.blocks * (height - 1)
    if len(rows) > room:
        rows, note = ends_of(rows, layout.blocks * (height - 2), texts)
        canvas.put(height - 1, 0, shorten(cell_text(note), width), StyleName.NOTE)
    tall = math.ceil(len(rows) / layout.blocks)
    scale = Scale.of(plot, rows)
    for number, row in enumerate(rows):
        block, line = divmod(number, tall)
        _put_row(canvas, 1 + line, block * (layout.width + _GAP), row, layout, scale)
    return canvas


def rows_of(plot: Bars) -> list[Row]:
    """Return a row for each label. A group that is too short lacks values."""
    if not plot.groups:
        return []
    given = [*plot.values, *([] for _ in plot.groups)][: len(plot.groups)]
    return [
        Row(
            shorten(cell_text(label), _LONGEST_LABEL),
            tuple(float(group[at]) if at < len(group) else math.nan for group in given),
        )
        for at, label in enumerate(plot.labels)
    ]


def ends_of(rows: Sequence[Row], kept: int, texts: GuideTexts) -> tuple[list[Row], str]:
    """Return the largest and the smallest rows, ``kept`` in all, and a sentence on those between them.

    Values that are not finite come first: one would look for them.
    """
    ordered = sorted(rows, key=_rank)
    first, last = math.ceil(kept / 2), kept // 2
    between = ordered[first : len(ordered) - last]
    low, high = _first_value(between[-1]), _first_value(between[0])
    ends = {"low": number_of(low), "high": number_of(high)}
    note = word(texts, "plot.bars_between", count=float(len(between)), **ends)
    return [*ordered[:first], *ordered[len(ordered) - last :]], note


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to shares of the longest bar. ``level``: that of the line through all, None without one."""

    lo: float
    hi: float
    level: float | None

    @classmethod
    def of(cls, plot: Bars, rows: Sequence[Row]) -> "Scale":
        """Return the scale for all groups: bars begin at 0."""
        values = [value for row in rows for value in row.values if math.isfinite(value)]
        level = plot.level.y if plot.level is not None and math.isfinite(plot.level.y) else None
        if level is not None:
            values.append(level)
        return cls(min([0.0, *values]), max([0.0, *values]), level)

    def share(self, value: float) -> float:
        """How much of the longest bar a value takes; 0 for one that is not finite."""
        with_room = self.hi / 2 - self.lo / 2  # halves: their difference never overflows
        return (value / 2 - self.lo / 2) / with_room if math.isfinite(value) and with_room > 0 else 0.0


def number_of(value: float) -> str:
    """Return a value as it stands beside its bar."""
    whole = math.isfinite(value) and value == int(value) and 1000 <= abs(value) < 1e7
    return count(value) if whole else format_value(value)


def legend_of(plot: Bars, texts: GuideTexts) -> list[Entry]:
    """Return what the fills and the line stand for; a single group without a line needs no words."""
    named = enumerate(map(partial(told, texts), plot.groups))
    groups = [(f"{FILLS[at % len(FILLS)]} {name}", STYLES[at % len(STYLES)]) for at, name in named]
    level = plot.level
    if level is None:
        return groups
    return [*groups, (f"{_OVER_BLANK} {told(texts, level.name)} {number_of(level.y)}", StyleName.LEVEL)]


def _put_title(canvas: Canvas, plot: Bars, texts: GuideTexts) -> None:
    column = 0
    entries = [(told(texts, plot.title), StyleName.TITLE), *legend_of(plot, texts)]
    for text, style in fit([(cell_text(text), style) for text, style in entries], canvas.width):
        canvas.put(0, column, text, style)
        column += cell_width(text)


def _layout(rows: Sequence[Row], groups: int, width: int, height: int) -> _Layout:
    """As few blocks as hold all rows, or as many as there is width for; then the bars take what is left."""
    label = max(cell_width(row.label) for row in rows)
    numbers = tuple(max(len(number_of(row.values[at])) for row in rows) for at in range(groups))
    fixed = label + sum(2 + number for number in numbers)
    most = max(1, (width + _GAP) // (fixed + groups * _LEAST_BAR + _GAP))
    blocks = min(most, math.ceil(len(rows) / height))
    free = (width + _GAP) // blocks - _GAP - fixed
    return _Layout(blocks=blocks, label=label, bar=max(1, min(_MOST_BAR, free // groups)), numbers=numbers)


def _put_row(canvas: Canvas, line: int, left: int, row: Row, layout: _Layout, scale: Scale) -> None:
    canvas.put(line, left + layout.label - cell_width(row.label), row.label, StyleName.LABEL)
    left += layout.label + 1
    for group, value in enumerate(row.values):
        _put_bar(canvas, line, left, layout.bar, value, group, scale)
        left += layout.bar + 1
        style = StyleName.LABEL if math.isfinite(value) else StyleName.FINDING
        canvas.put(line, left, number_of(value).rjust(layout.numbers[group]), style)
        left += layout.numbers[group] + 1


def _put_bar(canvas: Canvas, line: int, left: int, width: int, value: float, group: int, scale: Scale) -> None:
    if not math.isfinite(value):
        canvas.put(line, left, NONE, StyleName.FINDING)
    bar = _bar(scale.share(value) * width, group)
    canvas.put(line, left, bar, STYLES[group % len(STYLES)])
    if scale.level is not None:
        at = min(int(scale.share(scale.level) * width), width - 1)
        inside = at < len(bar)
        canvas.put(line, left + at, _OVER_BAR if inside else _OVER_BLANK, StyleName.LEVEL)


def _bar(cells: float, group: int) -> str:
    """So many cells of the group's fill; the full block is cut to an eighth."""
    fill = FILLS[group % len(FILLS)]
    whole, part = divmod(round(cells * 8), 8)
    if group % len(FILLS):
        return fill * max(round(cells), 1 if cells > 0 else 0)
    return fill * whole + (_PARTS[max(part, 1 if cells > 0 and not whole else 0)]).strip()


def _rank(row: Row) -> tuple[bool, float]:
    value = _first_value(row)
    return math.isfinite(value), -value if math.isfinite(value) else 0.0


def _first_value(row: Row) -> float:
    return row.values[0]
