"""Runs with a configuration and a symptom, for the tests of the advice: the diagnosis is made by hand.

first, *_ = advised(Symptom.LR_TOO_HIGH, "digits", {"lr": "0.1"})
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import runlogs
from diagnosis.curves import run

from dltui.advice.change import Change
from dltui.advice.prescribe import prescribe
from dltui.diagnosis.finding import Diagnosis, Evidence, Finding, Severity, Symptom, Unit, Verdict
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui_trainers.configure import as_json, as_text, configure
from dltui_trainers.registry import TASKS, TaskInfo
from dltui_trainers.runlog import DataInfo, Manifest, Value

VERDICTS = {
    Symptom.NON_FINITE: Verdict.DIVERGED,
    Symptom.DIVERGED: Verdict.DIVERGED,
    Symptom.OVERFITTING: Verdict.OVERFITTING,
    Symptom.OVERCONFIDENT: Verdict.GOOD_FIT,
    Symptom.GOOD_FIT: Verdict.GOOD_FIT,
    Symptom.OUT_OF_MEMORY: Verdict.GOOD_FIT,
    Symptom.STALLED: Verdict.GOOD_FIT,
    Symptom.CLASS_IMBALANCE: Verdict.GOOD_FIT,
    Symptom.NOISY_VALIDATION: Verdict.GOOD_FIT,
    Symptom.LOSS_SPIKE: Verdict.GOOD_FIT,
    Symptom.TRAIN_VAL_MISMATCH: Verdict.GOOD_FIT,
    Symptom.OPTION_WITHOUT_EFFECT: Verdict.GOOD_FIT,
    Symptom.NO_GRADIENT: Verdict.GOOD_FIT,
    Symptom.FROZEN_LAYERS: Verdict.GOOD_FIT,
    Symptom.INPUT_BOUND: Verdict.GOOD_FIT,
}
"""The verdict that usually comes with a symptom; of the others it is underfitting."""


_OF_CLASSES = {"loss", "label_smoothing", "per_class", "label_noise", "augment", "augment_strength"}
KNOWN: dict[str, TaskInfo] = {
    **TASKS,
    "images": replace(TASKS["images"], n_train=60_000),
    "tabular": replace(TASKS["tabular"], n_train=5000),
    "tabular of numbers": replace(
        TASKS["tabular"],
        n_train=5000,
        kind="regression",
        reads=tuple(name for name in TASKS["tabular"].reads if name not in _OF_CLASSES),
    ),
    "text": replace(TASKS["text"], n_train=5000),
}
"""The tasks, those with data of the user as some data would make them."""
SHAPES = {
    "digits": [1, 8, 8],
    "mnist1d": [1, 40],
    "polynomial": [1],
    "moons": [2],
    "images": [1, 28, 28],
    "tabular": [12],
    "text": [64],
}


def finding(symptom: Symptom, severity: Severity = Severity.WARNING, **evidence: float) -> Finding:
    """A finding with those evidences, name -> value."""
    found = tuple(Evidence(name=name, value=value, unit=Unit.NUMBER) for name, value in evidence.items())
    return Finding(
        symptom=symptom, severity=severity, confidence=0.9, since_step=10, evidence=found or (PLAIN,), guide_step=6
    )


PLAIN = Evidence(name="plain", value=1.0, unit=Unit.NUMBER)


def diagnosis(*findings: Finding | Symptom, verdict: Verdict | None = None) -> Diagnosis:
    """The diagnosis of those findings; a symptom alone is a warning."""
    found = tuple(each if isinstance(each, Finding) else finding(each) for each in findings)
    if verdict is None:
        verdict = VERDICTS.get(found[0].symptom, Verdict.UNDERFITTING)
    return Diagnosis(verdict=verdict, confidence=0.9, findings=found, at_step=100)


def configuration(task: str, settings: Mapping[str, str] | None = None) -> dict[str, Value]:
    """Return the hyperparameters that ``settings`` of a task come to, as the manifest keeps them."""
    hparams, _ = configure(KNOWN[task], settings or {})
    return as_json(hparams, KNOWN[task])


def manifest(task: str, values: Mapping[str, Value]) -> Manifest:
    """Return the manifest of a run of that task."""
    info = KNOWN[task]
    classes = None if info.kind == "regression" else 10
    settings = {name: as_text(value) for name, value in values.items()}
    n_train = info.samples_in_use(configure(info, settings)[0])  # what the training has of them
    shape = SHAPES[info.name]
    data = DataInfo(n_train=int(n_train), n_val=200, classes=classes, class_counts=None, input_shape=shape)
    return runlogs.manifest(task=info.name, hparams=dict(values), data=data, epochs=10, steps_per_epoch=10)


def state(
    task: str | None = "digits",
    values: Mapping[str, Value] | None = None,
    *,
    status: RunStatus = RunStatus.FINISHED,
    best_epoch: int = 6,
    grad_norm: Sequence[float] | None = None,
    update_ratio: float | None = None,
    lr: float | None = None,
) -> RunState:
    """Return a run of 10 epochs and 100 steps, its best validation at the end of ``best_epoch``.

    Without a task it is a log of somebody else's, and ``values`` are all that is known of its configuration.
    """
    epochs = np.arange(1, 11)
    made = run(
        1 / np.arange(1.0, 101),
        0.5 + 0.05 * np.abs(epochs - best_epoch),
        train_step=np.arange(1, 101),
        val_step=10 * epochs,
        grad_norm=None if grad_norm is None else np.resize(np.asarray(grad_norm, dtype=np.float64), 100),
        update_ratio=None if update_ratio is None else np.full(100, update_ratio),
        lr=None if lr is None else np.full(100, lr),
        hparams=None if task else dict(values or {}),
        manifest=manifest(task, values or configuration(task)) if task else None,
        status=status,
    )
    return made


def advised(
    symptom: Symptom | Finding,
    task: str = "digits",
    settings: Mapping[str, str] | None = None,
    *,
    severity: Severity = Severity.WARNING,
    **rest: float | RunStatus | Sequence[float] | None,
) -> tuple[Change, ...]:
    """Return what is advised against one symptom in a run of ours with those settings; ``rest`` as for the state."""
    found = symptom if isinstance(symptom, Finding) else finding(symptom, severity)
    return prescribe(state(task, configuration(task, settings), **rest), diagnosis(found))  # type: ignore[arg-type]


def told(
    symptom: Symptom | Finding, values: Mapping[str, Value] | None = None, **rest: float | Sequence[float] | None
) -> tuple[Change, ...]:
    """Return what is advised against one symptom in a log of somebody else's, of which ``values`` are known."""
    return prescribe(state(None, values, **rest), diagnosis(symptom))  # type: ignore[arg-type]


def keys(changes: Sequence[Change]) -> list[str]:
    """The keys of the changes, in order."""
    return [change.key for change in changes]


def find(changes: Sequence[Change], key: str) -> Change:
    """Return the change with that key; fail the test if there is none."""
    return next(change for change in changes if change.key == key)


def move(change: Change) -> tuple[str, Value, Value]:
    """Which hyperparameter from what to what."""
    return change.hyperparameter, change.from_, change.to


def as_settings(values: Mapping[str, Value]) -> dict[str, str]:
    """What a person would type for those values."""
    return {name: as_text(value) for name, value in values.items()}


def info(task: str) -> TaskInfo:
    """The task of that name."""
    return KNOWN[task]
