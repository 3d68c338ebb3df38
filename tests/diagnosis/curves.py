"""Runs made of arrays, for the tests of the diagnosis: what a log with those curves becomes.

    state = run(train=falling(60), val=falling(60), manifest=plan(epochs=60))

Curves are given a value an epoch or a value a step; steps are numbered from 1, ``EPOCH`` of them an epoch.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import runlogs

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Diagnosis, Evidence, Finding, Severity, Symptom
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, Rows
from dltui.series.state import RunState
from dltui_trainers.runlog import EVAL_METRICS, DataInfo, LayersRecord, LayerStats, Manifest, Value

Values = npt.NDArray[np.float64]

EPOCH = 10
"""Steps in an epoch unless told otherwise."""
SECONDS = 0.1
"""Between two steps."""


def along(length: int) -> Values:
    """How far a training of ``length`` records has come at each: from just above 0 to 1."""
    return np.arange(1, length + 1) / length


def falling(length: int, *, first: float = 2.3, last: float = 0.3, rate: float = 8.0) -> Values:
    """A sound curve: steep first, level at the end. It starts just below ``first`` and nears ``last``."""
    return last + (first - last) * np.exp(-rate * along(length))


def turning(length: int, *, turn: float = 0.3, lowest: float = 0.6, end: float = 1.2, first: float = 2.3) -> Values:
    """A curve that falls to ``lowest`` at the share ``turn`` of the run and climbs in a straight line to ``end``."""
    t = along(length)
    down = lowest + (first - lowest) * (1 - np.minimum(t / turn, 1)) ** 2
    return np.where(t < turn, down, lowest + (end - lowest) * (t - turn) / (1 - turn))


def jittered(values: npt.ArrayLike, share: float, seed: int = 0) -> Values:
    """The values times random factors near 1; ``share`` is their standard deviation."""
    clean = np.asarray(values, dtype=np.float64)
    return clean * np.exp(share * np.random.default_rng(seed).normal(size=len(clean)))


def epoch_means(values: npt.ArrayLike, per_epoch: int = EPOCH) -> Values:
    """What a log that has one training loss an epoch tells of a curve that has one a step."""
    return np.asarray(values, dtype=np.float64).reshape(-1, per_epoch).mean(axis=1)


def plan(
    *,
    epochs: int = 60,
    steps_per_epoch: int = EPOCH,
    hparams: dict[str, Value] | None = None,
    class_counts: list[int] | None = None,
    classes: int | None = None,
    n_val: int = 10_000,
    expected_initial_loss: float | None = None,
    **rest: Any,
) -> Manifest:
    """A manifest; it tells no hyperparameters and no expected loss unless they are given.

    ``classes`` without ``class_counts``: there are classes, but a sample has none of its own, as in a text.
    """
    classes = len(class_counts) if class_counts else classes
    data = DataInfo(n_train=640, n_val=n_val, classes=classes, class_counts=class_counts, input_shape=[64])
    return runlogs.manifest(
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        hparams=hparams or {},
        data=data,
        expected_initial_loss=expected_initial_loss,
        **rest,
    )


def layers(step: int, /, **named: LayerStats) -> LayersRecord:
    """The statistics of the layers, in the order of the network."""
    return LayersRecord(step=step, time=runlogs.START_S, layers=named)


def rows(
    steps: npt.ArrayLike, given: dict[str, npt.ArrayLike | None], names: tuple[str, ...], timed: bool = True
) -> Rows:
    """The records of one kind; a measurement that is not given is unknown in all of them."""
    step = np.asarray(steps, dtype=np.float64)
    blank = np.full(len(step), np.nan)
    values = {name: blank for name in names}
    for name, value in given.items():
        if value is not None:
            values[name] = np.broadcast_to(np.asarray(value, dtype=np.float64), len(step)).copy()
    unknown = {name: np.ones(len(step), dtype=np.bool_) for name in names if given.get(name) is None}
    return Rows(
        step=step,
        epoch=step / EPOCH,
        time=runlogs.START_S + SECONDS * step if timed else blank,
        values=values,
        unknown=unknown,
    )


STEP_NAMES = ("train_loss", "lr", "grad_norm", "update_ratio", "throughput")
EVAL_NAMES = EVAL_METRICS


def run(
    train: npt.ArrayLike | None = None,
    val: npt.ArrayLike | None = None,
    *,
    train_step: npt.ArrayLike | None = None,
    val_step: npt.ArrayLike | None = None,
    accuracy: npt.ArrayLike | None = None,
    recall: npt.ArrayLike | None = None,
    r2: npt.ArrayLike | None = None,
    train_accuracy: npt.ArrayLike | None = None,
    lr: npt.ArrayLike | None = None,
    grad_norm: npt.ArrayLike | None = None,
    update_ratio: npt.ArrayLike | None = None,
    layers: LayersRecord | None = None,
    manifest: Manifest | None = None,
    hparams: dict[str, Value] | None = None,
    status: RunStatus = RunStatus.FINISHED,
    timed: bool = True,
) -> RunState:
    """Return the run that has those curves.

    Without steps: validations (``val``, or ``accuracy`` in a log without losses) end the epochs, and a training curve
    as long as them has the mean of each epoch; a longer one has a value for each step.
    """
    state = RunState()
    state.manifest = manifest
    state.told_hparams = dict(hparams or {})
    state.status = status
    evals = {
        "val_loss": val,
        "val_accuracy": accuracy,
        "val_recall": recall,
        "val_r2": r2,
        "train_accuracy": train_accuracy,
    }
    validations = max((np.size(each) for each in evals.values() if each is not None), default=0)
    trainings = np.size(train) if train is not None else 0
    per_epoch = trainings // validations if validations and trainings > validations else EPOCH
    if train is not None and trainings:
        by_step = np.arange(1, trainings + 1) * (1 if trainings > validations else EPOCH)
        measured = {"train_loss": train, "lr": lr, "grad_norm": grad_norm, "update_ratio": update_ratio}
        state.extend(Batch(steps=rows(by_step if train_step is None else train_step, measured, STEP_NAMES, timed)))
    if validations:
        by_epoch = np.arange(1, validations + 1) * per_epoch
        state.extend(Batch(evals=rows(by_epoch if val_step is None else val_step, evals, EVAL_NAMES, timed)))
    state.layers = layers
    return state


def found(state: RunState, symptom: Symptom) -> Finding:
    """Return the finding of that symptom; fail the test if there is none."""
    diagnosis = examine(state)
    finding = diagnosis.find(symptom)
    assert finding is not None, f"no {symptom} among {[str(each.symptom) for each in diagnosis.findings]}"
    assert 0 < finding.confidence <= 1 and finding.evidence
    return finding


def silent(state: RunState, symptom: Symptom) -> bool:
    """Whether that symptom is not found."""
    return examine(state).find(symptom) is None


def evidence(finding: Finding, name: str) -> Evidence:
    """Return the evidence of that name."""
    return next(each for each in finding.evidence if each.name == name)


def warned(diagnosis: Diagnosis) -> set[Symptom]:
    """What is found that is more than a note."""
    return {each.symptom for each in diagnosis.findings if each.severity is not Severity.INFO}


Curve = Callable[[Values], Values]


class Training:
    """A training as it is, before anybody logs it: clean curves over its progress from 0 to 1, and their unrest.

    ``batch_noise``: of the loss of one step; ``unrest``: of whole epochs, in training and in validation; ``val_noise``:
    of one validation. All as shares of the loss. ``noise`` below multiplies the first and the last: unrest is no noise.
    """

    def __init__(
        self, train: Curve, val: Curve, *, batch_noise: float = 0.1, val_noise: float = 0.01, unrest: float = 0.0
    ) -> None:
        self.train, self.val = train, val
        self.batch_noise, self.val_noise, self.unrest = batch_noise, val_noise, unrest

    def logged(
        self,
        by: Literal["step", "epoch"] = "step",
        *,
        epochs: int = 60,
        per_epoch: int = EPOCH,
        scale: float = 1.0,
        noise: float = 1.0,
        seed: int = 0,
        **rest: Any,
    ) -> RunState:
        """The training as a log has it: a training loss for each step, or the mean of each epoch."""
        rng = np.random.default_rng(seed)
        whole = np.exp(self.unrest * rng.normal(size=epochs))
        single = np.exp(noise * self.batch_noise * rng.normal(size=epochs * per_epoch))
        train = self.train(along(epochs * per_epoch)) * single * np.repeat(whole, per_epoch) * scale
        val = self.val(along(epochs)) * whole * np.exp(noise * self.val_noise * rng.normal(size=epochs)) * scale
        ends = np.arange(1, epochs + 1) * per_epoch
        if by == "epoch":
            return run(epoch_means(train, per_epoch), val, train_step=ends, val_step=ends, **rest)
        return run(train, val, val_step=ends, **rest)


TRAININGS = {
    "healthy": Training(lambda t: 0.3 + 2.0 * np.exp(-8 * t), lambda t: 0.35 + 1.95 * np.exp(-8 * t)),
    "overfitting": Training(
        lambda t: 0.05 + 2.25 * np.exp(-6 * t), lambda t: 0.6 + 1.7 * np.exp(-12 * t) + 1.2 * np.maximum(0, t - 0.25)
    ),
    "stuck": Training(lambda t: 2.3 + 0 * t, lambda t: 2.3 + 0 * t, batch_noise=0.01, val_noise=0.002),
    "too slow": Training(lambda t: 2.3 - 0.2 * t, lambda t: 2.31 - 0.2 * t, batch_noise=0.02, val_noise=0.002),
    "diverged": Training(
        lambda t: np.where(t < 0.5, 0.5 + 1.8 * np.exp(-8 * t), 0.53 + 6 * (t - 0.5)),
        lambda t: np.where(t < 0.5, 0.55 + 1.8 * np.exp(-8 * t), 0.58 + 6 * (t - 0.5)),
    ),
    "still falling": Training(lambda t: 2.3 * np.exp(-1.6 * t), lambda t: 2.35 * np.exp(-1.5 * t)),
    "noisy validation": Training(
        lambda t: 0.3 + 2.0 * np.exp(-8 * t), lambda t: 0.35 + 1.95 * np.exp(-8 * t), val_noise=0.08
    ),
    "oscillating": Training(lambda t: 1.7 + 0.6 * np.exp(-30 * t), lambda t: 1.75 + 0.6 * np.exp(-30 * t), unrest=0.25),
}
"""Eight that a person would name at a glance."""
