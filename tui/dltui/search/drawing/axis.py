"""The x axis of a chart of trials: their numbers, or the values of one hyperparameter, linear, log, or by name."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dltui.charts.canvas import cell_text
from dltui.charts.legend import shorten
from dltui.charts.ticks import linear_ticks, log_labels, log_ticks, tick_labels
from dltui.formatting import setting
from dltui.search.space.dimension import Dimension
from dltui_trainers.runlog import Value

_COLUMNS_PER_TICK, _COLUMNS_PER_DECADE = 10, 8
_SPREAD = 0.56
"""Points of one name lie side by side in this part of its room."""
_GOLDEN = 0.61803398875
"""Its multiples spread numbers evenly, however many there are."""
_LOG_RATIO = 30.0
_LEAST_ROOM = 0.03
_LEAST_NAME = 5
_LARGEST = 1e300


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Places on x. ``names``: what has a place by its name, each 1 wide, from 0 on; a range of numbers follows them.

    ``low``, ``high``: of the range, their logarithms where it is ``log``; NaN where there is none. ``span``: how much
    room the range has beside the names.
    """

    low: float = math.nan
    high: float = math.nan
    log: bool = False
    names: Mapping[str, int] = field(default_factory=dict)
    span: float = 0.0
    whole: bool = False

    @property
    def lo(self) -> float:
        """Where the axis begins."""
        return -0.5 if self.names else self._edge(-1) if self.high >= self.low else 0.0

    @property
    def hi(self) -> float:
        """Where it ends."""
        if self.names:
            return len(self.names) - 0.5 + self.span
        return self._edge(1) if self.high >= self.low else 1.0

    def _edge(self, side: int) -> float:
        room = _LEAST_ROOM * (self.high - self.low)
        if not room:  # a single value
            room = max(0.5 if self.whole or self.log else 0.0, abs(self.low) * 0.1) or 0.5
        return (self.high if side > 0 else self.low) + side * room

    def place(self, value: Value, number: int = 0) -> float:
        """Return where a value lies; NaN where it has no place. ``number``: spreads what has the same name."""
        at = self.names.get(name_of(value))
        if at is not None:
            return at + _SPREAD * ((number * _GOLDEN) % 1.0 - 0.5)
        known = _number(value)
        if self.log:
            known = math.log10(known) if known > 0 else math.nan
        return self._in_range(known)

    def _in_range(self, value: float) -> float:
        if not self.names:
            return value
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return len(self.names) - 0.5 + self.span * (0.08 + 0.84 * share)

    def ticks(self, columns: int) -> tuple[list[float], list[str]]:
        """Return where ticks are and their labels, for so many columns."""
        cells = columns / (self.hi - self.lo)
        every = max(1, math.ceil(_LEAST_NAME / cells))  # where there is no room for each name
        room = max(1, int(cells * every) - 1)
        named = [(float(at), shorten(cell_text(name), room)) for name, at in self.names.items() if at % every == 0]
        if math.isnan(self.low):
            return [at for at, _ in named], [label for _, label in named]
        values, labels = self._numbers(int(cells * self.span) if self.names else columns)
        return [*(at for at, _ in named), *map(self._in_range, values)], [*(label for _, label in named), *labels]

    def _numbers(self, columns: int) -> tuple[list[float], list[str]]:
        if not self.high > self.low:
            value = 10**self.low if self.log else self.low
            return [self.low], [setting(int(value) if self.whole else value)]
        if self.log:
            ticks = log_ticks(10**self.low, 10**self.high, max(2, columns // _COLUMNS_PER_DECADE))
            return [math.log10(each) for each in ticks], log_labels(ticks)
        ticks = linear_ticks(self.low, self.high, max(2, columns // _COLUMNS_PER_TICK))
        if self.whole:
            ticks = [each for each in ticks if each == int(each)]
        return ticks, tick_labels(ticks, "step" if self.whole else "number")


def axis_of_trials(trials: int, most: int) -> Axis:
    """Return the axis of the numbers of the trials. ``most``: how many there shall be, 0 if nobody says."""
    return Axis(low=0.0, high=float(max(trials - 1, most - 1, 1)), whole=True)


def axis_of(dimension: Dimension | None, values: Sequence[Value]) -> Axis:
    """Return the axis of a hyperparameter: of its dimension, or where it has none, of the values that it had."""
    if dimension is None:
        return _axis_of_values(values)
    if dimension.is_choice:
        return Axis(names=_names(dimension.choices))
    beside = _names(dimension.also)
    low, high = dimension.low, dimension.high
    log = dimension.log and 0 < low <= high
    ends = (math.log10(low), math.log10(high)) if log else (low, high)
    span = max(4.0, 3.0 * len(beside)) if beside else 0.0
    return Axis(low=ends[0], high=ends[1], log=log, names=beside, span=span, whole=dimension.whole)


def name_of(value: Value) -> str:
    """Return a value as a person types it; it is known by that among names."""
    return setting(value)


def _number(value: Value) -> float:
    """A value as a number; NaN for what is none, or has no place on an axis."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < _LARGEST:
        return math.nan
    return float(value)


def _names(values: Iterable[Value]) -> dict[str, int]:
    return {name: at for at, name in enumerate(dict.fromkeys(map(name_of, values)))}


def _axis_of_values(values: Sequence[Value]) -> Axis:
    numbers = [each for each in map(_number, values) if not math.isnan(each)]
    if not numbers or len(numbers) < sum(each is not None for each in values):
        return Axis(names=_names([each for each in values if each is not None]))
    low, high = min(numbers), max(numbers)
    log = low > 0 and high / low >= _LOG_RATIO
    ends = (math.log10(low), math.log10(high)) if log else (low, high)
    return Axis(low=ends[0], high=ends[1], log=log, whole=all(isinstance(each, int) for each in values))
