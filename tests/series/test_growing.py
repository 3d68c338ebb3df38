import numpy as np
import pytest

from dltui.series.growing import GrowingColumn


def test_holds_what_was_appended_in_any_pieces() -> None:
    column = GrowingColumn()
    expected = np.random.default_rng(0).normal(size=5000)
    for piece in np.split(expected, [0, 1, 2, 300, 301, 4000]):
        column.extend(piece)
    assert len(column) == 5000
    assert np.array_equal(column.values, expected)


def test_a_view_stays_as_it_was_when_the_column_grows() -> None:
    column = GrowingColumn([1.0, 2.0])
    view = column.values
    column.extend(np.arange(10_000))
    assert view.tolist() == [1.0, 2.0]


def test_a_view_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        GrowingColumn([1.0]).values[0] = 2.0


def test_appending_one_at_a_time_seldom_copies() -> None:
    column = GrowingColumn()
    buffers = set()
    for value in range(20_000):
        column.extend([value])
        buffers.add(column.values.__array_interface__["data"][0])
    assert len(buffers) < 30


def test_room_that_was_made_changes_nothing() -> None:
    column = GrowingColumn([1, 2])
    column.reserve(1000)
    before = column.values
    column.extend(range(998))
    assert column.values[:4].tolist() == [1, 2, 0, 1] and len(column) == 1000
    assert np.shares_memory(before, column.values)
    column.reserve(3)
    assert len(column) == 1000


def test_a_rough_column_keeps_seven_digits_and_half_the_memory() -> None:
    values = np.array([1 / 3, -2e30, 0.0, np.nan, np.inf])
    column = GrowingColumn(values, rough=True)
    assert np.allclose(column.values, values, rtol=1e-6, atol=0, equal_nan=True)
    assert column.values.nbytes == values.nbytes // 2


@pytest.mark.parametrize("value", [1e300, -1e39, 1e-300])
def test_a_rough_column_becomes_exact_where_it_must(value: float) -> None:
    column = GrowingColumn([0.5], rough=True)
    column.extend([value, 1 / 3])
    assert column.values.tolist() == [0.5, value, 1 / 3]
