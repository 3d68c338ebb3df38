"""Judges a sweep of the learning rate: what each one came to, which are good, and which one to take.

A learning rate is scored by its gain: the logarithm of the untrained network's validation loss over that at the end.
Never by the first training loss less the last, which rewards a training that shot up and came half of the way back.

Sources: Smith 2015 (arXiv:1506.01186), the range test; Gugger 2018 and fastai's ``lr_find``: below the lowest loss,
where it still falls, and not at the edge; CS231n, neural networks 3: a learning rate too high gets stuck or explodes.
Longer trainings want a lower one (Bjorck et al. 2024, arXiv:2409.19913), so ties go to the lower.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from dltui.guide.levels import above
from dltui.guide.outcome import Outcome

Verdict = Literal["learned", "no_gain", "worse", "diverged", "failed"]

ABOVE = 1.01
"""A loss so near that of the untrained network is no divergence: nothing was learned, which is another thing."""
SHOT_UP = 1.5
"""Times the first training loss. One batch has up to 1.2 times the loss of another; this is off the ground."""
BAND = 0.5
"""Share of the best gain that a learning rate in the band has. Finders differ by three or four times in what they pick
(torch-lr-finder, fastai's valley and steep), and half of the gain is about half a decade on both sides."""
COLLAPSED = 0.1
"""A higher learning rate with less than this share of the best gain has lost what the lower ones learned: an edge."""
TIE, TIE_SHARE = 1.02, 0.05
"""Losses within 2 % of the lowest are alike: another seed moves them as much. Where all of the gain is little, within
5 % of it."""
TINY = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One learning rate. NaN is what is not known: a trial that died has no loss at the end.

    ``first``: the training loss of its first record; ``train``: its level at the end.
    """

    lr: float
    untrained: float
    val: float
    first: float
    train: float
    failed: bool = False
    error: str = ""

    @staticmethod
    def of(outcome: Outcome) -> "Try":
        """Return what that trial came to."""
        losses = outcome.state.train_loss.raw.values
        return Try(
            lr=float(str(outcome.trial.settings["lr"])),
            untrained=outcome.initial_loss,
            val=math.nan if outcome.failed else outcome.last_loss,
            first=float(losses[0]) if len(losses) else math.nan,
            train=outcome.train_loss,
            failed=outcome.failed,
            error=outcome.error,
        )


@dataclass(frozen=True)
class Sweep:
    """Several learning rates, each tried for the same number of steps, in whatever order."""

    given: Sequence[Try]

    @cached_property
    def tries(self) -> list[Try]:
        """All of them, the lowest learning rate first."""
        return sorted(self.given, key=lambda each: each.lr)

    @cached_property
    def untrained(self) -> float:
        """The validation loss of the untrained network, which is the same for all; NaN if none has told it."""
        return _middle([each.untrained for each in self.given])

    @cached_property
    def first(self) -> float:
        """The training loss before anything was learned."""
        return _middle([each.first for each in self.given])

    @cached_property
    def _lowest(self) -> float:
        """The lowest validation loss at all."""
        losses = (loss for each in self.given for loss in (each.untrained, each.val))
        return min((loss for loss in losses if math.isfinite(loss)), default=math.nan)

    def gain(self, one: Try) -> float:
        """How far its loss has come down, as a logarithm; minus infinity where it has none.

        A loss below 0, as one of the user's own may be, has none: then it is the share of what the lowest one did.
        """
        if not (math.isfinite(one.val) and math.isfinite(self.untrained)):
            return -math.inf
        if self._lowest < 0:
            return (self.untrained - one.val) / ((self.untrained - self._lowest) or 1.0)
        if self.untrained == 0:
            return -math.inf
        return math.log(self.untrained / max(one.val, TINY * self.untrained))

    def verdict(self, one: Try) -> Verdict:
        """What it came to.

        ``worse``: it learns the training set, and the validation loss ends above that of the untrained network.
        """
        if one.failed:
            return "failed"
        if self.blew_up(one):
            return "diverged"
        if one.val > above(self.untrained, ABOVE - 1):
            return "worse" if one.train < self.first else "diverged"
        return "learned" if self.gain(one) > 0 else "no_gain"

    def blew_up(self, one: Try) -> bool:
        """Whether its losses are far above where they began, or no numbers: more than labels of no use would do."""
        if not (math.isfinite(one.val) and math.isfinite(one.train)):
            return True
        far = SHOT_UP - 1
        if one.train > above(self.first, far):
            return True
        return one.val > above(self.untrained, far) and one.train > self.first

    def is_usable(self, one: Try) -> bool:
        """Whether training goes on with that learning rate, without leaving the ground."""
        return self.verdict(one) in ("learned", "no_gain")

    @cached_property
    def best(self) -> Try | None:
        """The one with the lowest loss, of those that are alike the lowest learning rate; None if none is usable."""
        usable = [each for each in self.tries if self.is_usable(each)]
        if not usable:
            return None
        most = max(map(self.gain, usable))
        alike = min(math.log(TIE), TIE_SHARE * abs(most))
        return next(each for each in usable if self.gain(each) >= most - alike)

    @cached_property
    def band(self) -> list[Try]:
        """The learning rates beside the best one that have half of its gain at least, and itself."""
        if self.best is None:
            return []
        at = self.tries.index(self.best)
        low = high = at
        while low > 0 and self._is_good(self.tries[low - 1]):
            low -= 1
        while high < len(self.tries) - 1 and self._is_good(self.tries[high + 1]):
            high += 1
        return self.tries[low : high + 1]

    @cached_property
    def chosen(self) -> Try | None:
        """The one to go on with: the best; where it stands at the edge, the next lower one that is in the band."""
        best = self.best
        if best is None or not self.is_at_edge:
            return best
        at = self.band.index(best)
        return self.band[at - 1] if at > 0 else best

    @property
    def is_at_edge(self) -> bool:
        """Whether the next higher learning rate than the best loses what this one learned."""
        above = self._above
        return above is not None and (not self.is_usable(above) or self.gain(above) < COLLAPSED * self._best_gain)

    @property
    def end(self) -> Literal["", "low", "high"]:
        """At which end of the range the best one lies, so that one may look further; low where nothing is usable."""
        if not self.tries or all(each.failed for each in self.tries):
            return ""
        if self.best is None:
            return "low" if any(self.blew_up(each) for each in self.tries if not each.failed) else ""
        if self.gain(self.best) <= 0:
            return ""
        if self.best is self.tries[-1]:
            return "high"
        return "low" if self.best is self.tries[0] else ""

    def with_verdict(self, verdict: Verdict) -> list[Try]:
        """Return those that came to that, the lowest learning rate first."""
        return [each for each in self.tries if self.verdict(each) == verdict]

    @property
    def _above(self) -> Try | None:
        at = self.tries.index(self.best) + 1 if self.best else len(self.tries)
        return self.tries[at] if at < len(self.tries) else None

    @property
    def _best_gain(self) -> float:
        return self.gain(self.best) if self.best else -math.inf

    def _is_good(self, one: Try) -> bool:
        gain = self.gain(one)
        return self.is_usable(one) and gain > 0 and gain >= BAND * self._best_gain


def _middle(values: Sequence[float]) -> float:
    finite = [each for each in values if math.isfinite(each)]
    return statistics.median(finite) if finite else math.nan
