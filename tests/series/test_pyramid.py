import numpy as np
import pytest

from dltui.series.growing import GrowingColumn
from dltui.series.pyramid import MinMaxPyramid


def _naive(values: np.ndarray, starts: np.ndarray, stops: np.ndarray, above: float) -> tuple[list[float], list[float]]:
    low, high = [], []
    for start, stop in zip(starts, stops, strict=True):
        part = values[start:stop]
        part = part[np.isfinite(part) & (part > above)]
        low.append(part.min() if len(part) else np.nan)
        high.append(part.max() if len(part) else np.nan)
    return low, high


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("above", [-np.inf, 0.0])
def test_ranges_agree_with_a_scan(seed: int, above: float) -> None:
    rng = np.random.default_rng(seed)
    length = int(rng.integers(1, 9000))
    values = rng.normal(size=length)
    values[rng.random(length) < rng.choice([0.0, 0.01, 0.9, 1.0])] = rng.choice([np.nan, np.inf, -np.inf])
    column = GrowingColumn()
    pyramid = MinMaxPyramid(column, above=above)
    for piece in np.split(values, np.sort(rng.integers(0, length, 5))):
        column.extend(piece)
        pyramid.grow()
    starts, stops = np.sort(rng.integers(0, length + 1, (2, 60)), axis=0)
    low, high = pyramid.query(starts, stops)
    assert np.array_equal([low, high], _naive(values, starts, stops, above), equal_nan=True)


def test_bins_between_edges() -> None:
    pyramid = MinMaxPyramid(GrowingColumn([3.0, 1.0, np.nan, 7.0, 5.0]))
    low, high = pyramid.extremes([0, 2, 3, 3, 5])
    assert np.array_equal(low, [1, np.nan, np.nan, 5], equal_nan=True)
    assert np.array_equal(high, [3, np.nan, np.nan, 7], equal_nan=True)


def test_a_long_column_across_chunks_and_appends() -> None:
    values = np.random.default_rng(1).normal(size=2_300_000)
    column = GrowingColumn(values[:1_100_000])
    pyramid = MinMaxPyramid(column)
    column.extend(values[1_100_000:])
    pyramid.grow()
    starts, stops = np.array([0, 5, 1_048_570, 17]), np.array([2_300_000, 2_299_999, 1_100_001, 18])
    low, high = pyramid.query(starts, stops)
    assert np.array_equal([low, high], _naive(values, starts, stops, -np.inf))
    assert pyramid.lowest == values.min()


def test_an_empty_column_has_no_extremes() -> None:
    low, high = MinMaxPyramid(GrowingColumn()).query(np.array([0]), np.array([0]))
    assert np.isnan(low).all() and np.isnan(high).all()
