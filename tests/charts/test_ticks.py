import math
import sys

import numpy as np
import pytest

from dltui.charts.ticks import (
    Unit,
    grow_limit,
    linear_ticks,
    log_labels,
    log_ticks,
    nice_limits,
    nice_log_limits,
    tick_labels,
    time_ticks,
)
from dltui.formatting import format_time, format_value


@pytest.mark.parametrize(
    ("lo", "hi", "count", "unit", "labels"),
    [
        (0, 2000, 5, "step", ["0", "500", "1k", "1.5k", "2k"]),
        (0, 1_200_000, 6, "step", ["0", "200k", "400k", "600k", "800k", "1M", "1.2M"]),
        (1_000_000, 1_000_010, 5, "step", ["1000000", "1000002", "1000004", "1000006", "1000008", "1000010"]),
        (0, 3, 6, "epoch", ["0", "0.5", "1", "1.5", "2", "2.5", "3"]),
        (0.05, 0.25, 4, "number", ["0.05", "0.10", "0.15", "0.20", "0.25"]),
        (0, 0.001, 2, "number", ["0", "5e-4", "1e-3"]),
        (0, 1, 4, "percent", ["0%", "50%", "100%"]),
        (0.98, 0.99, 5, "percent", ["98.0%", "98.2%", "98.4%", "98.6%", "98.8%", "99.0%"]),
        (-1, 1, 4, "number", ["-1.0", "-0.5", "0", "0.5", "1.0"]),
    ],
)
def test_linear(lo: float, hi: float, count: int, unit: Unit, labels: list[str]) -> None:
    assert tick_labels(linear_ticks(lo, hi, count), unit) == labels


@pytest.mark.parametrize(
    ("lo", "hi", "count", "labels"),
    [
        (0.01, 10, 4, ["0.01", "0.1", "1", "10"]),
        (0.1, 10, 6, ["0.1", "0.3", "1", "3", "10"]),
        (0.1, 5, 10, ["0.1", "0.2", "0.5", "1", "2", "5"]),
        (1e-12, 1, 4, ["1e-12", "1e-9", "1e-6", "1e-3", "1"]),
        (0.2, 0.5, 8, ["0.2", "0.3", "0.4", "0.5"]),
        (0.21, 0.24, 4, ["0.22", "0.24"]),
        (1e-4, 1e-2, 2, ["1e-4", "1e-3", "0.01"]),
    ],
)
def test_log(lo: float, hi: float, count: int, labels: list[str]) -> None:
    assert log_labels(log_ticks(lo, hi, count)) == labels


def test_time_ticks_are_round_for_a_clock() -> None:
    assert tick_labels(time_ticks(0, 3723, 5), "time") == ["0", "15:00", "30:00", "45:00", "1:00:00"]
    assert tick_labels(time_ticks(0, 40, 4), "time") == ["0", "0:10", "0:20", "0:30", "0:40"]
    assert tick_labels(time_ticks(0, 400_000, 5), "time") == ["0", "1d 0:00", "2d 0:00", "3d 0:00", "4d 0:00"]


@pytest.mark.parametrize("seed", range(200))
def test_ticks_lie_inside_and_their_labels_differ(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lo = float(rng.normal() * 10.0 ** rng.integers(-8, 12))
    hi = lo + float(10.0 ** rng.uniform(-6, 12)) + abs(lo) * 1e-6
    for ticks in (linear_ticks(lo, hi, 6), time_ticks(lo, hi, 6)):
        assert len(ticks) <= 8
        assert all(lo - (hi - lo) * 1e-6 <= tick <= hi + (hi - lo) * 1e-6 for tick in ticks)
    for unit in ("number", "step", "epoch", "percent"):
        labels = tick_labels(linear_ticks(lo, hi, 6), unit)
        assert len(set(labels)) == len(labels)
    if lo > 0:
        labels = log_labels(log_ticks(lo, hi, 6))
        assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(("lo", "hi"), [(0, 0), (1, 0), (math.nan, 1), (0, math.inf), (-1, 1), (1e308, 1.7e308)])
def test_odd_limits_do_not_raise(lo: float, hi: float) -> None:
    for ticks in (linear_ticks(lo, hi, 5), time_ticks(lo, hi, 5), log_ticks(lo, hi, 5)):
        tick_labels(ticks, "number")
    assert nice_limits(lo, hi)[0] < nice_limits(lo, hi)[1]
    assert nice_log_limits(lo, hi)[0] < nice_log_limits(lo, hi)[1]


@pytest.mark.parametrize("value", [5e-324, 1e-310, 1.7e308])
def test_one_value_at_the_ends_of_the_floats_has_room(value: float) -> None:
    lo, hi = nice_log_limits(value, value)
    assert 0 < lo <= value <= hi < math.inf and math.log10(lo) < math.log10(hi)


@pytest.mark.parametrize("power", range(-9, 9))
def test_limits_hold_what_they_are_for(power: int) -> None:
    for mantissa in range(1, 100):  # multiples of 2e-6 and the like are not exact
        value = float(f"{mantissa / 10}e{power}")
        lo, hi = nice_limits(0.0, value)
        assert lo <= 0.0 < value <= hi


def test_limits_are_rounded_outward() -> None:
    assert nice_limits(0.13, 0.94) == pytest.approx((0.0, 1.0))
    assert nice_limits(0.5, 0.5) == pytest.approx((0.44, 0.56), abs=0.01)
    assert nice_limits(0, 0) == (-1, 1)
    assert nice_log_limits(0.013, 3.1) == (0.01, 5.0)
    assert nice_log_limits(1.69, 2.31) == (1.5, 3.0)
    assert nice_log_limits(1.0, 1.0)[0] < 1.0 < nice_log_limits(1.0, 1.0)[1]


def test_the_end_of_x_moves_in_jumps_and_stops_at_the_plan() -> None:
    ends = [grow_limit(step, planned=5000) for step in range(1, 5001)]
    assert len(set(ends)) < 30
    assert all(end >= step for step, end in enumerate(ends, 1))
    assert max(ends) == ends[-1] == 5000
    assert grow_limit(6000, planned=5000) == 7500
    assert grow_limit(0) == 1 and grow_limit(0, planned=300) == 300 and grow_limit(math.nan) == 1


def test_values_and_times_in_words() -> None:
    values = [0.08123, 1.2e-5, 0.0, 12345.6, 1.5e9, math.nan, -math.inf]
    assert [format_value(value) for value in values] == [
        "0.08123", "1.2e-5", "0", "12346", "1.5e9", "nan", "-inf",
    ]  # fmt: skip
    assert format_value(12_500, "step") == "12 500"
    assert format_value(0.8521, "percent") == "85.21%"
    assert [format_time(seconds) for seconds in (0, 42, 3723, 0.25, 90061)] == [
        "0:00", "0:42", "1:02:03", "0.25s", "1d 1:01:01",
    ]  # fmt: skip


@pytest.mark.parametrize("value", [1.7976931330646226e308, sys.float_info.max, sys.float_info.min])
def test_limits_at_the_ends_of_what_a_float_can_hold(value: float) -> None:
    lower, upper = nice_log_limits(value, value)
    assert 0 < lower < upper < math.inf
