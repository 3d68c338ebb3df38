"""The charts of several runs: which there are, which runs they show, and how each run is known on them."""

import numpy as np
import pytest
import runlogs

from dltui.charts.canvas import Canvas
from dltui.charts.chart import draw
from dltui.charts.of_runs import (
    METRICS,
    ShownRun,
    drawn_runs,
    known_metrics,
    runs_chart_text,
    runs_charts,
    runs_span,
)
from dltui.charts.run_colours import MOST_CURVES, run_look
from dltui.charts.run_view import RunView
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, Rows
from dltui.series.state import RunState


def shown(position: int, steps: int = 100, *, factor: float = 1.0, accuracy: bool = False) -> ShownRun:
    """A finished run whose validation loss falls to ``factor / steps``."""
    state = RunState()
    state.status = RunStatus.FINISHED
    at = np.arange(10.0, steps + 1, 10)
    nothing = np.full(len(at), np.nan)
    names = ("val_accuracy", "val_precision", "val_recall", "train_accuracy")
    values = {"val_loss": factor / at, **dict.fromkeys(names, nothing)}
    unknown = dict.fromkeys(names, np.ones(len(at), dtype=np.bool_))
    if accuracy:
        values["val_accuracy"] = 1 - values["val_loss"]
        unknown = {name: mask for name, mask in unknown.items() if name != "val_accuracy"}
    state.extend(Batch(evals=Rows(step=at, epoch=at / 10, time=at, values=values, unknown=unknown)))
    return ShownRun(name=f"run-{position}", look=run_look(position), state=state)


def canvas(runs: list[ShownRun], width: int = 80, height: int = 20, **view: object) -> Canvas:
    """The large chart of those runs."""
    from dataclasses import replace

    metrics = known_metrics(runs)
    spec = runs_charts(runs, RunView(**view), metrics)[0]  # type: ignore[arg-type]
    return draw(replace(spec, width=width, height=height))


def test_only_what_a_run_has_logged_has_a_chart() -> None:
    assert [metric.short for metric in known_metrics([shown(0)])] == ["val loss"]
    assert [metric.short for metric in known_metrics([shown(0), shown(1, accuracy=True)])] == ["val loss", "accuracy"]
    assert known_metrics([]) == METRICS[:1]


def test_the_axis_has_room_for_the_longest_run() -> None:
    assert runs_span([shown(0, 100), shown(1, 300)], "step") == (0.0, 300.0)
    assert runs_span([], "step") == (0.0, 1.0)


def test_of_runs_with_the_same_colour_the_first_is_drawn() -> None:
    runs = [shown(position) for position in range(MOST_CURVES + 2)]
    assert drawn_runs(runs) == runs[:MOST_CURVES]
    assert drawn_runs(runs[1:])[-1].look.letter == "I"


def test_names_stand_on_the_large_chart_and_letters_on_all() -> None:
    runs = [shown(0, accuracy=True), shown(1, factor=3.0, accuracy=True)]
    loss, accuracy = runs_charts(runs, RunView(), known_metrics(runs))
    assert [curve.label for curve in loss.curves] == ["run-0", "run-1"]
    assert [curve.label for curve in accuracy.curves] == ["", ""]
    assert [curve.end for curve in accuracy.curves] == ["A", "B"]
    assert canvas(runs).text().startswith("validation loss (log)  ●A run-0  ■B run-1")


def test_each_curve_ends_with_its_letter_and_bears_its_marker() -> None:
    text = canvas([shown(0), shown(1, factor=3.0)]).text()
    plot = text.split("\n", 1)[1]
    assert plot.count("A") == plot.count("B") == 1
    assert plot.count("●") >= 5 and plot.count("■") >= 5 and plot.count("▼") == 2


@pytest.mark.parametrize("copies", [2, 5])
def test_curves_that_lie_on_each_other_all_have_their_letter(copies: int) -> None:
    plot = canvas([shown(position) for position in range(copies)]).text().split("\n", 1)[1]
    assert all(plot.count(run_look(position).letter) == 1 for position in range(copies))


def test_the_cursor_tells_the_values_of_all_runs() -> None:
    text = canvas([shown(0), shown(1, factor=3.0)], cursor=50.0).text()
    assert "step 50: A 0.02, B 0.06" in text.split("\n")[0]


def test_a_run_without_a_value_has_no_curve() -> None:
    empty = ShownRun(name="empty", look=run_look(1), state=RunState())
    assert "B" not in canvas([shown(0), empty]).text()
    assert "waiting" in canvas([empty]).text()


def test_as_text_it_is_the_validation_losses() -> None:
    text = runs_chart_text([shown(0), shown(1, factor=3.0)], 60, 12)
    assert text.startswith("validation loss (log)") and len(text.split("\n")) == 12


def test_a_whole_run_has_all_metrics() -> None:
    from dltui.runs.reader import decode
    from dltui_trainers.runlog import to_line

    state = RunState()
    state.extend(decode(b"".join(map(to_line, runlogs.whole_run())).rstrip(b"\n")))
    run = ShownRun(name="whole", look=run_look(0), state=state)
    assert [metric.short for metric in known_metrics([run])][:2] == ["val loss", "train loss"]
    titles = [spec.title for spec in runs_charts([run], RunView(smoothing=0.5), known_metrics([run]))]
    assert "training loss, smoothed 0.5" in titles and "learning rate" in titles
