"""The memory did not suffice: what is told of a training that went on in parts, and of one that failed."""

from typing import Any

import pytest
from advice.cases import configuration, keys, manifest
from diagnosis.curves import evidence, falling, found, run, silent
from interventions.simulated import event

from dltui.advice.change import Apply, Change
from dltui.advice.prescribe import prescribe
from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch
from dltui.series.state import RunState
from dltui.texts import Texts
from dltui_trainers.runlog import EndRecord, EventRecord

FAILED = "OutOfMemoryError: CUDA out of memory.; try a smaller batch_size or a smaller network."


def training(*events: EventRecord, error: str = "", status: RunStatus = RunStatus.RUNNING) -> RunState:
    """A sound training with a batch of 64, and what happened to it."""
    state = run(falling(60), falling(60) * 1.01, manifest=manifest("digits", configuration("digits")), status=status)
    state.extend(Batch(events=events))
    if error:
        state.end = EndRecord(step=600, time=0.0, status="failed", error=error)
    return state


def oom(step: int = 0, **rest: Any) -> EventRecord:
    """A batch that was divided."""
    return event(step, "oom", **{"hparam": "batch_size", "from_": 64, "to": 32, "by": "memory", **rest})


def advice(state: RunState) -> list[Change]:
    """What is advised against it."""
    return [each for each in prescribe(state, examine(state)) if each.symptom is Symptom.OUT_OF_MEMORY]


def test_a_batch_in_parts() -> None:
    finding = found(training(oom(), oom(5, from_=32, to=16)), Symptom.OUT_OF_MEMORY)
    assert finding.severity is Severity.WARNING and finding.since_step == 0
    parts = evidence(finding, "memory_parts")
    assert (parts.value, parts.numbers) == (4, {"batch": 64, "part": 16})
    assert "computed in 4 parts of at most 16 samples" in Texts.load("en").finding(finding)


def test_it_may_stay_so_and_a_smaller_batch_is_only_faster() -> None:
    (only,) = advice(training(oom()))
    assert (only.hyperparameter, only.from_, only.to, only.apply) == ("batch_size", 64, 32, Apply.LIVE)
    assert only.with_ == {"lr": 0.0007}
    assert "may stay as it is: it only costs time" in Texts.load("en").change(only).why


def test_once_the_batch_fits_there_is_nothing_to_tell() -> None:
    smaller = event(100, hparam="batch_size", from_=64, to=32)
    assert silent(training(oom(), smaller), Symptom.OUT_OF_MEMORY)
    assert not silent(training(oom(to=16), smaller), Symptom.OUT_OF_MEMORY)


def test_a_validation_in_parts_is_a_note() -> None:
    finding = found(training(oom(hparam="", from_=360, to=180)), Symptom.OUT_OF_MEMORY)
    assert finding.severity is Severity.INFO and evidence(finding, "memory_validation").value == 180


@pytest.mark.parametrize("events", [(), (oom(to=1, from_=2),)])
def test_a_training_that_failed_needs_a_smaller_network(events: tuple[EventRecord, ...]) -> None:
    state = training(*events, error=FAILED, status=RunStatus.FAILED)
    finding = found(state, Symptom.OUT_OF_MEMORY)
    assert finding.severity is Severity.CRITICAL
    assert evidence(finding, "memory_failed").numbers == {"part": 1 if events else 64}
    (only,) = advice(state)
    assert (only.hyperparameter, only.to, only.apply) == ("width", 32, Apply.RESTART)
    assert keys([only]) == ["smaller_network"]


def test_an_earlier_moment_knows_nothing_of_it() -> None:
    failed = training(oom(300), error=FAILED, status=RunStatus.FAILED)
    assert examine(failed, 299).find(Symptom.OUT_OF_MEMORY) is None
    at_work = examine(failed, 400).find(Symptom.OUT_OF_MEMORY)
    assert at_work is not None and at_work.severity is Severity.WARNING


@pytest.mark.parametrize(
    "state",
    [
        training(error="ValueError: no such thing", status=RunStatus.FAILED),
        training(oom(to="nan")),
        training(oom(to=True)),
        training(oom(to=None)),
        training(oom(to=-4)),
        training(oom(to=float("inf"))),
        training(oom(hparam="", to="x")),
    ],
)
def test_what_makes_no_sense_is_no_finding(state: RunState) -> None:
    assert silent(state, Symptom.OUT_OF_MEMORY)
