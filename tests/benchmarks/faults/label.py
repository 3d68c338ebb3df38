"""What a training is called, decided from its outcome and the best configuration of its task. Never from a diagnosis.

The constants were written down before the first training was labelled, and are not for tuning.
"""

from enum import StrEnum

from benchmarks.faults.outcome import Outcome
from benchmarks.faults.references import Reference

NOISES = 3.0
"""Differences below three deviations from seed to seed are chance."""
RISE = 0.05
"""A validation loss that ends 5 % above its best has lost something that early stopping would have kept."""
WORSE = 0.10
"""Between 5 and 10 % worse than the best configuration nobody would be sure, so those are not scored."""
FROM_START = 0.05
"""A network that answers the same for every input ends within 5 % of where it began, above or below."""


class Label(StrEnum):
    """The words of the verdict, and one for what nobody could be sure of."""

    GOOD_FIT = "good_fit"
    OVERFITTING = "overfitting"
    UNDERFITTING = "underfitting"
    DIVERGED = "diverged"
    BORDERLINE = "borderline"


def label(outcome: Outcome, reference: Reference, *, same_data: bool) -> Label:
    """Return what the training is; the first that holds, in this order.

    ``same_data``: it had the reference's training set. With fewer samples or wrong labels the training loss has another
    floor, so that neither underfitting nor a good fit can be told by comparison.
    """
    if not outcome.finite or outcome.end_train_loss > outcome.initial_train_loss * (1 + FROM_START):
        return Label.DIVERGED
    chance = NOISES * reference.val_noise
    if outcome.rise > max(RISE, chance):
        # Where the training loss rose too, or nothing was learned, something else broke: nothing that we score.
        learned = outcome.end_train_loss < outcome.initial_train_loss * (1 - FROM_START)
        fell = outcome.logged_train_at_end < outcome.logged_train_at_best
        return Label.OVERFITTING if learned and fell else Label.BORDERLINE
    if not same_data:
        return Label.BORDERLINE
    if outcome.best_val_loss / reference.val_loss - 1 > max(WORSE, chance):
        above = outcome.end_train_loss / reference.train_loss - 1
        return Label.UNDERFITTING if above > max(WORSE, NOISES * reference.train_noise) else Label.BORDERLINE
    worse = outcome.end_val_loss / reference.val_loss - 1
    return Label.GOOD_FIT if worse <= max(RISE, chance) else Label.BORDERLINE
