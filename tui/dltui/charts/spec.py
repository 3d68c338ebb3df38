"""What a chart shows, as values: curves, marks, axes. Colours are the theme's; here is only what things mean."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from dltui.charts.canvas import SERIES_STYLES, StyleName
from dltui.formatting import Unit, format_value
from dltui.series.growing import Column
from dltui.series.trace import Window
from dltui.series.track import AxisName


class Kind(Enum):
    """How a curve is drawn; the four can be told apart without colour."""

    LINE = "━"  # a thin line
    FAINT = "┄"  # every other dot, beneath all else: the raw values behind a smoothed line
    POINTS = "●"  # a marker for each value, joined by a thin line
    UNDONE = "┈"  # two of five dots, beneath all else: what no longer counts; it has no say in the limits of y


class Plotted(Protocol):
    """What a chart asks of a curve; see :class:`dltui.series.trace.Trace`."""

    def __len__(self) -> int: ...

    @property
    def values(self) -> Column: ...

    @property
    def track(self) -> object: ...

    def window(self, axis: AxisName, lo: float, hi: float, columns: int, *, positive: bool = False) -> Window: ...

    def hidden(self, axis: AxisName, lo: float, hi: float, *, positive: bool = False) -> int: ...

    def extent(self, axis: AxisName, lo: float, hi: float, *, positive: bool = False) -> tuple[float, float] | None: ...

    def x_range(self, axis: AxisName) -> tuple[float, float] | None: ...

    def value_at(self, axis: AxisName, x: float) -> tuple[float, float] | None: ...


WAITING = "waiting for the first record"
"""What stands in a chart that has nothing to draw so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One curve. ``symbol``: a character for its end and for the legend, where several lines are compared.

    ``end``: what stands at its end instead; then the symbol is its marker, all along the line, and both are in the
    legend. ``name``: what the readout of the cursor calls it, where that is not the label of the legend.

    ``aside``: whose curve it is if it is not that of the run that the chart is about, in a word. It is drawn as far as
    the others leave it room, comes last in the legend, and is left out there without a label.
    """

    label: str
    trace: Plotted
    style: StyleName
    kind: Kind = Kind.LINE
    symbol: str = ""
    end: str = ""
    name: str | None = None
    aside: str = ""

    @property
    def sign(self) -> str:
        """The symbol, or the usual one of the kind."""
        return self.symbol[:1] or self.kind.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A point (``y`` given: the symbol stands over it) or an event (``y`` None: a vertical line through the chart).

    One whose y is infinite stands at the top: there is a value, and no chart has a place for it.
    """

    x: float
    y: float | None = None
    symbol: str = ""
    text: str = ""
    style: StyleName = StyleName.MARK

    @property
    def sign(self) -> str:
        """The symbol, or the usual one."""
        return self.symbol[:1] or ("┆" if self.y is None else "▼")


@dataclass(frozen=True, slots=True)
class Level:
    """A value of y that the curves are to be held against: a dashed line with its name."""

    y: float
    name: str


@dataclass(frozen=True, slots=True)
class Band:
    """A part of x that stands out: the axis is thick there."""

    lo: float
    hi: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSpec:
    """A whole chart. Limits that are None come from the curves. ``unit`` is that of y.

    ``empty`` is shown while no curve has a point. ``cursor_x`` puts the value cursor there.
    ``notes``: what else is said on it. ``x_log``: every x is the decimal logarithm of a learning rate, whatever
    ``axis`` says; the axis is labelled with the rates.
    """

    width: int
    height: int
    title: str
    curves: tuple[Curve, ...] = ()
    marks: tuple[Mark, ...] = ()
    levels: tuple[Level, ...] = ()
    band: Band | None = None
    axis: AxisName = "step"
    x_log: bool = False
    x_lo: float | None = None
    x_hi: float | None = None
    y_lo: float | None = None
    y_hi: float | None = None
    y_log: bool = False
    unit: Unit = "number"
    cursor_x: float | None = None
    empty: str = WAITING
    notes: tuple[str, ...] = ()

    @property
    def x_name(self) -> str:
        """What x counts."""
        return "lr" if self.x_log else self.axis

    def x_text(self, x: float) -> str:
        """How a value of x is written."""
        return format_value(10**x) if self.x_log else format_value(x, self.axis)

    @property
    def in_order(self) -> list[Curve]:
        """The curves in the order in which they are told of: those of others last."""
        return sorted(self.curves, key=lambda curve: bool(curve.aside))

    def end_sign(self, curve: Curve) -> str:
        """The sign at the end of a line, empty where it needs none.

        Lines that are compared get a digit each, since colour may be missing.
        """
        if curve.end:
            return curve.end
        if curve.kind is not Kind.LINE or curve.symbol:
            return curve.symbol[:1] if curve.kind is Kind.LINE else ""
        compared = [other.style for other in self.curves if other.style in SERIES_STYLES]
        return str(SERIES_STYLES.index(curve.style) + 1) if len(compared) > 1 and curve.style in compared else ""

    def legend_sign(self, curve: Curve) -> str:
        """What stands before the curve's label in the legend."""
        return f"{curve.sign}{curve.end}" if curve.end else self.end_sign(curve) or curve.sign
