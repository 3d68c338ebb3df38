"""The saved runs: each shows what it is called, and nothing that it is not."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from dltui.advice.prescribe import prescribe
from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Diagnosis, Severity, Symptom, Verdict
from dltui.runs.follow import FolderWatch
from dltui.runs.status import RunStatus
from dltui.series.state import RunState

SAMPLES = Path(__file__).parents[2] / "samples"
TWIN = "option_without_effect-twin"
TUNED = ("tuned", "tuned-2")
"""Changed while they ran; what came of it is in tests/interface/test_session.py."""
SILENT_S = 600.0
KILOBYTES_EACH, KILOBYTES_IN_ALL = 250, 2500
INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL
RAN_AWAY = frozenset({Symptom.NON_FINITE, Symptom.DIVERGED})
STUCK = frozenset({Symptom.NOT_LEARNING, Symptom.PLATEAU, Symptom.LR_TOO_LOW, Symptom.VANISHING_GRADIENTS})
GAP = frozenset({Symptom.OVERFITTING, Symptom.OVERCONFIDENT})
LOW = frozenset({Symptom.UNDERFITTING})
CODE = frozenset(
    {
        Symptom.ZERO_INIT,
        Symptom.NO_GRADIENT,
        Symptom.NEVER_UPDATED,
        Symptom.FROZEN_LAYERS,
        Symptom.SATURATED_UNITS,
        Symptom.INPUT_BOUND,
    }
)
DATA = frozenset({Symptom.TRAIN_VAL_MISMATCH, Symptom.CLASS_IMBALANCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shows:
    """What a sample must show, and how bad that is; what it must not; and what its first advice changes, if clear."""

    severity: Severity
    verdict: Verdict
    never: frozenset[Symptom] = field(default_factory=frozenset)
    first: str | None = None


SHOWS = {
    Symptom.NOT_LEARNING: Shows(
        severity=CRITICAL,
        verdict=Verdict.UNDERFITTING,
        never=RAN_AWAY | GAP | DATA | {Symptom.PLATEAU, Symptom.LR_TOO_HIGH, Symptom.STILL_IMPROVING},
        first="init",
    ),
    Symptom.VANISHING_GRADIENTS: Shows(
        severity=CRITICAL,
        verdict=Verdict.UNDERFITTING,
        never=RAN_AWAY | GAP | DATA | {Symptom.LR_TOO_HIGH, Symptom.DEAD_UNITS},
        first="activation",
    ),
    Symptom.DEAD_UNITS: Shows(
        severity=WARNING, verdict=Verdict.UNDERFITTING, never=RAN_AWAY | GAP | DATA | STUCK, first="lr"
    ),
    Symptom.PLATEAU: Shows(
        severity=WARNING,
        verdict=Verdict.UNDERFITTING,
        never=RAN_AWAY | GAP | DATA | {Symptom.NOT_LEARNING, Symptom.STILL_IMPROVING},
        first="weight_decay",
    ),
    Symptom.LR_TOO_LOW: Shows(
        severity=WARNING,
        verdict=Verdict.UNDERFITTING,
        never=RAN_AWAY | GAP | DATA | {Symptom.NOT_LEARNING, Symptom.PLATEAU, Symptom.LR_TOO_HIGH},
        first="lr",
    ),
    Symptom.UPDATE_RATIO: Shows(
        severity=INFO,
        verdict=Verdict.UNDERFITTING,
        never=RAN_AWAY | GAP | DATA | {Symptom.NOT_LEARNING, Symptom.PLATEAU, Symptom.LR_TOO_HIGH},
        first="lr",
    ),
    Symptom.NON_FINITE: Shows(severity=CRITICAL, verdict=Verdict.DIVERGED, never=GAP | DATA | STUCK, first="lr"),
    Symptom.DIVERGED: Shows(
        severity=CRITICAL, verdict=Verdict.DIVERGED, never=GAP | DATA | STUCK | {Symptom.NON_FINITE}, first="lr"
    ),
    Symptom.LR_TOO_HIGH: Shows(
        severity=WARNING, verdict=Verdict.UNDERFITTING, never=RAN_AWAY | GAP | DATA | STUCK, first="lr"
    ),
    Symptom.NOISY_VALIDATION: Shows(
        severity=WARNING, verdict=Verdict.GOOD_FIT, never=RAN_AWAY | GAP | DATA | STUCK | LOW, first="schedule"
    ),
    Symptom.LOSS_SPIKE: Shows(severity=INFO, verdict=Verdict.GOOD_FIT, never=RAN_AWAY | GAP | DATA | STUCK | LOW),
    Symptom.BAD_INITIAL_LOSS: Shows(
        severity=WARNING, verdict=Verdict.GOOD_FIT, never=RAN_AWAY | GAP | DATA | STUCK | LOW, first="norm"
    ),
    Symptom.OVERFITTING: Shows(
        severity=WARNING,
        verdict=Verdict.OVERFITTING,
        never=RAN_AWAY | DATA | STUCK | LOW | {Symptom.OVERCONFIDENT, Symptom.STILL_IMPROVING},
        first="dropout",
    ),
    Symptom.OVERCONFIDENT: Shows(
        severity=INFO,
        verdict=Verdict.GOOD_FIT,
        never=RAN_AWAY | DATA | STUCK | LOW | {Symptom.OVERFITTING},
        first="label_smoothing",
    ),
    Symptom.UNDERFITTING: Shows(
        severity=WARNING, verdict=Verdict.UNDERFITTING, never=RAN_AWAY | GAP | DATA, first="width"
    ),
    Symptom.STILL_IMPROVING: Shows(
        severity=INFO, verdict=Verdict.GOOD_FIT, never=RAN_AWAY | GAP | DATA | STUCK | LOW, first="epochs"
    ),
    Symptom.CLASS_IMBALANCE: Shows(
        severity=WARNING,
        verdict=Verdict.GOOD_FIT,
        never=RAN_AWAY | GAP | STUCK | LOW | {Symptom.TRAIN_VAL_MISMATCH},
        first="class_weights",
    ),
    Symptom.TRAIN_VAL_MISMATCH: Shows(
        severity=WARNING,
        verdict=Verdict.GOOD_FIT,
        never=RAN_AWAY | GAP | STUCK | LOW | {Symptom.CLASS_IMBALANCE},
        first="check_split",
    ),
    Symptom.EXPLODING_GRADIENTS: Shows(
        severity=WARNING, verdict=Verdict.GOOD_FIT, never=RAN_AWAY | GAP | DATA | STUCK | LOW, first="grad_clip"
    ),
    Symptom.STALLED: Shows(
        severity=WARNING, verdict=Verdict.GOOD_FIT, never=RAN_AWAY | GAP | DATA | STUCK | LOW, first="check_loader"
    ),
    Symptom.OUT_OF_MEMORY: Shows(
        severity=WARNING, verdict=Verdict.GOOD_FIT, never=RAN_AWAY | GAP | DATA | STUCK | LOW, first="batch_size"
    ),
    Symptom.ZERO_INIT: Shows(
        severity=CRITICAL, verdict=Verdict.UNDERFITTING, never=RAN_AWAY | GAP | DATA | CODE, first="check_init"
    ),
    Symptom.NEVER_UPDATED: Shows(
        severity=CRITICAL,
        verdict=Verdict.UNDERFITTING,
        never=RAN_AWAY | GAP | DATA | CODE | {Symptom.LR_TOO_HIGH, Symptom.LR_TOO_LOW},
        first="check_optimizer",
    ),
    Symptom.NO_GRADIENT: Shows(
        severity=WARNING,
        verdict=Verdict.GOOD_FIT,
        never=RAN_AWAY | GAP | DATA | STUCK | LOW | CODE,
        first="check_graph",
    ),
    Symptom.FROZEN_LAYERS: Shows(
        severity=WARNING,
        verdict=Verdict.GOOD_FIT,
        never=RAN_AWAY | GAP | DATA | STUCK | LOW | CODE,
        first="check_frozen",
    ),
    Symptom.SATURATED_UNITS: Shows(
        severity=WARNING, verdict=Verdict.UNDERFITTING, never=RAN_AWAY | GAP | DATA | CODE | {Symptom.NOT_LEARNING}
    ),
    Symptom.INPUT_BOUND: Shows(
        severity=WARNING,
        verdict=Verdict.GOOD_FIT,
        never=RAN_AWAY | GAP | DATA | STUCK | LOW | CODE,
        first="faster_loader",
    ),
    Symptom.OPTION_WITHOUT_EFFECT: Shows(
        severity=WARNING, verdict=Verdict.GOOD_FIT, never=RAN_AWAY | GAP | DATA | STUCK | LOW, first="check_option"
    ),
}
"""By symptom, which is also the name of the folder."""

HEALTHY = ("healthy", "healthy-mnist1d", "healthy-polynomial")


def opened(name: str) -> RunState:
    """The run as it is read from its folder, at once."""
    state = RunState()
    state.take(FolderWatch(SAMPLES / name).look())
    assert not state.loading and state.skipped == 0
    return state


def judged(symptom: Symptom) -> tuple[RunState, Diagnosis]:
    """The sample of that symptom, looked at as it wants to be."""
    state = opened(symptom)
    if symptom is Symptom.STALLED:
        state.status = RunStatus.RUNNING
        return state, examine(state, now_s=state.last_s + SILENT_S)
    other = opened(TWIN) if symptom is Symptom.OPTION_WITHOUT_EFFECT else None
    return state, examine(state, other=other)


def told(diagnosis: Diagnosis) -> list[str]:
    """The findings that ask for something."""
    return [each.symptom for each in diagnosis.findings if each.severity is not INFO]


def test_every_symptom_has_its_sample() -> None:
    folders = {path.parent.name for path in SAMPLES.glob("*/run.json")}
    assert folders == {*SHOWS, *HEALTHY, TWIN, *TUNED}
    assert set(SHOWS) == set(Symptom) - {Symptom.GOOD_FIT}


@pytest.mark.parametrize("symptom", SHOWS)
def test_a_sample_shows_what_it_is_called(symptom: Symptom) -> None:
    _, diagnosis = judged(symptom)
    finding = diagnosis.find(symptom)
    assert finding is not None, told(diagnosis)
    assert (finding.severity, diagnosis.verdict) == (SHOWS[symptom].severity, SHOWS[symptom].verdict)
    assert finding.evidence and finding.confidence > 0.6


@pytest.mark.parametrize("symptom", SHOWS)
def test_a_sample_shows_nothing_that_it_is_not(symptom: Symptom) -> None:
    _, diagnosis = judged(symptom)
    assert [each.symptom for each in diagnosis.findings if each.symptom in SHOWS[symptom].never - {symptom}] == []


@pytest.mark.parametrize("symptom", [symptom for symptom, shows in SHOWS.items() if shows.first])
def test_the_first_advice_is_that_of_a_colleague(symptom: Symptom) -> None:
    advice = prescribe(*judged(symptom))
    assert [change.hyperparameter for change in advice[:1]] == [SHOWS[symptom].first]


@pytest.mark.parametrize(
    ("symptom", "settings"),
    [
        (Symptom.NOT_LEARNING, {"init": "he"}),
        (Symptom.VANISHING_GRADIENTS, {"activation": "relu"}),
        (Symptom.DEAD_UNITS, {"lr": 1e-3}),
        (Symptom.LR_TOO_LOW, {"lr": 1e-3}),
        (Symptom.LR_TOO_HIGH, {"lr": 1e-3}),
        (Symptom.DIVERGED, {"lr": 1e-3}),
        (Symptom.NON_FINITE, {"lr": 0.03}),
        (Symptom.NOISY_VALIDATION, {"schedule": "cosine"}),
    ],
)
def test_the_advice_undoes_the_known_fault(symptom: Symptom, settings: dict[str, object]) -> None:
    assert prescribe(*judged(symptom))[0].settings == settings


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_is_left_alone(name: str) -> None:
    state = opened(name)
    diagnosis = examine(state)
    assert diagnosis.verdict is Verdict.GOOD_FIT
    assert told(diagnosis) == []
    assert prescribe(state, diagnosis) == ()


def test_a_healthy_run_was_never_called_anything_else() -> None:
    moments, alarms = 0, []
    for name in HEALTHY:
        state = opened(name)
        for step in np.linspace(0, state.step, 21)[1:]:
            moments += 1
            alarms += [f"{name} at {step:.0f}: {each}" for each in told(examine(state, float(step)))]
    assert len(alarms) <= 0.02 * moments, "\n".join(alarms)


def test_a_pair_is_alike_only_beside_its_twin() -> None:
    state = opened(Symptom.OPTION_WITHOUT_EFFECT)
    assert examine(state).find(Symptom.OPTION_WITHOUT_EFFECT) is None
    assert examine(state, other=opened("healthy")).find(Symptom.OPTION_WITHOUT_EFFECT) is None
    assert examine(state, other=state).find(Symptom.OPTION_WITHOUT_EFFECT) is None


def test_a_stalled_run_was_stopped_in_the_middle() -> None:
    state = opened(Symptom.STALLED)
    assert state.end is None
    assert 0.2 < state.progress < 0.8
    state.status = RunStatus.RUNNING
    assert examine(state, now_s=state.last_s + 30).find(Symptom.STALLED) is None
    state.status = RunStatus.KILLED
    assert examine(state, now_s=state.last_s + SILENT_S).find(Symptom.STALLED) is None


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in SAMPLES.glob("*/run.json")), ids=lambda path: path.name
)
def test_a_sample_is_small_and_tells_nothing_of_the_machine(folder: Path) -> None:
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["metrics.jsonl", "run.json", "stdout.log"]
    assert sum(file.stat().st_size for file in files) < 1000 * KILOBYTES_EACH
    manifest = json.loads((folder / "run.json").read_text())
    assert manifest["run"] == folder.name and manifest["device"] == "cpu" and manifest["git"] is None
    assert not [word for word in manifest["command"] if word.startswith(("/", "~"))]
    assert "/home/" not in "".join(file.read_text() for file in files)


def test_all_samples_together_are_small() -> None:
    sizes = [file.stat().st_size for path in SAMPLES.glob("*/run.json") for file in path.parent.iterdir()]
    assert sum(sizes) < 1000 * KILOBYTES_IN_ALL
