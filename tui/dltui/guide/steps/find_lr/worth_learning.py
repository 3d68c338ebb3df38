"""Whether anything can be learned from the data: is the validation loss below that of knowing nothing, beyond chance?

What is compared with is the constant answer or the untrained network, whichever is better: an untrained network may
know something by luck, and one with large random answers loses much just by becoming quiet.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from dltui.guide.levels import above
from dltui_trainers.looked import DataReport

CLEAR_SHARE, CLEAR_Z = 0.05, 3.0
"""A loss 5 % below that of knowing nothing, and by three standard errors, is learned."""
LEAST_SHARE, LEAST_Z = 0.03, 1.5
"""Less than this is nothing. Between is a doubt: a table may tell little of its target and yet be sound."""
SEEN_SHARE, SEEN_Z = 0.2, 2.0
"""A validation set that could not tell a loss 20 % lower from chance is too small for saying that there is nothing."""
NEIGHBOUR_Z = 3.0
SMOOTHED = 3
"""Validations whose mean counts: the lowest of many is low by luck."""
TREND_Z = 3.0


class Learned(IntEnum):
    """How sure it is that something was learned."""

    NOTHING = 0
    UNCLEAR = 1
    CLEARLY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """The loss of knowing nothing, on ``n_val`` samples; 0 where their number is not known.

    A loss of the user's own counts as squares do, by its ratio: nobody knows its unit.
    """

    loss: float
    n_val: int
    takes_squares: bool

    @staticmethod
    def of(untrained: float, looked: DataReport | None) -> "Nothing":
        """Return the loss that has to be beaten; without a look at the data it is that of the untrained network."""
        if looked is None:
            return Nothing(loss=untrained, n_val=0, takes_squares=False)
        known = [each for each in (untrained, float(looked.constant_loss)) if math.isfinite(each)]
        return Nothing(
            loss=min(known, default=math.nan),
            n_val=looked.n_val,
            takes_squares=looked.takes_squares or looked.own_loss,
        )

    def share(self, loss: float) -> float:
        """How much of it is gone at that loss; minus infinity for what is no number."""
        known = math.isfinite(loss) and math.isfinite(self.loss) and self.loss
        return (self.loss - loss) / abs(self.loss) if known else -math.inf

    def z(self, loss: float) -> float:
        """How many standard errors it is below, at most 0 where it is not.

        Of answers that are a little better than a constant by g nats a sample, the single differences have a variance
        of 2 g: so much worse a sample may be by chance. So it is sqrt(n g / 2). Of squares g is half the logarithm of
        the ratio (the likelihood of normal errors).
        """
        if self.share(loss) <= 0:
            return 0.0
        nats = self._nats_of_squares(loss) if self.takes_squares else self.loss - loss
        return math.sqrt(self.n_val * nats / 2)

    def _nats_of_squares(self, loss: float) -> float:
        if self.loss <= 0:  # a loss of the user's own
            return 0.5 * self.share(loss)
        return 0.5 * math.log(self.loss / max(loss, 1e-12 * self.loss))

    @property
    def is_told_apart(self) -> bool:
        """Whether there are enough validation samples to see that something was learned."""
        return self.z(above(self.loss, -SEEN_SHARE)) >= SEEN_Z

    def learned(self, loss: float) -> Learned:
        """Judge a validation loss."""
        share, z = self.share(loss), self.z(loss) if self.n_val else math.inf
        if share >= CLEAR_SHARE and z >= CLEAR_Z:
            return Learned.CLEARLY
        return Learned.UNCLEAR if share >= LEAST_SHARE and z >= LEAST_Z else Learned.NOTHING


def lowest(losses: Sequence[float]) -> float:
    """Return the lowest level of a curve after its first point, which is of the untrained network; NaN without one."""
    after = np.asarray(losses, dtype=np.float64)[1:]
    after = after[np.isfinite(after)]
    if len(after) < SMOOTHED:
        return float(np.mean(after)) if len(after) else math.nan
    return float(np.convolve(after, np.full(SMOOTHED, 1 / SMOOTHED), mode="valid").min())


def still_falls(losses: Sequence[float], nothing: Nothing) -> bool:
    """Whether a curve goes down in its last two thirds beyond its noise, and so that as much again would tell.

    What lies above its first point counts as that: coming back from a leap of the weights is no learning.
    """
    whole = np.asarray(losses, dtype=np.float64)
    after = np.minimum(whole[1:], whole[0]) if len(whole) else whole
    third = len(after) // 3
    if third < 2 or not np.isfinite(after).all():
        return False
    middle, last = after[third : 2 * third], after[-third:]
    noise = float(np.median(np.abs(np.diff(after - np.linspace(0, after[-1] - after[0], len(after))))))
    fall = float(middle.mean() - last.mean())
    as_much_again = float(last.mean()) - 3 * fall
    return fall > TREND_Z * noise / math.sqrt(third) and nothing.share(as_much_again) >= LEAST_SHARE


def neighbours_know(looked: DataReport | None) -> bool:
    """Whether the nearest training samples tell the target of a sample beyond chance: then the inputs do, too."""
    if looked is None or looked.neighbour_score is None or not looked.val_compared:
        return False
    score, n = float(looked.neighbour_score), looked.val_compared
    if looked.kind == "regression":
        return score > 0 and math.sqrt(n * score) / 2 > NEIGHBOUR_Z
    return score - looked.chance > NEIGHBOUR_Z * math.sqrt(max(looked.chance * (1 - looked.chance), 0.01) / n)
