"""How a person looks at a run: which axis, how smooth, which part. A value; every key makes a new one."""

from dataclasses import dataclass, replace

from dltui.series.state import SMOOTHING
from dltui.series.track import AXES, AxisName

SMOOTHING_STEPS = (0.0, 0.5, 0.7, 0.8, SMOOTHING, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999)
REMEMBERED = 30.0
ZOOM = 0.5
PAN = 0.25
NARROWEST = 1e-6
"""The narrowest window, as a share of the whole axis: further in there is nothing but rounding."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """``window``: the part of the x axis in view, None for all of it, growing with the run.

    ``cursor``: the x whose values are told, None for none. ``big``: which chart is the large one; ``alone``: nothing
    else is shown. ``findings``: whether the chart of the losses tells since when a finding holds. ``parent``: whether
    the curves of the run that this one came from are drawn too.
    """

    axis: AxisName = "step"
    y_log: bool = True
    smoothing: float = SMOOTHING
    window: Span | None = None
    cursor: float | None = None
    big: int = 0
    alone: bool = False
    findings: bool = True
    parent: bool = True

    def with_next_axis(self) -> "RunView":
        """The next x axis; window and cursor are in units of the old one and go."""
        following = AXES[(AXES.index(self.axis) + 1) % len(AXES)]
        return replace(self, axis=following, window=None, cursor=None)

    def smoother(self, by: int) -> "RunView":
        """``by`` steps more smoothing, fewer if negative; stays at the ends."""
        nearest = min(range(len(SMOOTHING_STEPS)), key=lambda index: abs(SMOOTHING_STEPS[index] - self.smoothing))
        index = min(max(nearest + by, 0), len(SMOOTHING_STEPS) - 1)
        return replace(self, smoothing=SMOOTHING_STEPS[index])

    def zoomed(self, factor: float, whole: Span, around: float | None = None) -> "RunView":
        """A window ``factor`` times as wide that keeps ``around`` (else the cursor, else the end) in its place."""
        lo, hi = self.window or whole
        pivot = around if around is not None else self.cursor if self.cursor is not None else hi
        pivot = min(max(pivot, lo), hi)
        least = (whole[1] - whole[0]) * NARROWEST
        if factor < 1 and (hi - lo) * factor < least:
            return self
        return replace(self, window=_within((pivot - (pivot - lo) * factor, pivot + (hi - pivot) * factor), whole))

    def panned(self, share: float, whole: Span) -> "RunView":
        """The window moved by ``share`` of its width; without a window there is nothing to move."""
        if self.window is None:
            return self
        lo, hi = self.window
        move = min(max((hi - lo) * share, whole[0] - lo), whole[1] - hi)
        return replace(self, window=(lo + move, hi + move))

    def with_cursor(self, x: float | None, whole: Span) -> "RunView":
        """The cursor at ``x``, kept on the axis; the window follows it."""
        if x is None:
            return replace(self, cursor=None)
        x = min(max(x, whole[0]), whole[1])
        moved = replace(self, cursor=x)
        if moved.window is None or moved.window[0] <= x <= moved.window[1]:
            return moved
        lo, hi = moved.window
        return moved.panned((x - hi if x > hi else x - lo) / (hi - lo), whole)


def usual_smoothing(points: int) -> float:
    """Return a weight for a curve of so many points: it remembers a thirtieth of them, at most as many as usual.

    A log that has a point an epoch is over in 40 of them: an average over 10 would trail far behind.
    """
    weight = 1 - REMEMBERED / points if points > REMEMBERED else 0.0
    return max(step for step in SMOOTHING_STEPS if step <= min(max(weight, 0.0), SMOOTHING))


def _within(window: Span, whole: Span) -> Span | None:
    """The part of ``window`` inside ``whole``; None where that is all of it."""
    lo, hi = max(window[0], whole[0]), min(window[1], whole[1])
    return None if (lo, hi) == whole else (lo, hi)
