"""The statistics that the rules share, against what is known of them."""

import math
from itertools import pairwise

import numpy as np
import pytest

from dltui.diagnosis.statistics import (
    TREND_BLOCKS,
    blocks,
    confidence,
    noise,
    normal_cdf,
    running_median,
    smoothing_window,
    trend,
)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("deviation", [1e-6, 0.1, 50.0])
def test_noise_is_the_deviation_around_a_straight_trend(seed: int, deviation: float) -> None:
    draws = deviation * np.random.default_rng(seed).normal(size=2000)
    assert noise(draws) == pytest.approx(deviation, rel=0.1)
    assert noise(draws + np.linspace(0, 1000 * deviation, 2000)) == pytest.approx(deviation, rel=0.1)


def test_a_few_jumps_do_not_count_as_noise() -> None:
    draws = np.random.default_rng(0).normal(size=2000)
    draws[::50] += 1000
    assert noise(draws) == pytest.approx(1, rel=0.15)
    assert noise(np.arange(10.0)) == 0
    assert noise(np.array([1.0, 9.0, 1.0])) == 0  # too few


def test_noise_of_a_decay_is_hardly_that_of_its_bend() -> None:
    assert noise(np.exp(-np.linspace(0, 5, 200))) < 1e-3


@pytest.mark.parametrize(("length", "window"), [(3, 3), (60, 3), (120, 3), (170, 5), (240, 7), (1000, 31)])
def test_the_window_is_odd_and_3_percent(length: int, window: int) -> None:
    assert smoothing_window(length) == window


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 7, 60, 240])
def test_the_running_median_is_that_of_a_cut_off_window(length: int) -> None:
    values = np.random.default_rng(length).normal(size=length)
    half = smoothing_window(length) // 2
    expected = [np.median(values[max(0, i - half) : i + half + 1]) for i in range(length)]
    got = running_median(values)
    assert got.tolist() == (pytest.approx(expected) if length >= 3 else values.tolist())
    assert got is not values


def test_a_short_spike_leaves_no_trace_and_a_step_stays_a_step() -> None:
    level = np.ones(240)
    spiked = level.copy()
    spiked[100:103] = 1e9
    assert np.array_equal(running_median(spiked), level)
    step = np.repeat([2.0, 1.0], 120)
    assert np.array_equal(running_median(step), step)


@pytest.mark.parametrize("slope", [-3.0, 0.0, 1e-9, 1e6])
@pytest.mark.parametrize("length", [4, 40, 41, 333])
def test_a_line_is_its_own_trend(slope: float, length: int) -> None:
    x = np.arange(length) * 7.0
    line = trend(x, 5 + slope * x)
    assert line is not None
    assert (line.slope, line.low, line.high) == pytest.approx((slope, slope, slope), rel=1e-6, abs=1e-12)
    if slope:
        assert (line.p_falling < 0.05) is (slope < 0)


def test_outliers_do_not_turn_a_trend() -> None:
    x = np.arange(40.0)
    y = -x
    y[[5, 20, 33]] = 1e6
    line = trend(x, y)
    assert line is not None and line.slope == pytest.approx(-1, abs=0.2)
    assert line.p_falling < 0.01


def test_the_interval_holds_the_slope_as_often_as_it_says() -> None:
    x, held = np.arange(30.0), 0
    for seed in range(300):
        line = trend(x, -0.1 * x + np.random.default_rng(seed).normal(size=30))
        assert line is not None
        held += line.low <= -0.1 <= line.high
    assert held >= 0.92 * 300


def test_without_a_trend_few_look_as_if_they_fell() -> None:
    x, falling = np.arange(30.0), 0
    for seed in range(300):
        line = trend(x, np.random.default_rng(seed).normal(size=30))
        assert line is not None
        falling += line.p_falling < 0.05
    assert falling <= 0.08 * 300


def test_a_trend_needs_four_points_at_more_than_one_place() -> None:
    assert trend(np.arange(3.0), np.arange(3.0)) is None
    assert trend(np.zeros(9), np.arange(9.0)) is None


@pytest.mark.parametrize("length", [1, 39, 40, 41, 1000])
def test_blocks_are_means_and_none_is_lost(length: int) -> None:
    values = np.random.default_rng(0).normal(size=length)
    means = blocks(values, TREND_BLOCKS)
    edges = np.linspace(0, length, min(length, TREND_BLOCKS) + 1).astype(int)
    assert means.tolist() == pytest.approx([values[a:b].mean() for a, b in pairwise(edges)])


def test_normal_probabilities() -> None:
    assert normal_cdf(0) == 0.5
    assert normal_cdf(1.6449) == pytest.approx(0.95, abs=1e-4)
    assert normal_cdf(-40) >= 0 and normal_cdf(40) <= 1


@pytest.mark.parametrize(
    ("value", "threshold", "error", "expected"),
    [(1, 1, 0.1, 0.5), (2, 1, 0.1, 0.99), (0, 1, 0.1, 0.01), (1.1, 1, 0.1, 0.8413), (2, 1, 0, 0.99), (1, 1, 0, 0.01)],
)
def test_confidence(value: float, threshold: float, error: float, expected: float) -> None:
    assert confidence(value, threshold, error) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_confidence_is_never_quite_sure(value: float) -> None:
    assert confidence(value, 0, 1) in (0.01, 0.99)
