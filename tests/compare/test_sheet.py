"""How a table is fitted into so many cells, and how runs are named."""

from pathlib import Path

import pytest

from dltui.charts.canvas import cell_width
from dltui.compare.names import distinct_names
from dltui.compare.sheet import BEST, GAP, Cell, Column, fit, shorten_middle


def column(heading: str, *cells: str, **rest: int | bool | None) -> Column:
    """A column of those texts."""
    return Column(heading=Cell(text=heading), cells=tuple(Cell(text=text) for text in cells), **rest)  # type: ignore[arg-type]


COLUMNS = (
    column("run", "a-rather-long-name", "b", worth=9, least=8),
    column("loss", "0.1", "0.25", worth=8, right=True),
    column("epochs", "10", "5", worth=1, right=True),
)


def width_of(columns: list[Column]) -> int:
    return sum(each.width for each in columns) + GAP * (len(columns) - 1)


def test_what_fits_stays_as_it_is() -> None:
    assert fit(COLUMNS, 80) == list(COLUMNS)


def test_what_may_be_cut_is_cut_first_and_then_the_least_worth_goes() -> None:
    cut = fit(COLUMNS, 26)
    assert [each.heading.text for each in cut] == ["run", "loss", "epochs"] and width_of(cut) == 26
    assert cut[0].lines()[1][0] == "a-rath…-name"
    assert [each.heading.text for each in fit(COLUMNS, 20)] == ["run", "loss"]
    assert [each.heading.text for each in fit(COLUMNS, 10)] == ["run"]


@pytest.mark.parametrize("width", range(1, 60))
def test_no_width_is_exceeded(width: int) -> None:
    many = [column(f"h{at}", "x" * (at * 3), worth=at, least=4 if at % 2 else None) for at in range(6)]
    columns = fit(many, width)
    assert columns and width_of(columns) <= width
    for each in columns:
        assert {cell_width(text) for text, _ in each.lines()} == {each.width}


def test_numbers_align_beside_the_sign_of_the_best() -> None:
    cells = (Cell(text="0.1", best=True), Cell(text="0.25"))
    numbers = Column(heading=Cell(text="loss"), cells=cells, right=True)
    assert [text for text, _ in numbers.lines()] == ["loss  ", f" 0.1 {BEST}", "0.25  "]


def test_what_steers_a_terminal_is_not_written() -> None:
    assert Cell(text="a\x1b[31mb").shown == "a␛[31mb"


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [("abc", 3, "abc"), ("abcdef", 5, "ab…ef"), ("abcdef", 1, "…"), ("abcdef", 0, ""), ("验证损失函数", 7, "验证…数")],
)
def test_a_name_loses_its_middle(text: str, width: int, cut: str) -> None:
    assert shorten_middle(text, width) == cut
    assert cell_width(shorten_middle(text, width)) <= width


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["runs/a", "runs/b"], ["a", "b"]),
        (["one/metrics.csv", "two/metrics.csv"], ["one/metrics.csv", "two/metrics.csv"]),
        (["x/1/m.csv", "y/1/m.csv", "y/2/m.csv", "z"], ["x/1/m.csv", "y/1/m.csv", "2/m.csv", "z"]),
        (["/", "/a"], ["/", "a"]),
    ],
)
def test_names_are_as_short_as_keeps_them_apart(paths: list[str], names: list[str]) -> None:
    assert distinct_names([Path(path) for path in paths]) == names
