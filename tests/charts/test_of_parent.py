"""A run and the one that it came from in one chart: from where they part, on every axis, each with its say in the y."""

import math
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import runlogs

from dltui.charts.canvas import StyleName
from dltui.charts.chart import draw, readout
from dltui.charts.of_parent import PARENT_SIGN, ShownParent, parent_losses, parent_notes, time_at
from dltui.charts.of_run import loss_chart, run_charts
from dltui.charts.run_view import RunView
from dltui.charts.spec import ChartSpec
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, Column, Rows, all_nan
from dltui.series.state import RunState
from dltui.series.trace import Trace
from dltui_trainers.runlog import Parent

VIEW = RunView(y_log=True, smoothing=0.0)
BRANCH = 500
METRICS = ("lr", "grad_norm", "update_ratio", "throughput")
CAPTURES = Path(__file__).parent / "captures"


def run(
    steps: Column, losses: Column, *, started_s: float = 1e9, step_s: float = 0.1, branch: int | None = None
) -> RunState:
    """A run with those training losses; it validates every fifth step, at 1.5 of them."""
    state = RunState(smoothing=0.0)
    state.status = RunStatus.FINISHED
    if branch is not None:
        state.manifest = runlogs.manifest(parent=Parent(run="old", step=branch, changed={"lr": 0.1}))
    times = started_s + step_s * (steps - steps[0])
    values = {"train_loss": losses, **{name: all_nan(len(steps)) for name in METRICS}}
    known = slice(None, None, 5)
    measured = {name: all_nan(len(steps[known])) for name in ("val_precision", "val_recall", "train_accuracy")}
    evals = {**measured, "val_loss": 1.5 * losses[known], "val_accuracy": np.exp(-losses[known])}
    state.extend(
        Batch(
            steps=Rows(step=steps, epoch=steps / 100, time=times, values=values),
            evals=Rows(step=steps[known], epoch=steps[known] / 100, time=times[known], values=evals),
        )
    )
    state.loading = False
    return state


def parent(level: float = 1.0, *, step: float = BRANCH, step_s: float = 0.2, until: int = 1000) -> ShownParent:
    """A training of 1000 steps whose loss falls to ``level``."""
    steps = np.arange(0.0, until, 10)
    return ShownParent(name="old", state=run(steps, level * (1 + np.exp(-steps / 100)), step_s=step_s), step=step)


def branch(steps: int = 600) -> RunState:
    """A branch from step 500 on: between 0.5 and 1."""
    at = np.arange(float(BRANCH), BRANCH + steps, 10)
    return run(at, 0.5 + 0.5 * np.exp(-(at - BRANCH) / 100), started_s=2e9, branch=BRANCH)


def shown(state: RunState, other: ShownParent | None, view: RunView = VIEW) -> ChartSpec:
    return replace(loss_chart(state, view, (), other), width=100, height=24)


