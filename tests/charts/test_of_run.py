"""Where the charts of a run begin and end."""

import math
from dataclasses import replace

import numpy as np
import pytest
import runlogs

from dltui.charts.chart import draw
from dltui.charts.of_run import run_charts, whole_span
from dltui.charts.run_view import RunView
from dltui.runs.reader import decode
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, Rows
from dltui.series.state import RunState
from dltui_trainers.runlog import Number, Parent, to_line


def state(first_step: int, parent: Parent | None) -> RunState:
    steps = np.arange(first_step, first_step + 100, 10, dtype=np.float64)
    names = ("val_loss", "val_accuracy", "val_precision", "val_recall", "train_accuracy")
    run = RunState()
    run.manifest = runlogs.manifest(parent=parent)
    run.status = RunStatus.FINISHED
    run.extend(
        Batch(evals=Rows(step=steps, epoch=steps / 10, time=steps, values=dict.fromkeys(names, 1 / (1 + steps))))
    )
    return run


@pytest.mark.parametrize(
    ("first_step", "parent", "begins"),
    [
        (0, None, 0.0),
        (10, None, 0.0),
        (500, Parent(run="x", step=500, changed={}), 500.0),
        (0, Parent(run="x", step=0, changed={}), 0.0),
    ],
)
def test_a_branch_begins_where_it_left_its_parent(first_step: int, parent: Parent | None, begins: float) -> None:
    run = state(first_step, parent)
    assert whole_span(run, "step") == (begins, first_step + 90)
    assert whole_span(run, "epoch")[0] == begins / 10


def validated(**scores: list[Number]) -> RunState:
    """A run of ours whose validations tell those scores."""
    run = RunState()
    run.manifest = runlogs.manifest()
    for at in range(max(map(len, scores.values()), default=0)):
        told = {name: values[at] for name, values in scores.items()}
        run.extend(decode(to_line(runlogs.evaluation(10 * at, 1.0, **told)).rstrip(b"\n")))
    return run


@pytest.mark.parametrize(
    ("scores", "first", "last"),
    [
        ({"val_accuracy": [0.5]}, ["accuracy"], []),
        ({"val_r2": [0.5]}, ["R2"], []),
        ({"val_accuracy": [0.5], "val_perplexity": [4.0]}, ["perplexity"], ["accuracy"]),
        ({}, [], []),
    ],
)
def test_a_run_has_the_charts_that_its_task_is_measured_with(
    scores: dict[str, list[Number]], first: list[str], last: list[str]
) -> None:
    charts = [chart.title for chart in run_charts(validated(**scores), RunView())]
    assert charts == ["loss", *first, "learning rate", "gradient norm", "update / weights", *last]


def test_a_perplexity_is_drawn_by_its_logarithm_and_an_r2_below_0_as_it_is() -> None:
    text = validated(val_perplexity=[65.0, 8.0, 4.0, "inf"])
    _, perplexity, *_ = run_charts(text, RunView(y_log=True))
    assert perplexity.y_log and draw(replace(perplexity, width=40, height=10)).text()
    assert not run_charts(text, RunView(y_log=False))[1].y_log
    _, r2, *_ = run_charts(validated(val_r2=[-40.0, 0.2, 0.9]), RunView(y_log=True))
    assert not r2.y_log and math.isclose(r2.curves[0].trace.values[0], -40)
