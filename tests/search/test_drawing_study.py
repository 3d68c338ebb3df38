"""The charts of a study: every trial has its place, whatever its values are."""

import itertools
import math
import random

import pytest
from search.studies import HOSTILE, SPACE, search_records, study_of, tune_records

from dltui.charts.canvas import Canvas
from dltui.search.drawing.axis import axis_of
from dltui.search.drawing.bars import BarChart, draw_bar_chart
from dltui.search.drawing.charts import hparam_chart, progress_chart
from dltui.search.drawing.points import draw_points, limits_of
from dltui.search.drawing.values import best_so_far, ranked, searched, value_of, values_at
from dltui.search.space.dimension import Dimension
from dltui.search.study.options import Objective
from dltui.search.study.records import Asked, Reported, StudyRecord, Submitted, Told
from dltui_trainers.runlog import Value


def study_with(*trials: tuple[dict[str, Value], float | None]) -> list[StudyRecord]:
    """A search with these trials alone, all of them complete."""
    records: list[StudyRecord] = search_records(ended=0)[:2]
    for number, (settings, value) in enumerate(trials):
        records.append(Asked(number=number, time=2.0, settings=settings))
        records.append(Told(number=number, time=3.0, state="complete", value=value))
    return records


def signs(canvas: Canvas, sign: str) -> list[tuple[int, int]]:
    """Where a sign stands below the title: line and column."""
    lines = canvas.text().split("\n")[1:]
    return [(at, column) for at, line in enumerate(lines, 1) for column, each in enumerate(line) if each == sign]


def test_points_lie_where_their_values_are_and_the_stairs_lead_to_the_best() -> None:
    study = study_of(study_with(({"lr": 1e-5}, 4.0), ({"lr": 1e-3}, 1.0), ({"lr": 1.0}, 3.0)))
    assert best_so_far(study.trials, rises=False) == [(0, 4.0), (1, 1.0)]
    assert ranked(study) == {1: 1, 2: 2, 0: 3}
    canvas = draw_points(hparam_chart(study, "lr", with_legend=False), 60, 14)
    ((low, left), (high, right)) = sorted(signs(canvas, "•"), key=lambda each: each[1])
    ((best, middle),) = signs(canvas, "★")
    assert low < high < best and left < middle < right
    assert (middle - left) / (right - left) == pytest.approx(2 / 5, abs=0.03)  # two decades of five
    assert "1e-5" in canvas.text() and "★" not in draw_points(hparam_chart(study, "dropout"), 60, 14).text()


def test_the_start_of_a_tuning_has_its_place_at_what_was_changed_first() -> None:
    study = study_of(
        [
            *search_records(ended=0)[:1],
            Asked(number=0, time=2.0, settings={}),
            Told(number=0, time=3.0, state="complete", value=4.0, kept=True),
            Asked(number=1, time=4.0, settings={"lr": 0.01}, parent=0, change={"lr": (1e-5, 0.01)}),
            Told(number=1, time=5.0, state="complete", value=1.0, kept=True),
            Asked(number=2, time=6.0, settings={"width": 64}, parent=0, change={"width": (32, 64)}),
        ]
    )
    assert values_at(study, "lr") == {0: 1e-5, 1: 0.01, 2: 1e-5}
    assert values_at(study, "width") == {0: 32, 1: 32, 2: 64} and not values_at(study, "dropout")
    assert not hparam_chart(study, "lr").notes and hparam_chart(study, "lr").axis.log
    assert {*hparam_chart(study, "lr").numbered} == {0, 1}


def test_more_is_better_where_it_rises() -> None:
    study = study_of(search_records(objective=Objective(metric="val_accuracy", rises=True)))
    best = study.best
    assert best is not None and ranked(study)[best.number] == 1
    assert best.value == max(value_of(each, True) for each in study.trials if each.state == "complete")
    steps = best_so_far(study.trials, rises=True)
    assert steps[-1] == (best.number, best.value) and all(a[1] < b[1] for a, b in itertools.pairwise(steps))
    canvas = draw_points(progress_chart(study), 80, 16)
    assert min(signs(canvas, "★"))[0] <= min(signs(canvas, "•"))[0]
    assert all(line == 13 for line, _ in signs(canvas, "✗"))  # what failed lies where the worst is: at the bottom


