"""What stands still on a chart: levels, a band of x, an axis of learning rates, and values off the chart."""

import math

import numpy as np
import pytest
from charts.scenes import curve

from dltui.charts.canvas import StyleName
from dltui.charts.chart import ChartSpec, Mark, draw
from dltui.charts.legend import readout
from dltui.charts.spec import Band, Level
from dltui.charts.ticks import power_ticks
from dltui.series.trace import Trace
from dltui.series.track import Track


def rates(values: list[float], lo: float = -5.0) -> ChartSpec:
    """A curve over learning rates, a decade from point to point."""
    track = Track()
    track.extend(lo + np.arange(len(values)))
    points = curve([])
    return ChartSpec(
        width=60, height=12, title="loss", x_log=True, x_lo=lo, x_hi=lo + len(values) - 1,
        curves=(type(points)(label="sweep", trace=Trace(track, values), style=StyleName.TRAIN),),
    )  # fmt: skip


def test_a_level_widens_the_limits_and_has_its_name_on_its_line() -> None:
    spec = ChartSpec(width=60, height=12, title="loss", curves=(curve([1.0, 1.1, 1.0]),), levels=(Level(2.3, "ln 10"),))
    line = next(line for line in draw(spec).text().split("\n") if "ln 10" in line)
    assert "╌╌╌" in line and "⠒" not in line


def test_a_level_without_room_for_its_name_is_told_in_the_legend() -> None:
    name = "the loss of a network that has not been trained at all yet"
    spec = ChartSpec(width=100, height=6, title="loss", curves=(curve([1.0, 1.0]),), levels=(Level(1.0, name),))
    crowded = draw(spec).text().split("\n")
    assert any(name in line for line in crowded)
    narrow = ChartSpec(width=40, height=6, title="loss", curves=(curve([1.0, 1.0]),), levels=(Level(1.0, name),))
    assert "╌ the loss of a" in draw(narrow).text().split("\n")[0]


@pytest.mark.parametrize("y", [0.0, -1.0, math.nan, math.inf])
def test_a_level_that_a_logarithmic_axis_has_no_place_for_is_left_out(y: float) -> None:
    levels = (Level(y, "nowhere"),)
    spec = ChartSpec(width=60, height=12, title="loss", curves=(curve([1.0, 2.0]),), levels=levels, y_log=True)
    assert "nowhere" not in draw(spec).text()


def test_a_band_makes_the_axis_thick_and_leaves_the_ticks() -> None:
    spec = ChartSpec(width=60, height=12, title="loss", curves=(curve([1.0] * 11),), band=Band(2.0, 6.0, "good"))
    text = draw(spec).text().split("\n")
    assert text[0].endswith("┣━┫ good")
    assert "┣" in text[-2] and "┯" in text[-2] and "┫" in text[-2]


@pytest.mark.parametrize("ends", [(20.0, 30.0), (6.0, 2.0), (math.nan, 3.0), (math.inf, math.inf)])
def test_a_band_out_of_view_or_without_extent_is_not_drawn(ends: tuple[float, float]) -> None:
    spec = ChartSpec(width=60, height=12, title="loss", curves=(curve([1.0] * 11),), band=Band(*ends, "good"))
    assert "┣" not in draw(spec).text().split("\n")[-2]


def test_learning_rates_are_read_as_rates() -> None:
    spec = rates([2.3, 2.0, 1.0, 0.5])
    assert draw(spec).text().split("\n")[-1].split() == ["lr", "1e-5", "3e-5", "1e-4", "3e-4", "1e-3", "3e-3", "1e-2"]
    cursor = ChartSpec(**{name: getattr(spec, name) for name in spec.__slots__} | {"cursor_x": -3.0})
    assert readout(cursor) == "lr 0.001: sweep 1"


def test_few_decades_have_ticks_between_them_and_many_leave_some_out() -> None:
    assert power_ticks(-3.0, -2.0, 3)[1] == ["1e-3", "3e-3", "1e-2"]
    assert power_ticks(-12.0, 0.0, 4)[1] == ["1e-12", "1e-9", "1e-6", "1e-3", "1"]
    assert power_ticks(-1.0, 2.0, 4)[1] == ["1e-1", "1", "10", "100"]


@pytest.mark.parametrize("limits", [(math.nan, 1.0), (-math.inf, 0.0), (1.0, 1.0), (-400.0, 2.0), (0.0, 400.0)])
def test_limits_that_no_float_holds_have_no_ticks(limits: tuple[float, float]) -> None:
    assert power_ticks(*limits, 5) == ([], [])


def test_a_mark_at_infinity_stands_at_the_top() -> None:
    marks = (Mark(x=5.0, y=math.inf, symbol="▲", text="off the chart", style=StyleName.FINDING),)
    text = draw(ChartSpec(width=60, height=12, title="loss", curves=(curve([1.0] * 11),), marks=marks)).text()
    assert "▲ off the chart" in text.split("\n")[0] and "▲" in text.split("\n")[1]
