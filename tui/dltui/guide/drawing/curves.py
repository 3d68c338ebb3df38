"""Curves of a step as a chart like those of a run; over learning rates its x axis is logarithmic."""

import math
from dataclasses import dataclass

import numpy as np

from dltui.charts.canvas import SERIES_STYLES, StyleName
from dltui.charts.spec import Band, ChartSpec, Curve, Kind, Level, Mark
from dltui.charts.ticks import nice_limits
from dltui.formatting import setting
from dltui.guide.result import Curves, Line
from dltui.guide.telling.words import told, word
from dltui.series.trace import Trace
from dltui.series.track import Track
from dltui.texts.guide import GuideTexts

MOST_POINTS = 48
"""A curve of more points is a line; of fewer, each has its sign."""
NOWHERE, DIVERGED = "▲", "✕"
"""What stands at the top where a value is not finite; what stands for each value of a curve that went wrong."""
_ORDER = ("main", "other", "bad", "faint")
_OTHERS = SERIES_STYLES[1:]  # the first one looks like the main curve
_SIGNS = "◆■▼◇□▽○"
_FAR = 3.0
"""On a linear axis, what is further up than so many times all that is not bad is cut off: it would flatten the rest."""
_FLAT = 1e-3


@dataclass(frozen=True, slots=True)
class _Points:
    """The points of a line that have a place along x, in its order."""

    line: Line
    x: list[float]
    y: list[float]

    def finite(self) -> list[float]:
        return [y for y in self.y if math.isfinite(y)]


def chart_of(plot: Curves, texts: GuideTexts, width: int = 0, height: int = 0) -> ChartSpec:
    """Return the chart of the curves, of that many cells."""
    lines = [_points(line, plot.x) for line in sorted(plot.lines, key=lambda line: _ORDER.index(line.role))]
    lo, hi = _span(plot, lines)
    top = None if plot.y_log else _top(plot, lines)
    return ChartSpec(
        width=width,
        height=height,
        title=told(texts, plot.title),
        curves=_curves(lines, texts),
        marks=(*_at_the_top(lines, top, texts), *_spots(plot, texts)),
        levels=tuple(Level(each.y, told(texts, each.name)) for each in plot.levels if math.isfinite(each.y)),
        band=_band(plot, texts),
        axis="epoch" if plot.x == "epoch" else "step",
        x_log=plot.x == "lr",
        x_lo=lo,
        x_hi=hi,
        y_hi=top,
        y_log=plot.y_log,
        empty=word(texts, "plot.empty"),
    )


def _points(line: Line, axis: str) -> _Points:
    pairs = [(_place(x, axis), float(y)) for x, y in zip(line.x, line.y, strict=False)]
    known = sorted(((x, y) for x, y in pairs if math.isfinite(x)), key=lambda each: each[0])
    return _Points(line, [x for x, _ in known], [y for _, y in known])


def _place(x: float, axis: str) -> float:
    if axis != "lr":
        return x
    return math.log10(x) if x > 0 and math.isfinite(x) else math.nan


def _span(plot: Curves, lines: list[_Points]) -> tuple[float | None, float | None]:
    """All of x that something is at; over learning rates with a little room, so that no point lies on the frame."""
    marked = [_place(each.x, plot.x) for each in plot.spots]
    found = [x for points in lines for x in points.x] + [x for x in marked if math.isfinite(x)]
    if not found:
        return None, None
    room = 0.03 * (max(found) - min(found)) or 0.5
    return (min(found) - room, max(found) + room) if plot.x == "lr" else (min(found), max(found))


def _top(plot: Curves, lines: list[_Points]) -> float | None:
    """Where the chart ends, if some values lie so far up that one would not see the others; None if none do."""
    values = sorted(y for points in lines for y in points.finite())
    good = sorted(y for points in lines if points.line.role in ("main", "other") for y in points.finite()) or values
    if not good:
        return None
    lowest = values[0]
    held = [each.y for each in plot.levels if math.isfinite(each.y)]
    begun = [found[0] for points in lines if points.line.role != "bad" and (found := points.finite())]
    usual = max([good[(3 * (len(good) - 1)) // 4], *held, *begun])
    reach = max(usual - lowest, _FLAT * abs(usual))
    if not reach or not math.isfinite(reach) or values[-1] - lowest <= _FAR * reach:
        return None
    inside = [y for y in values if y - lowest <= _FAR * reach]
    return nice_limits(lowest, max(*inside, usual))[1]


def _curves(lines: list[_Points], texts: GuideTexts) -> tuple[Curve, ...]:
    curves, others = [], 0
    for points in lines:
        curves.append(_curve(points, others, told(texts, points.line.name)))
        others += points.line.role == "other"
    return tuple(curves)


def _curve(points: _Points, others: int, name: str) -> Curve:
    track = Track()
    track.extend(points.x, epoch=points.x)
    trace = Trace(track, np.array(points.y, dtype=np.float64))
    kind = Kind.POINTS if len(points.x) <= MOST_POINTS else Kind.LINE
    match points.line.role:
        case "main":
            return Curve(label=name, trace=trace, style=StyleName.TRAIN, kind=kind)
        case "faint":
            return Curve(label=name, trace=trace, style=StyleName.TRAIN_RAW, kind=Kind.FAINT)
        case "bad":
            return Curve(label=name, trace=trace, style=StyleName.FINDING, kind=kind, symbol=DIVERGED)
        case "other":
            style = _OTHERS[others % len(_OTHERS)]
            return Curve(label=name, trace=trace, style=style, kind=kind, symbol=_SIGNS[others % len(_SIGNS)])


def _at_the_top(lines: list[_Points], top: float | None, texts: GuideTexts) -> list[Mark]:
    """A sign over each x with a value that has no place: where a curve breaks off, and bad ones that were cut off."""
    lost: set[float] = set()
    for points in lines:
        broken = [not math.isfinite(y) for y in points.y]
        first = [at for at, gone in enumerate(broken) if gone and (at == 0 or not broken[at - 1])]
        lost.update(points.x[at] for at in first)
        if top is not None and points.line.role == "bad":
            lost.update(x for x, y in zip(points.x, points.y, strict=True) if math.isfinite(y) and y > top)
    named = word(texts, "plot.beyond")
    return [
        Mark(x=x, y=math.inf, symbol=NOWHERE, text="" if at else named, style=StyleName.FINDING)
        for at, x in enumerate(sorted(lost))
    ]


def _spots(plot: Curves, texts: GuideTexts) -> list[Mark]:
    return [Mark(x=_place(each.x, plot.x), text=told(texts, each.name), style=StyleName.MARK) for each in plot.spots]


def _band(plot: Curves, texts: GuideTexts) -> Band | None:
    if plot.band is None:
        return None
    lo, hi = plot.band
    name = word(texts, "plot.band", low=setting(float(lo)), high=setting(float(hi)))
    return Band(_place(lo, plot.x), _place(hi, plot.x), name)