def inked(spec: ChartSpec, style: StyleName) -> int:
    """How many cells are in that style beneath the title."""
    return int(np.count_nonzero(draw(spec).styles[1:] == style))


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (20, 5)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_branch_and_its_parent_look_as_captured(size: tuple[int, int]) -> None:
    text = draw(replace(shown(branch(), parent()), width=size[0], height=size[1])).text() + "\n"
    path = CAPTURES / f"branch-{size[0]}x{size[1]}.txt"
    if os.environ.get("DLTUI_REWRITE_CAPTURES"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_the_parent_is_drawn_from_the_branching_point_on_and_named() -> None:
    spec = shown(branch(), parent())
    assert (spec.x_lo, spec.x_hi) == (500, 1090)
    assert f"{PARENT_SIGN} old" in draw(spec).text().split("\n")[0]
    assert inked(spec, StyleName.PARENT) > 50
    (accuracy,) = (chart for chart in run_charts(branch(), VIEW, (), parent()) if chart.title == "accuracy")
    assert f"{PARENT_SIGN} old" in draw(replace(accuracy, width=60, height=12)).text()


def test_it_can_be_put_away() -> None:
    spec = shown(branch(), parent(), replace(VIEW, parent=False))
    assert not inked(spec, StyleName.PARENT)
    assert "old" not in draw(spec).text()


@pytest.mark.parametrize("until", [500, 300])
def test_a_parent_that_ended_where_they_part_is_not_named(until: int) -> None:
    assert parent_losses(parent(until=until), VIEW) == ()


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("level", [1e6, 1e30, math.inf, math.nan])
def test_a_parent_that_diverged_does_not_flatten_the_branch(level: float, log: bool) -> None:
    alone, both = (shown(branch(), other, replace(VIEW, y_log=log)) for other in (None, parent(level)))
    cells = StyleName.VAL
    rows = [np.flatnonzero((draw(spec).styles[1:] == cells).any(axis=1)) for spec in (alone, both)]
    assert np.ptp(rows[1]) >= np.ptp(rows[0]) // 2 - 1
    text = draw(both).text()
    assert ("parent up to" in text and "above the chart ▲" in text) == math.isfinite(level)
    assert "not finite" not in text


def test_a_parent_that_is_much_better_is_cut_off_below() -> None:
    assert "parent down to 1e-6 below the chart ▼" in draw(shown(branch(), parent(1e-6))).text()


def test_a_parent_that_is_near_is_in_the_chart() -> None:
    text = draw(shown(branch(), parent(1.2))).text()
    assert "parent up" not in text and "parent down" not in text


def test_before_the_first_value_of_the_branch_the_parent_is_all_there_is() -> None:
    state = RunState(smoothing=0.0)
    state.manifest = branch().manifest
    spec = replace(shown(state, parent(1e3)), x_lo=500, x_hi=1000)
    assert inked(spec, StyleName.PARENT) and "above" not in draw(spec).text()


def test_the_cursor_reads_both() -> None:
    spec = replace(shown(branch(), parent()), cursor_x=600.0)
    assert readout(spec) == "step 600: train 0.6839 (raw 0.6839), val 1.026, parent train 1.002, parent val 1.504"


def test_by_epoch_they_lie_where_they_were() -> None:
    spec = replace(shown(branch(), parent(), replace(VIEW, axis="epoch")), cursor_x=6.0)
    assert "parent val 1.504" in readout(spec)


def test_by_time_both_begin_where_they_part() -> None:
    spec = replace(shown(branch(), parent(), replace(VIEW, axis="time")), cursor_x=10.0)
    # 10 seconds are 100 steps of the branch, and 50 of its parent, which takes twice as long for each
    assert readout(spec).startswith("time 0:10: train 0.6839") and "parent val 1.506" in readout(spec)
    train, val = parent_losses(parent(), replace(VIEW, axis="time"))
    assert train.trace.x_range("time") == pytest.approx((-100, 98)) and val.trace.x_range("step") == (0, 950)


@pytest.mark.parametrize(("until", "told"), [(1000, False), (300, True)])
def test_by_time_a_parent_whose_log_ends_before_is_left_out_and_that_is_said(until: int, told: bool) -> None:
    view = replace(VIEW, axis="time")
    other = parent(until=until)
    assert bool(parent_losses(other, view)) is not told
    assert (
        "old not by time: its log does not tell when it was at step 500" in draw(shown(branch(), other, view)).text()
    ) is told
    other.state.loading = True
    assert parent_notes(other, view) == ()


def test_a_restart_begins_at_0_with_its_parent() -> None:
    at = np.arange(0.0, 600, 10)
    again = run(at, 2 + np.exp(-at / 50), branch=0)
    spec = shown(again, parent(step=0))
    assert spec.x_lo == 0 and "parent train" in readout(replace(spec, cursor_x=0.0))
    by_time = replace(VIEW, axis="time")
    assert all(isinstance(curve.trace, Trace) for curve in parent_losses(parent(step=0), by_time))


def test_when_a_run_was_at_a_step() -> None:
    state = parent().state
    assert time_at(state, 500) == pytest.approx(100) and time_at(state, 505) == pytest.approx(101)
    assert (
        math.isnan(time_at(state, 5000)) and math.isnan(time_at(RunState(), 5)) and math.isnan(time_at(RunState(), 0))
    )
    assert time_at(state, 0) == 0


def test_a_long_name_shows_its_end() -> None:
    other = replace(parent(), name="digits-20260102-030405-ab12")
    assert f"{PARENT_SIGN} …102-030405-ab12  " in draw(shown(branch(), other)).text()
