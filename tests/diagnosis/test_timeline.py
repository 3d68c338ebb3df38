"""The timeline: when each finding came and went, and that a replay says the same at that moment."""

from pathlib import Path

import pytest
from runlogs import whole_run, write_run

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict
from dltui.diagnosis.timeline import MOST, Moment, Timeline, judge_all, survey
from dltui.replay.player import Player, ReplayFollower, ReplayStart
from dltui.replay.recording import Recording, Ruler
from dltui.runs.update import RunUpdate
from dltui.series.state import RunState
from dltui.services import Services

SAMPLES = Path(__file__).parents[2] / "samples"


def sample(name: str) -> Recording:
    return Services(SAMPLES).recording(SAMPLES / name)


def moment(rows: int, verdict: Verdict, **found: Severity) -> Moment:
    symptoms = {Symptom(name): severity for name, severity in found.items()}
    return Moment(rows=rows, step=rows, epoch=rows, elapsed_s=rows, verdict=verdict, found=symptoms)


UNSURE, FIT, OVER = Verdict.INCONCLUSIVE, Verdict.GOOD_FIT, Verdict.OVERFITTING
INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
MADE = Timeline(
    moments=(
        moment(1, UNSURE),
        moment(10, FIT, plateau=INFO),
        moment(20, FIT, plateau=INFO),
        moment(30, OVER, plateau=INFO, overfitting=WARNING),
        moment(40, OVER, overfitting=CRITICAL),
        moment(50, OVER, overfitting=WARNING, plateau=INFO),
    )
)


def test_a_symptom_comes_goes_and_comes_again() -> None:
    overfitting, plateau = MADE.courses
    assert [(each.start, each.stop, each.severity) for each in overfitting.spans] == [
        (30, 40, WARNING),
        (40, 50, CRITICAL),
        (50, None, WARNING),
    ]
    assert [(each.start, each.stop) for each in plateau.spans] == [(10, 40), (50, None)]
    assert (overfitting.worst, plateau.worst) == (CRITICAL, INFO)


def test_verdicts_follow_each_other_without_a_gap() -> None:
    assert [(said.start, said.stop, said.verdict) for said in MADE.verdicts] == [
        (1, 10, UNSURE),
        (10, 30, FIT),
        (30, None, OVER),
    ]


def test_changes_are_where_something_else_is_said() -> None:
    assert [each.rows for each in MADE.changes] == [1, 10, 30, 40, 50]


def test_between_two_moments_the_earlier_one_counts() -> None:
    assert MADE.at(0) is None
    found = [MADE.at(rows) for rows in (1, 9, 10, 39, 1000)]
    assert [each and each.rows for each in found] == [1, 1, 10, 30, 50]


def test_a_log_without_rows_has_no_timeline(tmp_path: Path) -> None:
    recording = Services(tmp_path).recording(write_run(tmp_path / "empty", []))
    assert judge_all(recording).moments == ()


def test_it_gets_finer_and_looks_at_few_places() -> None:
    found = list(survey(sample("overfitting")))
    assert len(found) > 2
    assert [len(each.moments) for each in found] == sorted({len(each.moments) for each in found})
    assert len(found[-1].moments) <= MOST
    course = next(each for each in found[-1].courses if each.symptom is Symptom.OVERFITTING)
    assert course.spans[-1].stop is None


def test_it_ends_when_nobody_wants_it() -> None:
    assert list(survey(sample("overfitting"), lambda: True)) == []


@pytest.mark.parametrize("name", ["overfitting", "healthy", "lr_too_high", "stalled", "non_finite", "dead_units"])
def test_a_replay_says_at_each_change_what_the_timeline_says(name: str) -> None:
    recording = sample(name)
    timeline = judge_all(recording)
    assert timeline.moments[-1].rows == recording.total
    for by in (Ruler.PLAYED, Ruler.STEPS):
        head = Player(recording, ReplayStart(by=by))
        updates: list[RunUpdate] = []
        follower = ReplayFollower(updates.append)
        follower.begin(recording)
        state = RunState()
        for there in (*timeline.changes, *reversed(timeline.changes[::2]), timeline.moments[-1]):
            head.go(there.rows)
            follower.show(head.rows)
            while updates:
                state.take(updates.pop(0))
                follower.acknowledge()
            said = examine(state)
            assert said.verdict is there.verdict
            assert {each.symptom: each.severity for each in said.findings} == there.found
            assert timeline.at(head.rows) == there


def test_the_end_says_what_the_whole_log_says(tmp_path: Path) -> None:
    recording = Services(tmp_path).recording(write_run(tmp_path / "made", whole_run()))
    whole = RunState()
    whole.take(recording.update(0, recording.total, recording.status))
    whole.manifest, said = recording.manifest, judge_all(recording).moments[-1]
    assert {each.symptom for each in examine(whole).findings} == said.found.keys()
