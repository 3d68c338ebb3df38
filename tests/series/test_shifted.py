"""A curve seen from another beginning is the same curve."""

import numpy as np
import pytest

from dltui.series.shifted import ShiftedTrace
from dltui.series.trace import Trace
from dltui.series.track import Track


def trace() -> Trace:
    track = Track()
    steps = np.arange(100.0)
    track.extend(steps, epoch=steps / 10, time=50 + steps / 2)
    return Trace(track, np.where(steps == 60, np.nan, steps - 20))


@pytest.mark.parametrize("positive", [False, True])
def test_on_its_axis_everything_lies_further_to_the_left(positive: bool) -> None:
    plain = trace()
    shifted = ShiftedTrace(plain, "time", 70.0)
    assert shifted.x_range("time") == (-20, 29.5) and shifted.x_range("step") == plain.x_range("step")
    assert shifted.value_at("time", 5.0) == (5.0, 30.0)
    assert shifted.extent("time", 0.0, 5.0, positive=positive) == plain.extent("time", 70.0, 75.0, positive=positive)
    assert shifted.hidden("time", 0, 20, positive=positive) == plain.hidden("time", 70, 90, positive=positive) == 1
    one, other = (
        shifted.window("time", 0, 20, 40, positive=positive),
        plain.window("time", 70, 90, 40, positive=positive),
    )
    assert (one.pixel == other.pixel).all() and (one.last == other.last).all()


def test_on_the_others_and_with_what_comes_it_is_as_it_was() -> None:
    plain = trace()
    shifted = ShiftedTrace(plain, "time", 70.0)
    plain.track.extend([100.0], epoch=[10.0], time=[100.0])
    plain.extend([80.0])
    assert len(shifted) == 101 and shifted.values[-1] == 80 and shifted.track is plain.track
    assert shifted.value_at("step", 100) == plain.value_at("step", 100) == (100.0, 80.0)
    assert shifted.value_at("time", 30) == (30.0, 80.0)


def test_without_points_or_times_there_is_no_value() -> None:
    empty = ShiftedTrace(Trace(Track()), "time", 5.0)
    assert empty.x_range("time") is None and empty.value_at("time", 0.0) is None
