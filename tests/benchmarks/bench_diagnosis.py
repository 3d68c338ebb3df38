"""What a diagnosis costs at each update of a run: all rules and the advice, over logs of growing length.

CPU time, the median of many. The run has every measurement that a log can have, so that every rule looks at it.
"""

import time

import numpy as np
import numpy.typing as npt

from benchmarks.result import Result
from dltui.advice.prescribe import prescribe
from dltui.diagnosis.examine import examine
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, Rows
from dltui.series.state import RunState
from dltui_trainers.runlog import Value

Values = npt.NDArray[np.float64]

_ROUNDS = 40
_WARM_UP = 40
"""Updates before those that count: for some tenths of a second a processor that was idle runs at half its speed."""
_TARGET_MS = 5.0
_STEPS = (10**3, 10**5, 10**6, 10**7)
_VALIDATIONS = (200, 5000)
_AT_ONCE = 10**6
_HPARAMS: dict[str, Value] = {
    "lr": 0.001,
    "batch_size": 64,
    "optimizer": "adam",
    "schedule": "cosine",
    "norm": "none",
    "dropout": 0.0,
    "weight_decay": 0.0,
    "layers": 2,
    "width": 256,
}


def measure() -> list[Result]:
    """One update of an overfitting run, for which there is much to find and to advise."""
    results = []
    for steps in _STEPS:
        for validations in _VALIDATIONS:
            name = f"diagnosis and advice, {steps:.0e} steps, {validations} validations"
            value = _median_ms(steps, validations)
            results.append(Result(name=name, value=value, unit="ms CPU", target=_TARGET_MS))
    return results


def _run(steps: int, validations: int) -> RunState:
    state = RunState()
    state.told_hparams = dict(_HPARAMS)
    state.status = RunStatus.RUNNING
    rng = np.random.default_rng(0)
    for first in range(1, steps + 1, _AT_ONCE):
        _extend(state, np.arange(first, min(steps + 1, first + _AT_ONCE)) / steps, steps, rng)
    _validate(state, np.arange(1, validations + 1) / validations, steps, rng)
    return state


def _extend(state: RunState, t: Values, steps: int, rng: np.random.Generator) -> None:
    """Log the steps at the shares ``t`` of the run."""
    loss = (2.3 * np.exp(-6 * t) + 0.08) * np.exp(rng.normal(0, 0.3, len(t)))
    values = {
        "train_loss": loss,
        "lr": 0.0005 * (1 + np.cos(np.pi * t)),
        "grad_norm": 0.5 + loss,
        "update_ratio": np.full(len(t), 1e-3),
        "throughput": np.full(len(t), 1e4),
    }
    state.extend(Batch(steps=Rows(step=t * steps, epoch=100 * t, time=t * steps, values=values)))


def _validate(state: RunState, t: Values, steps: int, rng: np.random.Generator) -> None:
    """Log the validations at the shares ``t`` of the run; the best is at a third of it."""
    turned = np.maximum(0, t - 0.3)
    loss = (0.4 + 1.9 * np.exp(-12 * t) + 0.8 * turned) * np.exp(rng.normal(0, 0.01, len(t)))
    right = 0.9 - 0.8 * np.exp(-12 * t) - 0.1 * turned
    values = {"val_loss": loss, "val_accuracy": right, "val_precision": right, "val_recall": right}
    values["train_accuracy"] = 1 - 0.9 * np.exp(-6 * t)
    state.extend(Batch(evals=Rows(step=t * steps, epoch=100 * t, time=t * steps, values=values)))


def _median_ms(steps: int, validations: int) -> float:
    """The median over updates: some steps and a validation arrive, unpaid, and all is looked at anew."""
    state, rng = _run(steps, validations), np.random.default_rng(1)
    costs = []
    for each in range(_WARM_UP + _ROUNDS):
        now = 1 + 10 * each / steps
        _extend(state, now + np.arange(1, 11) / steps, steps, rng)
        _validate(state, np.array([now + 10 / steps]), steps, rng)
        start = time.process_time()
        diagnosis = examine(state, now_s=state.last_s)
        changes = prescribe(state, diagnosis)
        costs.append(time.process_time() - start)
        assert diagnosis.findings and changes
    return float(np.median(costs[_WARM_UP:])) * 1e3
