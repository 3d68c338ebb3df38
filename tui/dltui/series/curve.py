"""One metric of a run over its steps, epochs and time: what the rows of a log are appended to."""

import math

import numpy as np

from dltui.runs.update import Mask, Rows
from dltui.series.smoothing import Ema
from dltui.series.trace import Trace
from dltui.series.track import AXES, Track


class Curve:
    """One metric over the records that have it. ``raw`` and ``track`` grow together."""

    __slots__ = ("raw", "track")

    def __init__(self) -> None:
        self.track = Track()
        self.raw = Trace(self.track)

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def last(self) -> float:
        """The last value, NaN while there is none."""
        return float(self.raw.values[-1]) if len(self.raw) else math.nan

    def extend(self, rows: Rows, name: str, start_s: float) -> None:
        """Append the metric ``name`` of those ``rows`` that have it; times become seconds since ``start_s``."""
        unknown = _unknown(rows, name)
        known = slice(None) if unknown is None else ~unknown
        self.track.extend(rows.step[known], rows.epoch[known], rows.time[known] - start_s)
        self.raw.extend(rows.values[name][known])

    def rows_until(self, step: float) -> int:
        """How many rows there are up to the last one that was logged at or before ``step``."""
        until = np.flatnonzero(self.track.axis("step").values[: len(self.raw)] <= step)
        return int(until[-1]) + 1 if len(until) else 0

    def keep(self, length: int) -> None:
        """Forget all but the first ``length`` points."""
        self.track.keep(length)
        self.raw.keep(length)

    def copy_from(self, curve: "Curve", start: int) -> None:
        """Append the points of another curve from ``start`` on; times are in seconds since the same moment."""
        axes = (curve.track.axis(name).values[start : len(curve.raw)] for name in AXES)
        self.track.extend(*axes)
        self.raw.extend(curve.raw.values[start : len(curve.raw)])

    def reserve(self, length: int) -> None:
        """Make room for ``length`` points in all."""
        self.track.reserve(length)
        self.raw.reserve(length)


class Companion(Curve):
    """A curve that shares the track of another one until a record has a value for only one of the two.

    The ``leader`` is extended first. Of a long log the axes are most of the memory, and nearly all metrics of a step
    are in the same records.
    """

    __slots__ = ("_leader", "_leader_name")

    def __init__(self, leader: Curve, leader_name: str) -> None:
        super().__init__()
        self._leader, self._leader_name = leader, leader_name
        self._stand_on(leader.track)

    def extend(self, rows: Rows, name: str, start_s: float) -> None:
        """As :meth:`Curve.extend`; a metric that is not among the rows is unknown in all of them."""
        if name not in rows.values:
            if self.track is self._leader.track:
                self._stand_on(self._leader.track.head(len(self.raw.values)))
            return
        if self.track is self._leader.track:
            unknown = _unknown(rows, name)
            if _alike(unknown, _unknown(rows, self._leader_name)):
                self.raw.extend(rows.values[name] if unknown is None else rows.values[name][~unknown])
                return
            self._stand_on(self._leader.track.head(len(self.raw.values)))
        super().extend(rows, name, start_s)

    def keep(self, length: int) -> None:
        """As :meth:`Curve.keep`; the leader keeps its own."""
        if self.track is not self._leader.track:
            self.track.keep(length)
        self.raw.keep(length)

    def reserve(self, length: int) -> None:
        """As :meth:`Curve.reserve`."""
        if self.track is not self._leader.track:
            self.track.reserve(length)
        self.raw.reserve(length)

    def _stand_on(self, track: Track) -> None:
        self.track = self.raw.track = track


def _unknown(rows: Rows, name: str) -> Mask | None:
    """Where the metric is unknown; None where it is known in every record."""
    unknown = rows.unknown.get(name)
    return unknown if unknown is not None and unknown.any() else None


def _alike(one: Mask | None, other: Mask | None) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one, other))


class SmoothedCurve(Curve):
    """A curve with its exponential moving average beside it, for the eye only: no decision is taken on it."""

    __slots__ = ("_ema", "smooth")

    def __init__(self, weight: float) -> None:
        super().__init__()
        self._ema = Ema(weight)
        self.smooth = Trace(self.track, rough=weight > 0)

    @property
    def weight(self) -> float:
        """How much it is smoothed."""
        return self._ema.weight

    def extend(self, rows: Rows, name: str, start_s: float) -> None:
        """As :meth:`Curve.extend`; the average costs only the new points."""
        before = len(self.raw)
        super().extend(rows, name, start_s)
        self.smooth.extend(self._ema.extend(self.raw.values[before:]))

    def keep(self, length: int) -> None:
        """As :meth:`Curve.keep`; the average goes on from there."""
        super().keep(length)
        self.smooth.keep(length)
        self._ema = Ema(self._ema.weight)
        self._ema.extend(self.raw.values)

    def copy_from(self, curve: Curve, start: int) -> None:
        """As :meth:`Curve.copy_from`; the average begins anew."""
        before = len(self.raw)
        super().copy_from(curve, start)
        self.smooth.extend(self._ema.extend(self.raw.values[before:]))

    def reserve(self, length: int) -> None:
        """As :meth:`Curve.reserve`."""
        super().reserve(length)
        self.smooth.reserve(length)

    def smooth_with(self, weight: float) -> None:
        """Compute the average anew with another weight."""
        self._ema = Ema(weight)
        self.smooth = Trace(self.track, self._ema.extend(self.raw.values), rough=weight > 0)
