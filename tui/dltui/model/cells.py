"""The columns of the table and what stands in them: text and tone, for a widget and for plain text alike."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial

from dltui.charts.canvas import cell_text, cell_width
from dltui.compare.sheet import shorten_middle
from dltui.diagnosis import dead_units, saturated_units
from dltui.diagnosis.layer_marks import Mark
from dltui.formatting import UNKNOWN, count
from dltui.model.histogram import histogram_strip
from dltui.model.rows import Distance, ModelRow
from dltui.texts.model import ModelTexts

GAP = 2
NAME_SHARE = 0.36
"""This part of the width is kept for names that need it, before a column of less worth goes."""
_WIDE_STRIP, _STRIP = 16, 8
_RATIO_LEAST = 0.1
_EXACT = 1_000_000
"""Up to here a count is told to the last digit."""
_POWERS = ((1e12, "T"), (1e9, "G"), (1e6, "M"))


class Tone(Enum):
    """What a cell means beside its words; the theme says how that looks."""

    PLAIN = auto()
    STRONG = auto()
    ACCENT = auto()
    GOOD = auto()
    QUIET = auto()
    SPREAD = auto()
    FROZEN = auto()
    WARNING = auto()
    ERROR = auto()


Cell = tuple[str, Tone]
SIGNS = {
    Mark.NON_FINITE: "✗",
    Mark.EXPLODING: "▲",
    Mark.NO_GRADIENT: "✗",
    Mark.NEVER_UPDATED: "■",
    Mark.ZERO_INIT: "✗",
    Mark.NOT_OPTIMIZED: "■",
    Mark.DEAD: "†",
    Mark.SATURATED: "◆",
    Mark.VANISHING: "▼",
    Mark.FROZEN: "□",
    Mark.UNKNOWN: " ",
    Mark.OK: "✓",
}
"""Each tells without colour that something is to be seen; the word beside it tells what."""
_ERRORS = frozenset({Mark.NON_FINITE, Mark.EXPLODING, Mark.NO_GRADIENT, Mark.NEVER_UPDATED, Mark.ZERO_INIT})
_DISTANCES = {
    Distance.FAR_ABOVE: Tone.ERROR,
    Distance.ABOVE: Tone.WARNING,
    Distance.NEAR: Tone.PLAIN,
    Distance.BELOW: Tone.WARNING,
    Distance.FAR_BELOW: Tone.ERROR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelColumn:
    """One column of ``cells`` cells. ``worth``: where there is no room the one with the least is left out first."""

    key: str
    heading: str
    cells: int
    worth: int
    right: bool
    cell: Callable[[ModelRow], Cell]


def columns_for(
    texts: ModelTexts, width: int, rows: Sequence[ModelRow], *, ascii_only: bool = False
) -> list[ModelColumn]:
    """Return the columns that have room in ``width`` cells; the names take what the others leave, as far as they go.

    ``ascii_only``: without the histograms, which are drawn with blocks.
    """
    longest = max((cell_width(cell_text(row.name)) for row in rows), default=0)
    heading = cell_width(texts.ui("column_name"))
    least, whole = max(min(longest, int(width * NAME_SHARE)), heading), max(longest, heading)
    columns = [column for column in _columns(texts, rows, _STRIP) if not (ascii_only and column.key == "histogram")]
    while columns and least + sum(GAP + column.cells for column in columns) > width:
        columns.remove(min(columns, key=lambda column: column.worth))
    left = width - sum(GAP + column.cells for column in columns)
    if left >= whole + _WIDE_STRIP - _STRIP:
        wide = {column.key: column for column in _columns(texts, rows, _WIDE_STRIP)}
        columns = [wide[column.key] for column in columns]
        left = width - sum(GAP + column.cells for column in columns)
    name = ModelColumn(
        key="name", heading=texts.ui("column_name"), cells=max(min(left, whole), 1), worth=100, right=False, cell=_name
    )
    return [name, *columns]


def _columns(texts: ModelTexts, rows: Sequence[ModelRow], strip: int) -> list[ModelColumn]:
    """All but the name, from left to right; those without a value in any row are left out."""

    def column(
        key: str, cells: int, worth: int, cell: Callable[[ModelRow], Cell], *, right: bool = True
    ) -> ModelColumn:
        heading = texts.ui(f"column_{key}")
        width = max(cells, cell_width(heading))
        return ModelColumn(key=key, heading=heading, cells=width, worth=worth, right=right, cell=cell)

    health = max((cell_width(texts.mark(mark)) for mark in Mark), default=0) + 2
    told = [
        column("shape", 13, 91, partial(_shape, texts), right=False),
        column("count", 7, 96, _count),
        column("part", 9, 88, partial(_part, texts), right=False),
        column("trained", 7, 80, partial(_trained, texts), right=False),
        column("norm", 7, 93, lambda row: _value(row.parameter.norm)),
        column("gradient", 8, 95, partial(_gradient, texts)),
        column("ratio", 9, 98, _ratio),
        column("dead", 5, 94, lambda row: _share(row.parameter.dead, dead_units.SOME, dead_units.MANY)),
        column("saturated", 6, 90, lambda row: _share(row.parameter.saturated, saturated_units.MANY)),
        column("histogram", strip, 97, partial(_histogram, strip), right=False),
        column("health", health, 99, partial(_health, texts), right=False),
    ]
    never = _without_a_value(rows)
    return [each for each in told if each.key not in never]


def _without_a_value(rows: Sequence[ModelRow]) -> set[str]:
    """The columns of what was measured that would be empty from top to bottom."""
    values: dict[str, Callable[[ModelRow], object]] = {
        "shape": lambda row: row.parameter.shape,
        "count": lambda row: row.parameter.count,
        "norm": lambda row: row.parameter.stats,
        "gradient": lambda row: row.parameter.stats,
        "ratio": lambda row: row.parameter.update_ratio,
        "dead": lambda row: row.parameter.dead,
        "saturated": lambda row: row.parameter.saturated,
        "histogram": lambda row: row.parameter.stats.histogram or None if row.parameter.stats else None,
    }
    return {key for key, value in values.items() if all(value(row) is None for row in rows)}


def short_name(name: str, width: int) -> str:
    """Return the name of a parameter in so many cells: ``encoder.blocks.7.mlp.weight`` becomes ``e.b.7.mlp.weight``.

    What tells two of a large model apart is often in the middle, where it must not be cut. Where even that is too
    long, it is.
    """
    parts = cell_text(name).split(".")
    for at in range(len(parts) - 1):
        if cell_width(".".join(parts)) <= width:
            break
        parts[at] = parts[at] if parts[at].isdecimal() else parts[at][:1]
    return shorten_middle(".".join(parts), width)


def fitted(text: str, width: int) -> str:
    """Return what stands in a cell in so many cells, without its middle where it is too long."""
    return shorten_middle(cell_text(text), width)


def short_number(value: float | None, least: float = 1e-3) -> str:
    """Return a measurement in at most 7 cells: ``0.0123``, ``nan``, below ``least`` ``1.2e-5``; a dash if unknown."""
    if value is None:
        return UNKNOWN
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if value == 0:
        return "0"
    if least <= abs(value) < 1e4:
        return f"{value:.3g}" if abs(value) < 1e3 else f"{value:.0f}"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"


def short_count(number: int) -> str:
    """Return a count in at most 7 cells: ``147 456``, ``2.36M``."""
    if abs(number) < _EXACT:
        return count(number)
    size, letter = next(each for each in _POWERS if abs(number) >= each[0])
    return f"{number / size:.3g}{letter}" if abs(number) < 1e15 else short_number(float(number))


def shape_text(shape: Sequence[int] | None, texts: ModelTexts) -> str:
    """Return a shape as ``64×32``."""
    if shape is None:
        return UNKNOWN
    return "×".join(map(str, shape)) if shape else texts.ui("scalar")


def mark_tone(mark: Mark) -> Tone:
    """How much a mark matters."""
    if mark.is_sick:
        return Tone.ERROR if mark in _ERRORS else Tone.WARNING
    return Tone.FROZEN if mark is Mark.FROZEN else Tone.QUIET


def _name(row: ModelRow) -> Cell:
    return row.name or UNKNOWN, Tone.PLAIN


def _shape(texts: ModelTexts, row: ModelRow) -> Cell:
    return shape_text(row.parameter.shape, texts), Tone.QUIET


def _count(row: ModelRow) -> Cell:
    known = row.parameter.count
    return UNKNOWN if known is None else short_count(known), Tone.PLAIN


def _part(texts: ModelTexts, row: ModelRow) -> Cell:
    return texts.ui(f"part_{row.parameter.part}"), Tone.QUIET


def _trained(texts: ModelTexts, row: ModelRow) -> Cell:
    if not row.parameter.trainable:
        return texts.ui("trained_no"), Tone.FROZEN
    return (
        (texts.ui("trained_yes"), Tone.QUIET) if row.parameter.optimized else (texts.ui("trained_nobody"), Tone.WARNING)
    )


def _value(value: float | None, least: float = 1e-3) -> Cell:
    wrong = value is not None and not math.isfinite(value)
    return short_number(value, least), Tone.ERROR if wrong else (Tone.QUIET if value is None else Tone.PLAIN)


def _gradient(texts: ModelTexts, row: ModelRow) -> Cell:
    if row.parameter.has_gradient is False:
        return texts.ui("no_gradient"), Tone.WARNING if row.parameter.trainable else Tone.QUIET
    return _value(row.parameter.grad_norm)


def _ratio(row: ModelRow) -> Cell:
    """A ratio goes by its power of ten: 1e-3 is the target."""
    text, tone = _value(row.parameter.update_ratio, least=_RATIO_LEAST)
    if row.distance is Distance.NEAR:
        return text, tone if row.parameter.part.is_matrix or tone is Tone.ERROR else Tone.QUIET
    return f"{row.distance} {text}", _DISTANCES[row.distance]


def _share(share: float | None, some: float, many: float = math.inf) -> Cell:
    """A share of units: above ``some`` it is worth a look, above ``many`` it is bad."""
    if share is None:
        return UNKNOWN, Tone.QUIET
    if not math.isfinite(share):
        return short_number(share), Tone.ERROR
    tone = Tone.ERROR if share > many else (Tone.WARNING if share > some else Tone.PLAIN)
    return f"{100 * share:.0f}%", tone


def _histogram(cells: int, row: ModelRow) -> Cell:
    stats = row.parameter.stats
    return histogram_strip(stats.histogram, cells) if stats is not None else "", Tone.SPREAD


def _health(texts: ModelTexts, row: ModelRow) -> Cell:
    return f"{SIGNS[row.mark]} {texts.mark(row.mark)}", mark_tone(row.mark)
