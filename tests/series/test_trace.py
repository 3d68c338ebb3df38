import numpy as np
import pytest

from dltui.series.gaps import GapCount
from dltui.series.trace import Trace
from dltui.series.track import AXES, MAX_SEGMENTS, Track


def _trace(steps: object, values: object) -> Trace:
    track = Track()
    track.extend(np.asarray(steps, dtype=float))
    return Trace(track, np.asarray(values, dtype=float))


def test_few_points_are_themselves() -> None:
    window = _trace([0, 5, 10], [3, 2, 1]).window("step", 0, 10, 21)
    assert window.pixel.tolist() == [0, 10, 20]
    assert window.first.tolist() == window.low.tolist() == window.high.tolist() == window.last.tolist() == [3, 2, 1]
    assert window.broken.tolist() == [True, False, False]


@pytest.mark.parametrize("seed", range(20))
def test_many_points_keep_their_extremes_in_each_column(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = np.sort(rng.uniform(0, 1000, 5000)), rng.normal(size=5000)
    lo, hi, columns = 100.0, 800.0, 50
    window = _trace(x, y).window("step", lo, hi, columns)
    inside = (x >= lo) & (x <= hi)
    pixel = np.floor((x[inside] - lo) / (hi - lo) * (columns - 1) + 0.5)
    for column, first, low, high, last in zip(
        window.pixel, window.first, window.low, window.high, window.last, strict=True
    ):
        if 0 <= column <= columns - 1:
            own = y[inside][pixel == column]
            assert (first, low, high, last) == (own[0], own.min(), own.max(), own[-1])
    assert (window.pixel < 0).any() and (window.pixel > columns - 1).any()  # the neighbours outside


def test_a_value_that_is_not_finite_breaks_the_line() -> None:
    window = _trace(range(6), [1, 2, np.nan, 4, np.inf, 6]).window("step", 0, 5, 100)
    assert window.last.tolist() == [1, 2, 4, 6]
    assert window.broken.tolist() == [True, False, True, True]


def test_values_that_a_log_axis_cannot_show_are_gaps_there_only() -> None:
    trace = _trace(range(4), [1, 0, -2, 3])
    assert trace.window("step", 0, 3, 100).last.tolist() == [1, 0, -2, 3]
    assert trace.window("step", 0, 3, 100, positive=True).last.tolist() == [1, 3]
    assert trace.hidden("step", 0, 3) == 0
    assert trace.hidden("step", 0, 3, positive=True) == 2
    assert trace.extent("step", 0, 3, positive=True) == (1, 3)


def test_a_step_that_goes_back_begins_a_new_segment_on_every_axis() -> None:
    track = Track()
    track.extend([0, 1, 2, 3], epoch=[0, 1, 2, 3], time=[10, 11, 12, 13])
    track.extend([2, 3, 4], epoch=[2, 3, 4], time=[20, 21, 22])
    trace = Trace(track, [9, 8, 7, 6, 5, 4, 3])
    for axis in AXES:
        window = trace.window(axis, 0, 25, 100)
        assert np.flatnonzero(window.broken).tolist() == [0, 4]
    assert trace.value_at("step", 3) == (3, 4)  # the later of two as near
    assert trace.x_range("step") == (0, 4)


def test_a_shuffled_log_is_sorted() -> None:
    rng = np.random.default_rng(0)
    x = rng.permutation(1000)
    trace = _trace(x, x * 2.0)
    assert trace.track.axis("step").shuffled
    window = trace.window("step", 0, 999, 2000)
    assert window.last.tolist() == [2.0 * value for value in range(1000)]
    assert not window.broken[1:].any()
    trace.track.extend([1000])
    trace.extend([7.0])
    assert trace.window("step", 0, 1000, 2000).last[-1] == 7.0
    assert trace.value_at("step", 500.2) == (500, 1000)


def test_as_many_segments_as_allowed_are_kept() -> None:
    trace = _trace([0, 1] * MAX_SEGMENTS, np.arange(2 * MAX_SEGMENTS))
    assert not trace.track.axis("step").shuffled
    assert np.count_nonzero(trace.window("step", 0, 1, 10).broken) == MAX_SEGMENTS


def test_pieces_give_what_the_whole_gives() -> None:
    rng = np.random.default_rng(3)
    x, y = np.concatenate([np.arange(3000), np.arange(1500, 4000)]), rng.normal(size=5500)
    y[rng.random(5500) < 0.05] = np.nan
    whole = _trace(x, y)
    track = Track()
    pieces = Trace(track)
    cuts = np.sort(rng.integers(0, 5500, 9))
    for part_x, part_y in zip(np.split(x, cuts), np.split(y, cuts), strict=True):
        track.extend(part_x)
        pieces.extend(part_y)
    one, other = whole.window("step", 100, 3900, 240), pieces.window("step", 100, 3900, 240)
    for name in ("pixel", "first", "low", "high", "last", "broken", "position"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


@pytest.mark.parametrize("values", [[], [1.0], [np.nan], [np.nan] * 500])
def test_next_to_nothing(values: list[float]) -> None:
    trace = _trace(range(len(values)), values)
    assert len(trace.window("step", 0, 10, 20)) == np.isfinite(values).sum()
    assert trace.extent("step", 0, 10) == ((1.0, 1.0) if values == [1.0] else None)
    assert (trace.value_at("step", 3) is None) == (not values)
    assert trace.x_range("step") == ((0, len(values) - 1) if values else None)


def test_an_axis_that_the_log_does_not_know_shows_nothing() -> None:
    trace = _trace(range(5), range(5))
    assert len(trace.window("epoch", 0, 10, 20)) == 0
    assert trace.x_range("epoch") is None
    assert trace.value_at("epoch", 1) is None


def test_an_x_that_is_not_finite_takes_the_place_of_the_one_before() -> None:
    track = Track()
    track.extend([np.nan, 1, np.nan, 2, np.inf])
    assert track.axis("step").values.tolist() == [-np.inf, 1, 1, 2, 2]
    assert len(Trace(track, range(5)).window("step", 0, 10, 20)) == 4


def test_a_line_that_only_crosses_the_window_is_kept() -> None:
    window = _trace([0, 100], [1, 2]).window("step", 40, 60, 21)
    assert window.pixel.tolist() == [-40, 60]


def test_axes_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        Track().extend([1, 2], epoch=[1])


def test_rows_tell_what_is_no_number_in_them() -> None:
    trace = _trace(range(8), [1, np.nan, 3, np.inf, -np.inf, 0, -2, np.nan])
    assert trace.gaps(0, 8) == GapCount(4, 1, True)
    assert trace.gaps(2, 7) == GapCount(2, 1, False)
    assert trace.gaps(5, 7) == trace.gaps(3, 3) == GapCount(0, 0, False)
    trace.track.extend([8, 9])
    trace.extend([np.nan, 5])
    assert trace.gaps(7, 10) == GapCount(2, 0, False)


def test_the_extremes_between_rows_are_those_of_the_numbers_there() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(size=5000)
    values[rng.random(5000) < 0.05] = np.nan
    values[1000:1100] = np.inf
    low, high = _trace(range(5000), values).extremes(np.array([0, 7, 7, 1000, 1100, 5000]))
    parts = [values[0:7], values[7:7], values[7:1000], values[1000:1100], values[1100:5000]]
    known = [part[np.isfinite(part)] for part in parts]
    assert np.array_equal(low, [part.min() if len(part) else np.nan for part in known], equal_nan=True)
    assert np.array_equal(high, [part.max() if len(part) else np.nan for part in known], equal_nan=True)
