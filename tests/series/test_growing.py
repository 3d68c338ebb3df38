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
