"""Nothing has come for long."""

import numpy as np
import pytest
import runlogs
from diagnosis.curves import SECONDS, evidence, falling, run

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom
from dltui.runs.status import RunStatus

LAST_S = runlogs.START_S + 600 * SECONDS


@pytest.mark.parametrize(("silent_s", "told"), [(0, False), (59, False), (61, True), (10_000, True), (-5, False)])
def test_a_minute_where_records_come_fast(silent_s: float, told: bool) -> None:
    state = run(falling(600), falling(60), status=RunStatus.RUNNING)
    finding = examine(state, now_s=LAST_S + silent_s).find(Symptom.STALLED)
    assert (finding is not None) is told
    if finding is not None:
        assert (finding.severity, finding.since_step) == (Severity.WARNING, 600)
        assert evidence(finding, "silent_for").value == pytest.approx(silent_s)
        assert evidence(finding, "silent_for").numbers == pytest.approx({"usual": SECONDS})


@pytest.mark.parametrize(("silent_s", "told"), [(90, False), (990, False), (1010, True)])
def test_ten_times_the_usual_pause(silent_s: float, told: bool) -> None:
    step = np.arange(1, 61) * 1000  # a record each 100 s
    state = run(falling(60), falling(60), train_step=step, val_step=step, status=RunStatus.RUNNING)
    now = runlogs.START_S + 60_000 * SECONDS + silent_s
    assert (examine(state, now_s=now).find(Symptom.STALLED) is not None) is told


def test_a_pause_that_was_there_before_is_waited_for_again() -> None:
    step = np.arange(1, 601)
    step[300:] += 3000  # 300 s of validation
    state = run(falling(600), falling(60), train_step=step, status=RunStatus.RUNNING)
    state.last_s = runlogs.START_S + 3600 * SECONDS
    assert examine(state, now_s=state.last_s + 590).find(Symptom.STALLED) is not None
    step[300:] -= 3000
    step[500:] += 3000
    state = run(falling(600), falling(60), train_step=step, status=RunStatus.RUNNING)
    state.last_s = runlogs.START_S + 3600 * SECONDS
    assert examine(state, now_s=state.last_s + 590).find(Symptom.STALLED) is None
    assert examine(state, now_s=state.last_s + 610).find(Symptom.STALLED) is not None


@pytest.mark.parametrize("status", [RunStatus.FINISHED, RunStatus.KILLED, RunStatus.FAILED, RunStatus.STOPPED])
def test_a_run_that_has_ended_is_silent_for_ever(status: RunStatus) -> None:
    state = run(falling(600), falling(60), status=status)
    assert examine(state, now_s=LAST_S + 1e6).find(Symptom.STALLED) is None


def test_without_a_clock_nothing_is_said() -> None:
    state = run(falling(600), falling(60), status=RunStatus.RUNNING)
    assert examine(state).find(Symptom.STALLED) is None
    timeless = run(falling(600), falling(60), status=RunStatus.RUNNING, timed=False)
    assert examine(timeless, now_s=LAST_S + 1e6).find(Symptom.STALLED) is None


def test_three_records_have_no_usual_pause() -> None:
    state = run(falling(3), None, status=RunStatus.RUNNING)
    assert examine(state, now_s=LAST_S + 1e6).find(Symptom.STALLED) is None
