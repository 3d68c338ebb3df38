"""The plots of steps as text. ``DLTUI_REWRITE_CAPTURES=1 pytest tests/guide/test_drawing.py`` writes them anew."""

import os
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import pytest
from guide.sample import HOSTILE, RATES, bars, curves, heat_map, many_bars, plain, plots
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dltui.charts.canvas import CONTINUED, Canvas, StyleName, cell_width
from dltui.guide.drawing import draw_plot
from dltui.guide.result import Bars, Curves, HeatMap, Level, Line, Plot, Spot
from dltui.texts.guide import GuideTexts, Said
from dltui_trainers.runlog import Number

CAPTURES = Path(__file__).parent / "captures"
SIZES = ((120, 24), (80, 16), (40, 8))
TEXTS = GuideTexts.load("en")
State = Literal["", "best", "kept", "stopped", "diverged", "failed"]
Role = Literal["main", "other", "faint", "bad"]
XAxis = Literal["step", "epoch", "lr"]


def drawn(plot: Plot, width: int = 80, height: int = 16) -> str:
    return draw_plot(plot, TEXTS, width, height).text()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", plots())
def test_a_plot_looks_as_captured(name: str, size: tuple[int, int]) -> None:
    text = drawn(plots()[name], *size) + "\n"
    path = CAPTURES / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("DLTUI_REWRITE_CAPTURES"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", plots())
def test_every_size_has_just_so_many_cells_and_speaks_chinese(name: str) -> None:
    chinese = GuideTexts.load("zh_CN")
    for width in (0, 1, 5, 15, 16, 20, 39, 80, 200):
        for height in (0, 1, 3, 4, 5, 8, 24, 70):
            canvas = draw_plot(plots()[name], chinese, width, height)
            assert (canvas.width, canvas.height) == (width, height)
            assert all(cell_width(line) <= width for line in canvas.text().split("\n"))


def test_learning_rates_have_a_logarithmic_axis_with_a_label_for_each_decade() -> None:
    *_, axis, labels = drawn(curves()).split("\n")
    assert labels.split() == ["lr", "1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1"]
    ticks = [at for at, sign in enumerate(axis) if sign in "┬┯"]
    assert len(set(np.diff(ticks))) <= 2  # as far from each other


def test_the_band_is_told_without_colour() -> None:
    text = drawn(curves(), 120)
    assert text.count("┣") == 2 and "┣━┫ 3.16e-4 to 0.01" in text.split("\n")[0]
    axis = text.split("\n")[-2]
    assert axis.index("┣") < axis.index("┫") and set(axis[axis.index("┣") + 1 : axis.index("┫")]) <= set("━┯")


def test_a_level_and_a_spot_stand_with_their_names() -> None:
    lines = drawn(curves()).split("\n")
    assert any("╌╌" in line and "untrained" in line for line in lines)
    assert any("┆chosen 3e-3" in line for line in lines)


def test_a_curve_that_went_wrong_has_its_sign_and_what_is_not_finite_stands_at_the_top() -> None:
    canvas = draw_plot(curves(), TEXTS, 80, 16)
    found = canvas.styles == StyleName.FINDING
    assert ord("✕") in canvas.chars[2:][found[2:]]
    assert (canvas.chars[1] == ord("▲")).sum() == 2 and "▲ off the chart" in canvas.text()


@pytest.mark.parametrize("role", ["main", "other", "faint", "bad"])
def test_gaps_are_gaps(role: Role) -> None:
    y: list[Number] = [1.0, 1.0, "nan", "inf", "-inf", 1.0, 1.0]
    plot = Curves(title=plain("x"), x="step", lines=[Line(name=plain("a"), x=list(range(7)), y=y, role=role)])
    canvas = draw_plot(plot, TEXTS, 70, 12)
    row = max(canvas.text().split("\n")[2:-2], key=lambda line: len(line.strip(" │┤.0123456789")))
    assert " " * 12 in row.strip()
    assert (canvas.chars == ord("▲")).sum() == 2  # where it breaks off, and in the legend


def test_what_diverged_does_not_flatten_the_rest() -> None:
    y: list[Number] = [2.3, 1.0, 0.5, 0.4, 0.6]
    lines = [Line(name=plain("a"), x=RATES[:5], y=y, role="main"), Line(name=plain("b"), x=[0.1], y=[3e9], role="bad")]
    plot = Curves(title=plain("x"), x="lr", lines=lines, levels=[Level(name=plain("untrained"), y=2.3)])
    text = drawn(plot)
    assert "e9┤" not in text and "values up to 3e9 above the chart" in text
    assert text.split("\n")[1].rstrip().endswith("▲")


def test_what_has_no_place_on_a_logarithmic_axis_is_left_out() -> None:
    line = Line(name=plain("a"), x=[0.0, -1.0, 1e-3, 1e-2], y=[5.0, 5.0, 1.0, 2.0], role="main")
    text = drawn(Curves(title=plain("x"), x="lr", lines=[line], spots=[Spot(name=plain("here"), x=-3.0)]))
    assert "here" not in text and "5" not in text.split("\n")[2]


@pytest.mark.parametrize("x", ["step", "epoch", "lr"])
def test_nothing_to_draw_is_said(x: XAxis) -> None:
    assert "nothing to draw yet" in drawn(Curves(title=plain("x"), x=x, lines=[]))
    assert "nothing to draw yet" in drawn(Bars(title=plain("x"), labels=[], groups=[], values=[]))
    empty = HeatMap(title=plain("x"), row_name="", column_name="", rows=[], columns=[], values=[], states=[])
    assert "nothing to draw yet" in drawn(empty)


def test_two_groups_of_bars_stand_beside_each_other_with_different_fills() -> None:
    lines = drawn(bars()).split("\n")
    assert lines[0] == "samples of each class  █ training  ▓ validation  ╎ even 143.7"
    for line, count, val_count in zip(lines[1:], ("142", "146", "142"), ("36", "36", "35"), strict=False):
        assert line.index("█") < line.index(count) < line.index("▓") < line.rindex(val_count)
    assert "╎" in lines[1] and "┃" in lines[2]  # one bar ends before the level, the other beyond it


def test_many_bars_stand_in_columns_or_the_largest_and_smallest_of_them() -> None:
    whole = drawn(many_bars(), 120, 24)
    assert all(f"class {each:02}" in whole for each in range(65) if each != 3)
    part = drawn(many_bars(), 40, 8).split("\n")
    assert part[-1] == "and 59 more, between 6 and 98"
    assert "nan" in part[1] and "101" in part[2] and part[-2].split() == ["class", "00", "▎", "1"]


def test_a_heat_map_tells_every_state_with_a_sign() -> None:
    text = drawn(heat_map())
    assert "0.126 ★" in text and "0.129 ●" in text and "0.184 ■" in text and "inf ✕" in text and "– !" in text
    assert text.split("\n")[0] == "validation loss  ★ 0.126: lr 3e-3, weight_decay 1e-4"
    assert "★ best  ● goes on  ■ stopped early  ✕ diverged  ! failed" in text


def test_a_heat_map_is_shaded_by_rank_and_best_is_darkest() -> None:
    lines = drawn(heat_map()).split("\n")
    row = next(line for line in lines if "0.126 ★" in line)
    assert "████ 0.126 ★ ████" in row and "▓▓ 0.134 ●" in row and "▒▒ 0.142" in row


def test_a_heat_map_without_room_for_numbers_keeps_shades_and_signs() -> None:
    size = 14
    values: list[list[Number | None]] = [[float(1 + row * column) for column in range(size)] for row in range(size)]
    states: list[list[State]] = [[""] * size for _ in range(size)]
    states[0][0] = "best"
    names = [f"{each}e-3" for each in range(size)]
    plot = HeatMap(
        title=plain("loss"), row_name="lr", column_name="wd", rows=names, columns=names, values=values, states=states
    )
    small = drawn(plot, 60, 20)
    assert "★" in small.split("\n")[3] and "▒" in small and "23.0" not in small
    assert "more have no room" in drawn(plot, 40, 10)


def test_rows_that_are_too_short_are_cells_without_a_value() -> None:
    plot = msgspec.structs.replace(heat_map(), values=[[0.5]], states=[])
    assert drawn(plot).count("–") == 11
    assert "nan" in drawn(msgspec.structs.replace(bars(), values=[[1.0, 2.0]]))


def test_no_name_steers_the_terminal() -> None:
    said = plain(HOSTILE)
    line = Line(name=said, x=[1.0, 2.0], y=[1.0, 2.0], role="main")
    every: list[Plot] = [
        Curves(title=said, x="step", lines=[line], levels=[Level(name=said, y=1.5)], spots=[Spot(name=said, x=1.0)]),
        Bars(title=said, labels=[HOSTILE], groups=[said], values=[[1.0]], level=Level(name=said, y=0.5)),
        HeatMap(
            title=said, row_name=HOSTILE, column_name=HOSTILE, rows=[HOSTILE], columns=[HOSTILE], values=[[1.0]],
            states=[["best"]],
        ),
    ]  # fmt: skip
    for plot in every:
        text = drawn(plot, 120, 20)
        assert "\x1b" not in text and "\u202e" not in text


def test_words_of_another_version_are_told_by_their_key() -> None:
    said = Said(key="of.tomorrow", places={"loss": 0.5})
    assert drawn(msgspec.structs.replace(bars(), title=said)).startswith("of.tomorrow loss=0.5")


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(["nan", "inf", "-inf"])
NAMES = st.builds(plain, st.text(max_size=12))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.floats(allow_nan=False), NUMBERS), max_size=30),
    st.sampled_from(["step", "epoch", "lr"]),
    st.sampled_from(["main", "other", "faint", "bad"]),
    st.booleans(),
    st.floats(allow_nan=False),
    st.tuples(st.floats(allow_nan=False), st.floats(allow_nan=False)),
)
@example([(-1.1125369292536007e-308, 0.0)], "step", "main", False, 0.0, (0.0, 0.0))
@example([(0.0, 1.7976931330646226e308)], "step", "main", True, 0.0, (0.0, 0.0))
def test_no_numbers_make_curves_fail(
    points: list[tuple[float, Number]],
    x: XAxis,
    role: Role,
    y_log: bool,
    level: float,
    band: tuple[float, float],
) -> None:
    line = Line(name=plain("a"), x=[each[0] for each in points], y=[each[1] for each in points], role=role)
    levels, spots = [Level(name=plain("b"), y=level)], [Spot(name=plain("c"), x=level)]
    plot = Curves(title=plain("t"), x=x, lines=[line], levels=levels, spots=spots, band=band, y_log=y_log)
    _whole(draw_plot(plot, TEXTS, 60, 14))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.text(max_size=20), max_size=30),
    st.lists(NAMES, max_size=5),
    st.lists(st.lists(NUMBERS, max_size=30), max_size=5),
    st.floats(allow_nan=False) | st.none(),
    st.integers(16, 90),
    st.integers(4, 20),
)
def test_no_numbers_make_bars_fail(
    labels: list[str],
    groups: list[Said],
    values: list[list[Number]],
    level: float | None,
    width: int,
    height: int,
) -> None:
    line = None if level is None else Level(name=plain("b"), y=level)
    plot = Bars(title=plain("t"), labels=labels, groups=groups, values=values, level=line)
    _whole(draw_plot(plot, TEXTS, width, height))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.text(max_size=20), max_size=12),
    st.lists(st.text(max_size=20), max_size=12),
    st.lists(st.lists(NUMBERS | st.none(), max_size=12), max_size=12),
    st.lists(st.lists(st.sampled_from(["", "best", "stopped", "diverged"]), max_size=12), max_size=12),
    st.integers(16, 90),
    st.integers(4, 20),
)
def test_no_numbers_make_a_heat_map_fail(
    rows: list[str],
    columns: list[str],
    values: list[list[Number | None]],
    states: list[list[State]],
    width: int,
    height: int,
) -> None:
    plot = HeatMap(
        title=plain("t"), row_name="lr", column_name="wd", rows=rows, columns=columns, values=values, states=states
    )
    _whole(draw_plot(plot, TEXTS, width, height))


def _whole(canvas: Canvas) -> None:
    """Every character takes the cells that it has."""
    assert all(cell_width(line) <= canvas.width for line in canvas.text().split("\n"))
    assert not (canvas.chars[:, :1] == CONTINUED).any()
