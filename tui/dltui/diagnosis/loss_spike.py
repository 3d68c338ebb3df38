"""The training loss jumps up and comes back."""

import numpy as np

from dltui.diagnosis.diverged import find as find_divergence
from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.reduction import Values
from dltui.diagnosis.rule import WARM_UP_SHARE
from dltui.diagnosis.statistics import GAUSS

DEVIATIONS = 8.0
"""Median absolute deviations above the level: far outside what the noise of batches does."""
OF_THE_DESCENT = 0.2
"""A spike that undoes less than a fifth of what was learned is not worth a word."""
MANY = 3
"""One is a note. Several that undo, for a moment, all that was learned are a warning."""


def find(run: Observed) -> Finding | None:
    """Single steps in which the training loss shoots up, and from which it recovers.

    Causes: a bad batch, Adam's second moment that forgot (loss near 0), a learning rate at the edge. A few are a note;
    several that reach the first loss again are a reason to clip the gradient. Silent in the first twentieth of the
    run, and where the loss stays up: that is divergence.
    Source: Google Tuning Playbook (instability: clipping, warm-up); Wortsman et al. 2023, arXiv:2309.14322.
    """
    peaks = run.train_peaks
    if len(peaks) < 20 or find_divergence(run) is not None:
        return None
    level = run.train_smooth
    above = peaks.value - level
    usual = float(np.median(above))
    limit = usual + DEVIATIONS * GAUSS * float(np.median(np.abs(above - usual)))
    descent = float(level[0]) - float(level.min())
    late = peaks.step > run.first_step + WARM_UP_SHARE * (run.last_step - run.first_step)
    spikes = np.flatnonzero(late & (above > max(limit, OF_THE_DESCENT * descent)) & (above > 0.5 * np.abs(level)))
    # neighbouring blocks are one spike
    spikes = spikes[np.diff(spikes, prepend=-2) > 1]
    if not len(spikes):
        return None
    highest = int(spikes[np.argmax(above[spikes])])
    factor = float(peaks.value[highest] / level[highest]) if level[highest] > 0 else float("inf")
    numbers = {"spike_step": float(peaks.step[highest]), "count": float(len(spikes))}
    return Finding(
        symptom=Symptom.LOSS_SPIKE,
        severity=Severity.WARNING if _undone(peaks.value[spikes], float(level[0])) else Severity.INFO,
        confidence=0.8,
        since_step=float(peaks.step[spikes[0]]),
        evidence=(Evidence(name="spike", value=factor, unit=Unit.FACTOR, numbers=numbers),),
        guide_step=3,
    )


def _undone(spikes: Values, start: float) -> bool:
    return int(np.count_nonzero(spikes > start)) >= MANY
