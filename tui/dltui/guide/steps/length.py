"""How long trials may be: how many epochs fit into the time, and how many it takes for an epoch to be one."""

import math
from collections.abc import Mapping

from dltui.guide.trial import Work
from dltui_trainers.runlog import Value

OVERHEAD_S = 0.15
"""What a trial takes beside its steps: its start, its checkpoints, and until its end is seen."""


def overhead_s(work: Work) -> float:
    """Return it for trials of this task: that of a person's own loads its data anew each time."""
    return OVERHEAD_S + (work.looked.load_s if work.looked else 0.0)


def steps_per_epoch(work: Work, settings: Mapping[str, Value] | None = None) -> int:
    """Return the steps of an epoch with these settings."""
    samples = work.looked.n_train if work.looked else 1
    return max(1, math.ceil(samples / work.hparams(settings).batch_size))


def costs(work: Work) -> tuple[float, float]:
    """Return about how many seconds a step and a validation take, as they were measured in the first step.

    NaN where nothing was measured.
    """
    models = [each for each in work.looked.models if not each.error] if work.looked else []
    if not models:
        return math.nan, math.nan
    chosen = {name: str(value) for name, value in work.settings.items()}
    fitting = [each for each in models if all(chosen.get(name) == value for name, value in each.settings.items())]
    model = (fitting or models)[0]
    return model.step_s, model.validation_s


def epoch_s(work: Work, settings: Mapping[str, Value] | None = None) -> float:
    """Return about how many seconds an epoch and its validation take; NaN where nothing was measured."""
    step_s, validation_s = costs(work)
    return steps_per_epoch(work, settings) * step_s + validation_s


def at_least(work: Work, epochs: int, steps: int) -> int:
    """Return ``epochs``, or as many as make ``steps``: of twelve samples an epoch is one step, which teaches little."""
    return max(epochs, math.ceil(steps / steps_per_epoch(work)))


def trial_s(work: Work, epochs: float) -> float:
    """Return about how many seconds a trial of that many epochs takes."""
    seconds = epoch_s(work)
    return overhead_s(work) + (epochs * seconds if math.isfinite(seconds) else 0.0)
