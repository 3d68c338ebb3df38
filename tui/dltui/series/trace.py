"""One curve: what a chart, a value cursor and a readout ask of it, each at a cost that does not know its length."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dltui.series.gaps import GapCount, Positions
from dltui.series.growing import Column, GrowingColumn
from dltui.series.pyramid import MinMaxPyramid
from dltui.series.track import AxisName, Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A curve as a plot of some pixel columns shows it: one entry a pixel column, or one a point where points are few.

    ``pixel``: where, 0 is the centre of the first column; entries may lie just outside, so that lines reach the edge.
    ``first``, ``last``: the values where a line enters and leaves the entry; ``low``, ``high``: its extremes. All are
    usable values: columns without one are left out. ``broken``: no line joins this entry to the one before it (a gap
    or a restart). ``position``: of the last point of the entry in the curve.
    """

    pixel: Column
    first: Column
    low: Column
    high: Column
    last: Column
    broken: npt.NDArray[np.bool_]
    position: Positions

    def __len__(self) -> int:
        return len(self.pixel)


@dataclass(frozen=True, slots=True)
class _View:
    """The curve over one axis, in segments of ascending x."""

    x: Column
    segments: list[tuple[int, int]]
    values: Column
    pyramid: MinMaxPyramid


class Trace:
    """A curve over the axes of a track; the two are extended side by side. Not for use from two threads at once.

    Values that are not finite are gaps. ``positive=True`` asks for the curve on a log axis: values <= 0 are gaps too.
    """

    __slots__ = ("_all", "_column", "_positive", "_sorted", "track")

    def __init__(self, track: Track, values: npt.ArrayLike = (), *, rough: bool = False) -> None:
        """``rough``: only to be looked at; see :class:`GrowingColumn`."""
        self.track = track
        self._column = GrowingColumn(values, rough=rough)
        self._all = MinMaxPyramid(self._column)
        self._positive: MinMaxPyramid | None = None
        self._sorted: dict[tuple[AxisName, bool], _View] = {}

    def __len__(self) -> int:
        """The number of points: rows that have both an x and a y."""
        return min(len(self._column), len(self.track))

    @property
    def values(self) -> Column:
        return self._column.values

    def extend(self, values: npt.ArrayLike) -> None:
        """Append the values of the rows that the track got."""
        self._column.extend(values)
        self._all.grow()
        if self._positive is not None:
            self._positive.grow()

    def keep(self, length: int) -> None:
        """Forget all but the first ``length`` points; the track is kept by whoever extends it."""
        self._column.keep(length)
        self._all.keep(length)
        self._positive = None
        self._sorted = {}

    def reserve(self, length: int) -> None:
        """Make room for ``length`` points in all."""
        self._column.reserve(length)

    def gaps(self, start: int, stop: int) -> GapCount:
        """The values that are not finite in the rows [start, stop)."""
        return self._all.gaps.within(start, stop)

    def extremes(self, edges: Positions) -> tuple[Column, Column]:
        """Smallest and largest finite value between each two of the ascending rows ``edges``; NaN where none is."""
        return self._all.extremes(edges)

    def window(self, axis: AxisName, lo: float, hi: float, columns: int, *, positive: bool = False) -> Window:
        """The curve between ``lo`` and ``hi`` for a plot of ``columns`` pixel columns."""
        view = self._view(axis, positive)
        span = hi - lo if hi > lo else 1.0
        with np.errstate(over="ignore"):  # a neighbour may lie as far away as inf
            bins = [_bin(view.x, a, b, lo, span, columns) for a, b in view.segments] or [_NOTHING]
        starts = np.concatenate([part[0] for part in bins])
        stops = np.concatenate([part[1] for part in bins])
        pixel = np.concatenate([part[2] for part in bins])
        segment = np.repeat(np.arange(len(bins)), [len(part[0]) for part in bins])
        first, last = view.pyramid.gaps.first_usable(starts), view.pyramid.gaps.last_usable(stops - 1)
        usable = first < stops
        if not usable.all():
            starts, stops, first, last = starts[usable], stops[usable], first[usable], last[usable]
            pixel, segment = pixel[usable], segment[usable]
        broken = np.ones(len(starts), dtype=np.bool_)
        broken[1:] = (first[1:] != last[:-1] + 1) | (segment[1:] != segment[:-1])
        at_first, at_last = (view.values[each].astype(np.float64) for each in (first, last))
        single = bool((stops - starts == 1).all())
        low, high = (at_first, at_first) if single else view.pyramid.query(starts, stops)
        return Window(pixel=pixel, first=at_first, low=low, high=high, last=at_last, broken=broken, position=last)

    def hidden(self, axis: AxisName, lo: float, hi: float, *, positive: bool = False) -> int:
        """How many points between ``lo`` and ``hi`` have no usable value."""
        view = self._view(axis, positive)
        if not view.pyramid.gaps.total:
            return 0
        return sum(view.pyramid.gaps.count(*_visible(view.x, a, b, lo, hi)) for a, b in view.segments)

    def extent(self, axis: AxisName, lo: float, hi: float, *, positive: bool = False) -> tuple[float, float] | None:
        """Smallest and largest usable value between ``lo`` and ``hi``; None where there is none."""
        view = self._view(axis, positive)
        ranges = np.array([_visible(view.x, a, b, lo, hi) for a, b in view.segments], dtype=np.int64).reshape(-1, 2)
        low, high = view.pyramid.query(ranges[:, 0], ranges[:, 1])
        if np.isnan(low).all():
            return None
        return float(np.nanmin(low)), float(np.nanmax(high))

    def x_range(self, axis: AxisName) -> tuple[float, float] | None:
        """The first and the last x of the curve; None where the axis is not known."""
        view = self._view(axis, False)
        ends = [(float(view.x[min(_first_known(view.x, a, b), b - 1)]), float(view.x[b - 1])) for a, b in view.segments]
        known = [end for end in ends if np.isfinite(end[1])]
        if not known:
            return None
        return min(first for first, _ in known), max(last for _, last in known)

    def value_at(self, axis: AxisName, x: float) -> tuple[float, float] | None:
        """The point nearest to ``x``, as (x, y); y may be NaN. Of two as near the later; None without points."""
        view = self._view(axis, False)
        nearest: tuple[float, float] | None = None
        distance = np.inf
        for a, b in view.segments:
            after = a + int(np.searchsorted(view.x[a:b], x, side="right"))
            for position in (after - 1, after):
                if a <= position < b and abs(view.x[position] - x) <= distance and np.isfinite(view.x[position]):
                    nearest = float(view.x[position]), float(view.values[position])
                    distance = abs(nearest[0] - x)
        return nearest

    def _view(self, axis: AxisName, positive: bool) -> _View:
        x_axis = self.track.axis(axis)
        length = len(self)
        if x_axis.shuffled:
            return self._sorted_view(axis, positive, length)
        x, pyramid = x_axis.values[:length], self._pyramid(positive)
        return _View(x, x_axis.segments(length), self._column.values[:length], pyramid)

    def _pyramid(self, positive: bool) -> MinMaxPyramid:
        """The pyramid of the values that can be shown; the second one only exists where some are <= 0."""
        if not positive or self._all.lowest > 0:
            return self._all
        if self._positive is None:
            self._positive = MinMaxPyramid(self._column, above=0.0)
        return self._positive

    def _sorted_view(self, axis: AxisName, positive: bool, length: int) -> _View:
        view = self._sorted.get((axis, positive))
        if view is None or len(view.x) != length:
            x = self.track.axis(axis).values[:length]
            order = np.argsort(x, kind="stable")
            column = GrowingColumn(self._column.values[:length][order])
            pyramid = MinMaxPyramid(column, above=0.0 if positive else -np.inf)
            view = _View(x[order], [(0, length)], column.values, pyramid)
            self._sorted[(axis, positive)] = view
        return view


