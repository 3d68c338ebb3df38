import sys

import pytest
from rich.cells import cell_len

from dltui.charts.canvas import Canvas, StyleName, cell_text

HOSTILE = [
    "\x1b[2J\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "a\tb\r\nc\x00\x7f\x9b31m",
    "[bold red]markup[/]",
    "学习率",
    "e\u0301\u200d\u202eabc\ufeff",
    "👩‍🔬🇩🇪",
    "\ud800",
    "שלום",
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_becomes_printable_single_cells(text: str) -> None:
    shown = cell_text(text)
    assert all(character.isprintable() and cell_len(character) == 1 for character in shown)
    canvas = Canvas(12, 1)
    canvas.put(0, 2, text, StyleName.TITLE)
    assert cell_len(canvas.text()) <= 12


def test_every_character_that_passes_takes_one_cell() -> None:
    passed = [chr(code) for code in range(sys.maxunicode + 1) if cell_text(chr(code)) == chr(code)]
    assert len(passed) > 10_000
    assert [character for character in passed if cell_len(character) != 1] == []


def test_ordinary_labels_stay() -> None:
    assert cell_text("val_loss 1e-3→3e-4 (you) ● ▼ ┆ é µ") == "val_loss 1e-3→3e-4 (you) ● ▼ ┆ é µ"


def test_runs_cover_each_row() -> None:
    canvas = Canvas(10, 3)
    canvas.put(0, 1, "loss", StyleName.TITLE)
    canvas.put(2, -2, "abcdefghijklmnop", StyleName.NOTE)
    canvas.put(7, 0, "outside", StyleName.NOTE)
    assert list(canvas.rows()) == [
        [(" ", StyleName.BLANK), ("loss", StyleName.TITLE), (" " * 5, StyleName.BLANK)],
        [(" " * 10, StyleName.BLANK)],
        [("cdefghijkl", StyleName.NOTE)],
    ]
    assert canvas.text() == " loss\n\ncdefghijkl"


@pytest.mark.parametrize(("width", "height"), [(0, 0), (0, 3), (4, 0), (-1, -1)])
def test_a_canvas_without_cells(width: int, height: int) -> None:
    canvas = Canvas(width, height)
    canvas.put(0, 0, "text", StyleName.TITLE)
    assert len(list(canvas.rows())) == max(height, 0)
    assert canvas.text().strip() == ""
