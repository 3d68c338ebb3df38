"""A table that is gathered: gaps, whole columns, and rows that are taken back."""

import numpy as np
import pytest

from dltui.formats.reading.table import MAX_COLUMNS, Cells, Table, TableBuilder


def cells(table: Table) -> dict[str, list[tuple[int, float]]]:
    """The cells of each column as pairs of row and value."""
    return {
        name: list(zip(np.arange(table.length)[column.at()].tolist(), column.values.tolist(), strict=True))
        for name, column in table.columns.items()
    }


def test_a_column_without_gaps_has_no_rows_of_its_own() -> None:
    builder = TableBuilder()
    for value in range(3):
        builder.add([("loss", float(value))])
    assert builder.build().columns["loss"].rows is None


def test_gaps_are_kept() -> None:
    builder = TableBuilder()
    builder.add([("loss", 1.0)])
    builder.add([("val", 9.0)])
    builder.add([("loss", 2.0), ("val", 8.0), ("loss", 7.0)])
    assert cells(builder.build()) == {"loss": [(0, 1.0), (2, 2.0)], "val": [(1, 9.0), (2, 8.0)]}


def test_many_rows_at_once_are_as_many_rows_one_by_one() -> None:
    one_by_one, at_once = TableBuilder(), TableBuilder()
    for builder in (one_by_one, at_once):
        builder.add([("step", 0.0)])
    for value in (1.0, 2.0):
        one_by_one.add([("step", value), ("loss", -value)])
    steps, losses = Cells(None, np.array([1.0, 2.0])), Cells(None, np.array([-1.0, -2.0]))
    at_once.add_cells([("step", steps), ("loss", losses)], 2)
    for builder in (one_by_one, at_once):
        builder.add([("loss", 5.0)])
    assert cells(at_once.build()) == cells(one_by_one.build())
    assert at_once.build().length == 4


def test_a_row_that_is_taken_back_leaves_nothing() -> None:
    builder = TableBuilder()
    builder.add([("step", 1.0)])
    before = cells(builder.build())
    builder.add([("step", 2.0), ("loss", 3.0)])
    builder.take_back()
    assert cells(builder.build()) == before
    builder.add([("loss", 4.0)])
    builder.add([("step", 5.0)])
    builder.take_back()
    builder.take_back()
    assert cells(builder.build()) == before


@pytest.mark.parametrize("length", [1, 2, 5])
def test_dense_tells_what_is_missing_from_what_is_nan(length: int) -> None:
    builder = TableBuilder()
    builder.add([("loss", float("nan"))])
    for _ in range(length - 1):
        builder.add([("step", 1.0)])
    dense = builder.build().columns["loss"].dense(length)
    assert np.isnan(dense.values).all() and dense.present.tolist() == [True] + [False] * (length - 1)


def test_names_beyond_the_limit_are_left_out() -> None:
    builder = TableBuilder()
    builder.add([(f"sample_{number}", 1.0) for number in range(MAX_COLUMNS + 10)])
    assert len(builder.build().columns) == MAX_COLUMNS