_NOTHING = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))


def _first_known(x: Column, a: int, b: int) -> int:
    """The first position of the segment whose x is known (``b`` where none is)."""
    return a + int(np.searchsorted(x[a:b], -np.inf, side="right"))


def _visible(x: Column, a: int, b: int, lo: float, hi: float) -> tuple[int, int]:
    """The [start, stop) of the points of a segment that lie between ``lo`` and ``hi``."""
    segment = x[a:b]
    return a + int(np.searchsorted(segment, lo, side="left")), a + int(np.searchsorted(segment, hi, side="right"))


def _bin(x: Column, a: int, b: int, lo: float, span: float, columns: int) -> tuple[Positions, Positions, Column]:
    """Cut the visible part of a segment: [start, stop) and pixel of each entry, with one neighbour on either side."""
    start, stop = _visible(x, a, b, lo, lo + span)
    first, end = max(start - 1, _first_known(x, a, b)), min(stop + 1, b)
    scale = max(columns - 1, 1) / span
    if stop - start <= columns:
        positions = np.arange(first, end)
        return positions, positions + 1, (x[first:end] - lo) * scale
    edges = start + np.searchsorted(x[start:stop], lo + (np.arange(1, columns) - 0.5) / scale)
    edges = np.concatenate([np.arange(first, start + 1), edges, np.arange(stop, end + 1)])
    before, after = (x[first:start] - lo) * scale, (x[stop:end] - lo) * scale
    pixel = np.concatenate([before, np.arange(columns, dtype=np.float64), after])
    filled = edges[:-1] < edges[1:]
    return edges[:-1][filled], edges[1:][filled], pixel[filled]