def test_what_is_far_off_lies_at_the_edge_and_flattens_nothing() -> None:
    values = [0.1, 0.11, 0.12, 0.13, 1e6]
    assert limits_of(values, False, False)[1] < 1.0  # type: ignore[index]
    study = study_of(study_with(*(({"lr": 0.1}, value) for value in [0.1 + at / 100 for at in range(9)] + [1e6])))
    canvas = draw_points(progress_chart(study), 60, 12)
    assert signs(canvas, "▲") and "beyond" in canvas.text()


def test_values_beside_a_range_and_choices_have_a_place_of_their_own() -> None:
    beside = axis_of(SPACE[1], [])
    assert beside.place(0.0) < beside.place(1e-6) < beside.place(1e-1) < beside.hi
    assert math.isnan(beside.place("adam")) and math.isnan(beside.place(-1.0))
    choices = axis_of(Dimension(name="norm", choices=("none", "batch")), [])
    assert round(choices.place("none", 3)) == 0 and round(choices.place("batch", 8)) == 1
    assert choices.ticks(60) == ([0.0, 1.0], ["none", "batch"])
    assert axis_of(None, [1e-5, 0.1, 1e-3]).log and not axis_of(None, [0.1, 0.2]).log
    assert list(axis_of(None, ["a", 1, "b"]).names) == ["a", "1", "b"]


def test_a_running_trial_is_shown_at_its_best_so_far_and_several_seeds_at_their_mean() -> None:
    records = study_with()
    records.append(Asked(number=0, time=2.0, settings={"lr": 0.1}))
    for seed, values in enumerate(((0.5, 0.3, 0.4), (0.2, 0.1))):
        job = f"t0000-s{seed}"
        points = [(float(at), value) for at, value in enumerate(values)]
        records.append(Submitted(trial=0, job=job, seed=seed, time=2.0, handle="1"))
        records.append(Reported(trial=0, job=job, time=3.0, run=job, state="running", points=points))
    (trial,) = study_of(records).trials
    assert value_of(trial, rises=False) == pytest.approx(0.2) and value_of(trial, rises=True) == pytest.approx(0.35)


def test_what_differs_comes_first() -> None:
    study = study_of(study_with(({"lr": 0.1, "width": 1}, 1.0), ({"lr": 0.1, "width": 2}, 2.0)))
    assert searched(study)[0] == "width"
    assert searched(study_of(tune_records()))[:2] == ["lr", "width"]


def test_nothing_that_a_file_may_hold_breaks_a_chart() -> None:
    chance = random.Random(3)
    odd: list[Value] = [0, -1, 1e308, -1e308, 5e-324, True, None, "", HOSTILE, 10**18, 0.1, "x" * 999]
    worth = [None, 0.0, -1.0, 1e308, -1e308, 5e-324, 0.5]
    for _ in range(40):
        trials = [({"lr": chance.choice(odd), HOSTILE: chance.choice(odd)}, chance.choice(worth)) for _ in range(9)]
        study = study_of(study_with(*trials[: chance.randrange(9)]))
        size = chance.randrange(0, 90), chance.randrange(0, 24)
        for log in (None, True, False):
            for chart in (
                progress_chart(study, 2, log),
                hparam_chart(study, "lr", 2, log),
                hparam_chart(study, HOSTILE),
            ):
                text = draw_points(chart, *size).text()
                assert "\x1b" not in text and "\u202e" not in text


def test_shares_are_bars_and_what_has_no_room_is_counted() -> None:
    shares = {f"name{at}": 1 / 2 ** (at + 1) for at in range(9)}
    canvas = draw_bar_chart(BarChart(title="what matters", shares=shares, note="by X"), 50, 6)
    lines = canvas.text().split("\n")
    assert lines[0].split() == ["what", "matters", "by", "X"] and lines[-1].strip() == "↓5 more"
    assert lines[1].count("█") == 2 * lines[2].count("█") and "50 %" in lines[1]
    empty = draw_bar_chart(BarChart(title="t", empty="X needs 20 complete trials, and 3 are."), 20, 6).text()
    assert "needs" in empty and "3 are." in empty
