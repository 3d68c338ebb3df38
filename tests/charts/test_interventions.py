"""What was done to a run, on its charts: the marks and what they say, and the curves that were undone."""

from dataclasses import replace

import numpy as np
import pytest
from runlogs import end, event, later, manifest, step, tuned_run

from dltui.charts.canvas import StyleName
from dltui.charts.chart import draw
from dltui.charts.interventions import MOST_MARKS, intervention_marks
from dltui.charts.of_run import loss_chart, run_charts, usual_view, whole_span
from dltui.charts.spec import ChartSpec, Kind
from dltui.runs.reader import decode
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui.series.track import AxisName
from dltui_trainers.runlog import AnyRecord, to_line


def state_of(records: list[AnyRecord]) -> RunState:
    state = RunState()
    state.manifest, state.status = manifest(), RunStatus.FINISHED
    state.extend(decode(b"".join(map(to_line, records)).rstrip(b"\n")))
    return state


def told(records: list[AnyRecord], axis: AxisName = "step") -> list[tuple[str, StyleName]]:
    """The texts of the marks from the left to the right."""
    marks = sorted(intervention_marks(state_of(records), axis), key=lambda mark: mark.x)
    return [(mark.text, mark.style) for mark in marks]


def losses(records: list[AnyRecord], axis: AxisName = "step") -> ChartSpec:
    state = state_of(records)
    return loss_chart(state, replace(usual_view(state), axis=axis))


LOWER = ("lr 1e-3→3e-4, dropout 0.2→0.3 (advice)", StyleName.MARK)
UNDONE = ("lr 1e-3→0.03 (you), undone", StyleName.UNDONE)
PAUSE = ("pause", StyleName.UNDONE)


def test_a_change_is_told_with_its_undo_and_what_was_refused_is_not() -> None:
    assert sorted(told(tuned_run())) == sorted([UNDONE, PAUSE, LOWER])


def test_over_time_the_undo_has_its_own_place() -> None:
    assert told(tuned_run(), "time") == [UNDONE, ("undo → step 40", StyleName.UNDONE), PAUSE, LOWER]


def test_over_epochs_marks_lie_where_the_steps_do() -> None:
    marks = intervention_marks(state_of(tuned_run()), "epoch")
    assert sorted(mark.x for mark in marks) == [4, 7, 7]


def test_what_only_concerns_the_log_and_checkpoints_get_no_mark() -> None:
    records = [step(1), event("set", 1, hparam="log_every", to=5), event("checkpoint", 1, to="a.pt"), event("stop", 1)]
    assert told([*records, event("set", 1, hparam="lr", to=0.1, done=False)]) == []
    both = [event("set", 1, id=1, hparam=name, to=5) for name in ("log_every", "epochs")]
    assert told([step(1), *both]) == [("epochs →5", StyleName.MARK)]


def test_what_the_training_did_by_itself_is_told() -> None:
    records = [step(1), event("oom", 1, hparam="batch_size", from_=64, to=32), event("branch", 1), event("lr_drop", 1)]
    assert sorted(text for text, _ in told(records)) == ["branch", "lr drop", "out of memory"]


def test_what_happened_in_steps_that_were_undone_is_gone_but_for_the_axis_of_time() -> None:
    records = [*(step(each) for each in range(1, 31)), event("oom", 25), event("undo", 20, 3.2, from_=30, to=20)]
    records += [later(step(21), 2.0)]
    assert told(records) == [("undo → step 20", StyleName.UNDONE)]
    assert [text for text, _ in told(records, "time")] == ["out of memory", "undo → step 20"]


@pytest.mark.parametrize(
    ("by", "text"), [("user", " (you)"), ("", ""), ("advice", " (advice)"), ("nightly.py", " (nightly.py)")]
)
def test_by_whom(by: str, text: str) -> None:
    change = event("set", 1, hparam="lr", from_=0.1, to=0.01, by=by)
    assert told([step(1), change]) == [(f"lr 0.1→0.01{text}", StyleName.MARK)]


def test_names_and_values_that_are_far_too_long_are_cut() -> None:
    change = event("set", 1, hparam="x" * 9999, from_="y" * 9999, to="z" * 9999, by="\x1b[31m" + "w" * 9999)
    [(text, _)] = told([step(1), change])
    assert len(text) < 100
    assert "\x1b" not in draw(replace(losses([step(1), step(2), change]), width=80, height=20)).text()


def test_very_many_changes_leave_the_chart_readable() -> None:
    records: list[AnyRecord] = [step(each) for each in range(1, 301)]
    records += [event("set", each, hparam="lr", to=each) for each in range(100, 300)]
    chart = replace(losses(records), width=120, height=20)
    assert len(chart.marks) == MOST_MARKS
    canvas = draw(chart)
    lines = np.flatnonzero((canvas.chars == ord("┆")).sum(axis=0) > 5)
    assert len(lines) and np.diff(lines).min() > 1, "lines that touch are one block"
    assert "lr →299" in canvas.text(), "the last one is told"


def test_undone_curves_are_faint_and_named_once() -> None:
    chart = losses(tuned_run())
    undone = [curve for curve in chart.curves if curve.kind is Kind.UNDONE]
    assert [(curve.label, len(curve.trace)) for curve in undone] == [("undone", 20), ("", 2)]
    canvas = draw(replace(chart, width=120, height=24))
    assert canvas.text().splitlines()[0].count("┈ undone") == 1
    assert (canvas.styles == StyleName.UNDONE).any()
    cursor = replace(chart, width=120, height=24, cursor_x=50.0)
    assert "undone" not in draw(cursor).text().splitlines()[0][60:], "the cursor reads what counts"


def test_a_loss_that_exploded_and_was_undone_does_not_flatten_what_counts() -> None:
    kept: list[AnyRecord] = [step(each) for each in range(1, 41)]
    exploded = [step(each, 10.0**each) for each in range(41, 60)]
    again = [later(step(each), 3.0) for each in range(41, 60)]
    records = [*kept, *exploded, event("undo", 40, 6.0, from_=59, to=40), *again]
    text = draw(replace(losses(records), width=100, height=20)).text()
    assert "e+" not in text and "1e1" not in text and "above the chart" not in text


def test_a_run_of_which_all_was_undone_still_shows_what_was() -> None:
    records = [*(step(each) for each in range(1, 41)), event("undo", 0, 5.0, from_=40, to=0)]
    assert "undone" in draw(replace(losses(records), width=100, height=20)).text()


def test_the_axis_has_room_for_what_was_undone() -> None:
    state = state_of([*tuned_run()[:70], end("stopped")])
    state.end, state.step = None, 40
    assert whole_span(state, "step")[1] >= 60


def test_the_small_charts_have_the_lines_without_the_texts() -> None:
    state = state_of(tuned_run())
    lr = next(chart for chart in run_charts(state, usual_view(state)) if chart.title == "learning rate")
    assert sorted(mark.x for mark in lr.marks) == [40, 70, 70] and not any(mark.text for mark in lr.marks)
