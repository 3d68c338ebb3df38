"""A curve seen from another beginning: that of one run drawn over the time of another."""

from dltui.series.growing import Column
from dltui.series.trace import Trace, Window
from dltui.series.track import AxisName


class ShiftedTrace:
    """``trace``, but on ``axis`` everything lies ``by`` further to the left. It grows with the trace."""

    __slots__ = ("_axis", "_by", "_trace")

    def __init__(self, trace: Trace, axis: AxisName, by: float) -> None:
        self._trace = trace
        self._axis = axis
        self._by = by

    def __len__(self) -> int:
        return len(self._trace)

    @property
    def values(self) -> Column:
        """The values, which lie where they did."""
        return self._trace.values

    @property
    def track(self) -> object:
        """What two curves over the same records have in common."""
        return self._trace.track

    def window(self, axis: AxisName, lo: float, hi: float, columns: int, *, positive: bool = False) -> Window:
        """As :meth:`Trace.window`."""
        by = self._shift(axis)
        return self._trace.window(axis, lo + by, hi + by, columns, positive=positive)

    def hidden(self, axis: AxisName, lo: float, hi: float, *, positive: bool = False) -> int:
        """As :meth:`Trace.hidden`."""
        by = self._shift(axis)
        return self._trace.hidden(axis, lo + by, hi + by, positive=positive)

    def extent(self, axis: AxisName, lo: float, hi: float, *, positive: bool = False) -> tuple[float, float] | None:
        """As :meth:`Trace.extent`."""
        by = self._shift(axis)
        return self._trace.extent(axis, lo + by, hi + by, positive=positive)

    def x_range(self, axis: AxisName) -> tuple[float, float] | None:
        """As :meth:`Trace.x_range`."""
        reach, by = self._trace.x_range(axis), self._shift(axis)
        return None if reach is None else (reach[0] - by, reach[1] - by)

    def value_at(self, axis: AxisName, x: float) -> tuple[float, float] | None:
        """As :meth:`Trace.value_at`."""
        by = self._shift(axis)
        point = self._trace.value_at(axis, x + by)
        return None if point is None else (point[0] - by, point[1])

    def _shift(self, axis: AxisName) -> float:
        return self._by if axis == self._axis else 0.0
