import sys

import pytest
from rich.cells import cell_len

from dltui.charts.canvas import Canvas, StyleName, cell_text, cell_width, is_wide, one_cell

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
def test_text_becomes_printable_cells_of_known_width(text: str) -> None:
    shown = cell_text(text)
    assert all(character.isprintable() and cell_len(character) == 1 + is_wide(character) for character in shown)
    assert cell_width(shown) == cell_len(shown)
    canvas = Canvas(12, 1)
    canvas.put(0, 2, text, StyleName.TITLE)
    assert cell_len(canvas.text()) <= 12


def test_every_character_that_passes_takes_its_cells() -> None:
    passed = [chr(code) for code in range(sys.maxunicode + 1) if cell_text(chr(code)) == chr(code)]
    assert len(passed) > 50_000
    assert [character for character in passed if cell_len(character) != 1 + is_wide(character)] == []


def test_ordinary_labels_stay() -> None:
    assert cell_text("val_loss 1e-3→3e-4 (you) ● ▼ ┆ é µ") == "val_loss 1e-3→3e-4 (you) ● ▼ ┆ é µ"


def test_wide_characters_stay_and_are_never_halved() -> None:
    canvas = Canvas(8, 1)
    canvas.put(0, 1, "过拟合", StyleName.FINDING)
    assert canvas.text() == " 过拟合"
    canvas.put(0, 4, "x", StyleName.NOTE)  # over the right half of the second
    assert canvas.text() == " 过 x合"
    canvas.put(0, 5, "yz", StyleName.NOTE)  # over both halves
    assert canvas.text() == " 过 xyz"
    canvas.put(0, 7, "拟", StyleName.NOTE)  # no room for its right half
    canvas.put(0, -1, "合a", StyleName.NOTE)  # nor for its left one
    assert canvas.text() == " a  xyz"
    assert [cell_len("".join(text for text, _ in runs)) for runs in canvas.rows()] == [8]


def test_a_sign_takes_one_cell() -> None:
    assert one_cell("▲▼") == "▲"
    assert one_cell("学") == "\N{REPLACEMENT CHARACTER}"


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
