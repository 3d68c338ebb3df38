import numpy as np
import pytest

from dltui.charts.canvas import Canvas, StyleName
from dltui.charts.raster import Spans, dots, line_spans, paint, point_spans, stipple


def _slow_line(x0: float, y0: float, x1: float, y1: float, width: int, height: int) -> set[tuple[int, int]]:
    """The dots of one line, column by column and row by row."""
    lit = set()
    slope = (y1 - y0) / (x1 - x0) if x1 > x0 else 0.0
    first, last = round(x0), round(x1)
    for column in range(first, last + 1):
        enters = y0 if column == first else y0 + slope * (column - 0.5 - x0)
        leaves = y1 if column == last else y0 + slope * (column + 0.5 - x0)
        low, high = min(enters, leaves), max(enters, leaves)
        rows = [row for row in range(-5, height + 5) if low <= row < high] or [round((low + high) / 2)]
        rows += [round(y0)] if column == first else []
        rows += [round(y1)] if column == last else []
        lit |= {(row, column) for row in range(min(rows), max(rows) + 1) if 0 <= row < height}
    return lit


@pytest.mark.parametrize("seed", range(30))
def test_lines_agree_with_the_slow_way(seed: int) -> None:
    rng = np.random.default_rng(seed)
    width, height = 40, 28
    x = np.sort(rng.uniform(0, width - 1, (2, 6)), axis=0)
    y = rng.uniform(-3, height + 3, (2, 6)).round(int(rng.integers(0, 3)))
    grid = dots(line_spans(x[0], y[0], x[1], y[1], width, height), width, height)
    expected = np.zeros_like(grid)
    for k in range(6):
        for row, column in _slow_line(x[0, k], y[0, k], x[1, k], y[1, k], width, height):
            expected[row, column] = True
    assert np.array_equal(grid, expected)


def test_a_shallow_line_is_one_dot_thick_and_without_holes() -> None:
    grid = dots(line_spans(np.zeros(1), np.zeros(1), np.array([39.0]), np.array([10.0]), 40, 12), 40, 12)
    assert (grid.sum(axis=0) == 1).all()


def test_a_line_from_far_outside_enters_where_it_should() -> None:
    one = np.ones(1)
    grid = dots(line_spans(-1e9 * one, 10 * one, 1e9 * one, 10 * one, 40, 20), 40, 20)
    assert grid[10].all() and grid.sum() == 40
    steep = dots(line_spans(9 * one, -1e9 * one, 11 * one, 1e9 * one, 40, 20), 40, 20)
    assert steep[:, 10].all()


def test_spans_are_cut_to_the_grid() -> None:
    grid = dots(point_spans(np.array([-1.0, 0, 3, 4]), np.full(4, -1e9), np.full(4, 1e9), 4, 6), 4, 6)
    assert grid.sum(axis=0).tolist() == [6, 0, 0, 6]
    nothing = np.empty(0, dtype=np.int64)
    assert not dots(Spans(nothing, nothing, nothing), 4, 6).any()


def test_each_dot_has_its_bit() -> None:
    for row in range(4):
        for column in range(2):
            grid = np.zeros((4, 2), dtype=np.bool_)
            grid[3 - row, column] = True
            canvas = Canvas(1, 1)
            paint(grid, canvas.chars, canvas.styles, StyleName.VAL)
            bit = (0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80)[column * 4 + row]
            assert canvas.chars[0, 0] == 0x2800 + bit
            assert canvas.styles[0, 0] == StyleName.VAL


def test_the_topmost_curve_owns_its_cells() -> None:
    canvas = Canvas(2, 1)
    below, above = np.ones((4, 4), dtype=np.bool_), np.zeros((4, 4), dtype=np.bool_)
    above[0, 3] = True
    paint(below, canvas.chars, canvas.styles, StyleName.TRAIN)
    paint(above, canvas.chars, canvas.styles, StyleName.VAL)
    assert canvas.chars[0].tolist() == [0x28FF, 0x2880]
    assert canvas.styles[0].tolist() == [StyleName.TRAIN, StyleName.VAL]


def test_a_stippled_area_is_half_as_dark() -> None:
    assert stipple(np.ones((8, 8), dtype=np.bool_)).sum() == 32
