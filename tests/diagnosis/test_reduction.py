"""A long series as a few hundred values that say the same."""

from itertools import pairwise

import numpy as np
import pytest

from dltui.diagnosis.reduction import MOST_BLOCKS, SAMPLES, block_means, even_bounds


@pytest.mark.parametrize("length", [0, 1, 2, 239, 240, 241, 1000, 1_000_003])
def test_blocks_cover_all_and_are_nearly_equal(length: int) -> None:
    bounds = even_bounds(length)
    sizes = np.diff(bounds)
    assert (bounds[0], bounds[-1]) == (0, length)
    assert len(sizes) == min(length, MOST_BLOCKS)
    if length:
        assert sizes.min() >= 1 and sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize("length", [1, 240, 241, SAMPLES * MOST_BLOCKS])
def test_short_blocks_have_their_exact_mean(length: int) -> None:
    values = np.random.default_rng(length).normal(size=length)
    bounds = even_bounds(length)
    expected = [values[a:b].mean() for a, b in pairwise(bounds)]
    assert block_means(values, bounds).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("period", [2, 7, 50, 390])
def test_a_rhythm_in_the_log_is_not_taken_for_more(period: int) -> None:
    values = np.where(np.arange(200_000) % period == 0, 10.0, 1.0)
    truth = 1 + 9 / period
    assert block_means(values, even_bounds(len(values))).mean() == pytest.approx(truth, rel=0.15)


def test_a_long_line_stays_a_line() -> None:
    values = np.linspace(0, 1, 1_000_000)
    means = block_means(values, even_bounds(len(values)))
    assert np.abs(means - (np.arange(MOST_BLOCKS) + 0.5) / MOST_BLOCKS).max() < 0.1 / MOST_BLOCKS


def test_what_is_no_number_is_left_out() -> None:
    values = np.array([1.0, np.nan, 3.0, np.inf, -np.inf, np.nan, 5.0, 7.0])
    means = block_means(values, np.array([0, 3, 6, 8]))
    assert np.array_equal(means, [2, np.nan, 6], equal_nan=True)
    assert np.array_equal(block_means(values[:2], np.array([0, 1, 2])), [1, np.nan], equal_nan=True)


def test_empty_blocks_have_no_mean() -> None:
    assert np.array_equal(
        block_means(np.array([1.0, 3.0]), np.array([0, 0, 2, 2])), [np.nan, 2, np.nan], equal_nan=True
    )
    assert np.isnan(block_means(np.empty(0), np.array([0, 0, 0]))).all()
    assert len(block_means(np.empty(0), np.array([0]))) == 0


def test_the_same_log_gives_the_same_means() -> None:
    values = np.random.default_rng(0).normal(size=100_000)
    bounds = even_bounds(len(values))
    assert np.array_equal(block_means(values, bounds), block_means(values.copy(), bounds))
