"""One parameter over time: its charts, and how its values are spread."""

import pytest
from models import LAYERS, measured, stats

from dltui.charts.canvas import cell_width
from dltui.charts.chart import draw
from dltui.model.curves import history_of, parameter_charts
from dltui.model.spread import draw_spreads, spreads_of
from dltui.texts.model import ModelTexts
from dltui_trainers.runlog import ParameterStats

TEXTS = ModelTexts.load("en")
NAMES = [each.name for each in LAYERS]
RECORDS = [measured(at) for at in range(20, 101, 20)]


def test_the_history_of_a_parameter_with_the_outputs_of_its_activation() -> None:
    history = history_of("body.0.weight", RECORDS, NAMES)
    assert history.steps == (20.0, 40.0, 60.0, 80.0, 100.0)
    assert [each.dead for each in history.outputs if each is not None] == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert history_of("nobody", RECORDS, NAMES).steps == () and history_of("a", [], []).steps == ()


def test_the_charts_have_the_line_at_the_target_and_a_cursor() -> None:
    ratio, gradient, norm, share, outputs = parameter_charts(history_of("body.0.weight", RECORDS, NAMES), TEXTS, 60.0)
    assert ratio.levels[0].y == 1e-3 and ratio.y_log and gradient.y_log and not norm.y_log
    assert all(each.cursor_x == 60.0 for each in (ratio, gradient, norm, share, outputs))
    assert [curve.label for curve in share.curves] == ["dead"] and (share.y_lo, share.y_hi) == (0.0, 1.0)
    assert [curve.label for curve in outputs.curves] == ["mean", "deviation"]


@pytest.mark.parametrize(
    "odd",
    [
        ParameterStats(norm="nan"),
        ParameterStats(norm="inf", grad_norm="-inf", update_norm="nan", low="nan", high=1.0, histogram=[1]),
        ParameterStats(norm=0.0, grad_norm=0.0, update_norm=0.0, low=0.0, high=0.0, histogram=[9] + [0] * 15),
        ParameterStats(norm=1e300, grad_norm=1e-300, update_norm=1e300, low=1.0, high=-1.0, histogram=[1, -5, 10**15]),
        ParameterStats(norm=1.0, low=-1e308, high=1e308, histogram=[1, 2]),
        stats(low=0.1, high=0.1, grad_low=-1e-9, grad_high=1e-9, grad_histogram=[1, 5, 1]),
    ],
)
@pytest.mark.parametrize("size", [(0, 0), (1, 1), (16, 5), (36, 7), (60, 20)])
def test_whatever_a_log_holds_is_drawn(odd: ParameterStats, size: tuple[int, int]) -> None:
    records = [measured(20), measured(40, body__0__weight=odd)]
    history = history_of("body.0.weight", records, NAMES)
    for spec in parameter_charts(history, TEXTS):
        draw(spec)
    canvas = draw_spreads(spreads_of(history.steps, history.stats, TEXTS), TEXTS, *size)
    assert all(cell_width(line) <= size[0] for line in canvas.text().split("\n"))


def test_the_weights_now_and_at_first_have_one_scale() -> None:
    records = [measured(20), measured(40, body__0__weight=stats(low=-2.0, high=1.0))]
    history = history_of("body.0.weight", records, NAMES)
    lines = draw_spreads(spreads_of(history.steps, history.stats, TEXTS), TEXTS, 40, 8).text().split("\n")
    assert [line for line in lines if "weights" in line] == ["weights at step 40", "weights at step 20, the first"]
    assert [line.split() for line in lines if line.startswith("-2")] == [["-2", "0", "1"]] * 2


def test_without_a_histogram_it_is_said() -> None:
    assert "no histogram" in draw_spreads([], TEXTS, 40, 8).text()
