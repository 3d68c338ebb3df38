"""What stands in the cells, how wide the columns are, and how names find room."""

import math

import pytest
from models import HISTOGRAM, measured, watched_updates

from dltui.charts.canvas import cell_width
from dltui.model.cells import GAP, Tone, columns_for, short_count, short_name, short_number
from dltui.model.histogram import BLOCKS, histogram_strip, rebinned
from dltui.model.rows import ModelRow, model_rows
from dltui.runs.update import RunUpdate
from dltui.series.state import RunState
from dltui.texts.model import ModelTexts

TEXTS = ModelTexts.load("en")


def rows_of(updates: list[RunUpdate]) -> list[ModelRow]:
    """Return the rows of a run of which that is told."""
    state = RunState()
    for update in updates:
        state.take(update)
    return model_rows(state)


ROWS = rows_of(watched_updates(measured(40)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (0.0123, "0.0123"),
        (1.234e-5, "1.2e-5"),
        (1e-5, "1e-5"),
        (1234.5, "1234"),
        (123456.0, "1.2e5"),
        (-0.5, "-0.5"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (1.7e308, "1.7e308"),
    ],
)
def test_a_measurement_takes_seven_cells(value: float | None, text: str) -> None:
    assert short_number(value) == text and len(text) <= 7


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999_999, "999 999"), (2_359_296, "2.36M"), (7_000_000_000, "7G"), (10**13, "10T"), (10**30, "1e30")],
)
def test_a_count_takes_seven_cells(number: int, text: str) -> None:
    assert short_count(number) == text and len(text) <= 7


@pytest.mark.parametrize(
    ("name", "width", "text"),
    [
        ("a.b.weight", 20, "a.b.weight"),
        ("encoder.blocks.17.mlp.weight", 27, "e.blocks.17.mlp.weight"),
        ("encoder.blocks.17.mlp.weight", 18, "e.b.17.mlp.weight"),
        ("encoder.blocks.17.mlp.weight", 8, "e.b.…ght"),
        ("层层层.weight", 10, "层.weight"),
        ("\x1b[31m", 20, "␛[31m"),
        ("", 5, ""),
        ("weight", 0, ""),
    ],
)
def test_a_long_name_keeps_what_tells_it_apart(name: str, width: int, text: str) -> None:
    assert short_name(name, width) == text and cell_width(text) <= max(width, 0)


@pytest.mark.parametrize("width", [10, 30, 40, 60, 78, 90, 118, 130, 198])
def test_the_columns_fit(width: int) -> None:
    columns = columns_for(TEXTS, width, ROWS)
    assert columns[0].key == "name"
    assert sum(each.cells for each in columns) + GAP * (len(columns) - 1) <= width
    for column in columns:
        for row in ROWS:
            text, tone = column.cell(row)
            assert isinstance(tone, Tone) and (column.key in ("name", "shape") or cell_width(text) <= column.cells)


def test_what_matters_most_stays_where_there_is_little_room() -> None:
    keys = [[each.key for each in columns_for(TEXTS, width, ROWS)] for width in (30, 63, 78)]
    assert keys[0] == ["name", "health"]
    assert keys[1] == ["name", "count", "ratio", "histogram", "health"]
    assert set(keys[1]) <= set(keys[2])


def test_columns_that_nothing_was_measured_for_are_left_out() -> None:
    keys = {each.key for each in columns_for(TEXTS, 200, rows_of(watched_updates()[:1]))}
    assert keys == {"name", "shape", "count", "part", "trained", "health"}


def test_ratio_and_share_have_a_sign_or_a_number_and_a_tone() -> None:
    columns = {each.key: each for each in columns_for(TEXTS, 200, ROWS)}
    rows = {row.name: row for row in ROWS}
    assert columns["ratio"].cell(rows["head.weight"]) == ("▲ 0.2", Tone.ERROR)
    assert columns["ratio"].cell(rows["body.2.weight"]) == ("▼ 2e-6", Tone.ERROR)
    assert columns["dead"].cell(rows["body.0.weight"]) == ("40%", Tone.WARNING)
    assert columns["gradient"].cell(rows["body.norm.weight"]) == ("none", Tone.QUIET)
    assert columns["health"].cell(rows["body.norm.weight"]) == ("□ frozen", Tone.FROZEN)
    assert columns["trained"].cell(rows["head.bias"]) == ("nobody", Tone.WARNING)


@pytest.mark.parametrize(
    ("counts", "cells", "strip"),
    [
        ([], 8, ""),
        ([0, 0, 0], 8, ""),
        ([5], 8, "█"),
        ([1, 0, 100], 8, "▁·█"),
        (HISTOGRAM, 8, "·▁▃██▃▁·"),
        ([-5, 10**15, 1], 3, "·█▁"),
    ],
)
def test_a_histogram_is_a_row_of_blocks(counts: list[int], cells: int, strip: str) -> None:
    assert histogram_strip(counts, cells) == strip
    assert set(strip) <= {*BLOCKS, "·"}


@pytest.mark.parametrize("cells", [0, 1, 3, 8, 16, 40])
def test_no_value_is_lost_between_bins(cells: int) -> None:
    bins = rebinned(HISTOGRAM, cells)
    assert len(bins) == min(cells, 16) and (not bins or sum(bins) == sum(HISTOGRAM))
