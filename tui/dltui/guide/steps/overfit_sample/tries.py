"""The attempts to teach a network a small sample, in the order in which they were made."""

import math
from dataclasses import dataclass, field

from dltui.guide.outcome import Outcome
from dltui.guide.steps.overfit_sample.causes import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One attempt. ``cause``: what was changed; None for the network as it is."""

    cause: Cause | None
    outcome: Outcome
    learned: bool

    @property
    def is_about_rate(self) -> bool:
        """Whether it differs from the first in the learning rate alone, or not at all."""
        return self.cause is None or self.cause.key == "lr"

    @property
    def lr(self) -> float:
        """Its learning rate."""
        return float(str(self.outcome.trial.settings["lr"]))


@dataclass(slots=True)
class Tries:
    """All attempts, in order."""

    made: list[Try] = field(default_factory=list)

    def add(self, cause: Cause | None, outcome: Outcome, learned: bool) -> None:
        """Take one in."""
        self.made.append(Try(cause=cause, outcome=outcome, learned=learned))

    @property
    def base(self) -> Outcome | None:
        """The first one, of the network as it is; None if there was no time for it."""
        return self.made[0].outcome if self.made and self.made[0].cause is None else None

    @property
    def worked(self) -> Try | None:
        """The first that learned the sample; None if none did."""
        return next((each for each in self.made if each.learned), None)

    @property
    def all_failed(self) -> bool:
        """Whether each of them broke off."""
        return all(each.outcome.failed for each in self.made)

    @property
    def at_rates(self) -> list[Outcome]:
        """Those that differ in nothing but the learning rate, and did not break off."""
        return [each.outcome for each in self.made if each.is_about_rate and not each.outcome.failed]

    @property
    def best(self) -> Try:
        """The one that came farthest. Raises :class:`ValueError` without any."""
        return min(self.made, key=lambda each: _or_infinite(each.outcome.train_loss))

    @property
    def best_lr(self) -> float:
        """The learning rate that came farthest."""
        return self.best.lr


def _or_infinite(loss: float) -> float:
    return loss if math.isfinite(loss) else math.inf
