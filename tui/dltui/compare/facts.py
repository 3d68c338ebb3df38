"""The numbers by which runs are compared, and which run has the best of each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dltui.diagnosis.finding import Diagnosis, Verdict
from dltui.runs.status import RunStatus
from dltui.series.growing import Column
from dltui.series.state import RunState
from dltui_trainers.runlog import Value
from dltui_trainers.taskfile.names import shown_task

LOWER_IS_BETTER = ("best_val_loss", "train_loss", "best_perplexity")
HIGHER_IS_BETTER = ("best_accuracy", "best_r2")
"""Of these a best is told. That a training took longer, or has more parameters, is neither better nor worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One run in a few numbers: None where the log does not tell one, NaN where NaN was logged.

    ``best_val_loss``: the lowest that is finite, at ``best_step`` and, where the log has epochs, ``best_epoch``.
    ``train_loss``: the last one, smoothed as in the chart; ``val_loss``: the last one. ``elapsed_s``: from the first
    record to the last. ``task`` and ``loss``: what was trained, and which loss it is; empty where that is not known.
    """

    status: RunStatus
    verdict: Verdict | None
    confidence: float | None
    best_val_loss: float | None
    best_step: float | None
    best_epoch: float | None
    val_loss: float | None
    train_loss: float | None
    best_accuracy: float | None
    accuracy: float | None
    best_perplexity: float | None = None
    perplexity: float | None = None
    best_r2: float | None = None
    r2: float | None = None
    step: int
    epoch: float | None
    planned_epochs: float | None
    elapsed_s: float | None
    parameters: int | None
    task: str
    loss: str
    hparams: dict[str, Value] = field(default_factory=dict)


def facts_of(state: RunState, diagnosis: Diagnosis | None) -> RunFacts:
    """Return the facts of a run as it is now; ``diagnosis``: None while it was not judged yet."""
    manifest, best = state.manifest, state.best
    accuracy, perplexity, r2 = (state.eval_metrics[name] for name in ("val_accuracy", "val_perplexity", "val_r2"))
    train = state.train_loss
    return RunFacts(
        status=state.status,
        verdict=diagnosis.verdict if diagnosis else None,
        confidence=diagnosis.confidence if diagnosis else None,
        best_val_loss=best.val_loss if best else None,
        best_step=best.step if best else None,
        best_epoch=_finite(best.epoch) if best else None,
        val_loss=state.val_loss.last if len(state.val_loss) else None,
        train_loss=float(train.smooth.values[-1]) if len(train) else None,
        best_accuracy=_highest(accuracy.raw.values),
        accuracy=accuracy.last if len(accuracy) else None,
        best_perplexity=_lowest(perplexity.raw.values),
        perplexity=perplexity.last if len(perplexity) else None,
        best_r2=_highest(r2.raw.values),
        r2=r2.last if len(r2) else None,
        step=state.step,
        epoch=_finite(state.epoch),
        planned_epochs=_finite(state.planned_epochs),
        elapsed_s=_finite(state.elapsed_s),
        parameters=manifest.model.parameters if manifest and manifest.model else None,
        task=shown_task(manifest.task) if manifest else "",
        loss=manifest.loss if manifest else "",
        hparams=state.hparams,
    )


def has_begun(state: RunState) -> bool:
    """Whether there is anything to tell of a run: its log or its manifest is here."""
    return state.manifest is not None or len(state.train_loss) > 0 or len(state.val_loss) > 0


def best_of(runs: Sequence[RunFacts | None]) -> dict[str, frozenset[int]]:
    """Return the positions of the runs with the best value of each fact, name of the fact -> positions.

    Runs that are as good are all told. Where fewer than two runs have a finite value nothing is best.
    """
    found: dict[str, frozenset[int]] = {}
    for names, sign in ((LOWER_IS_BETTER, 1.0), (HIGHER_IS_BETTER, -1.0)):
        for name in names:
            values = {at: sign * value for at, run in enumerate(runs) if (value := _value(run, name)) is not None}
            lowest = min(values.values(), default=math.nan)
            best = frozenset(at for at, value in values.items() if value == lowest)
            found[name] = best if len(values) > 1 else frozenset()
    return found


def _value(run: RunFacts | None, name: str) -> float | None:
    value: float | None = getattr(run, name) if run is not None else None
    return value if value is not None and math.isfinite(value) else None


def _highest(values: Column) -> float | None:
    """The highest finite value; NaN where there are values and none is finite."""
    finite = values[np.isfinite(values)]
    return float(finite.max()) if len(finite) else (math.nan if len(values) else None)


def _lowest(values: Column) -> float | None:
    """The lowest finite value; NaN where there are values and none is finite."""
    highest = _highest(-values)
    return None if highest is None else -highest


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
