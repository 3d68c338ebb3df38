"""All that a search for the learning rate has tried, and what is plain from it: what to take, and what is broken."""

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from dltui.formatting import setting
from dltui.guide.outcome import Outcome
from dltui.guide.result import Check
from dltui.guide.steps.find_lr.sweep import Sweep, Try
from dltui.guide.steps.find_lr.worth_learning import Learned, Nothing, lowest
from dltui.guide.steps.saying import fault
from dltui_trainers.looked import DataReport

RANGE_TEST = "range-test"
SAME = 1e-6
"""Curves that agree so far are one curve: other learning rates differ after the first step."""
LEAST_SAME = 3
LOGGED = 1e-3
"""A learning rate in the log that is so far from the one that was set is another one."""


@dataclass(slots=True, kw_only=True)
class Found:
    """All that was tried. ``given``: the user's learning rate, if there is one. ``longer``: times the steps of the
    second attempts, 0 where there were none. ``widened``: at which end the range was."""

    steps: int
    rates: list[float]
    given: float | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    longer: int = 0
    widened: str = ""

    @property
    def swept(self) -> list[Outcome]:
        """The trials of the sweep, the lowest learning rate first."""
        found = [self.outcomes.get(f"lr-{setting(rate)}") for rate in sorted(self.rates)]
        return [each for each in found if each is not None and _has_come_through(each)]

    @property
    def repeats(self) -> list[Outcome]:
        """Those that were tried for longer."""
        return sorted(
            (each for name, each in self.outcomes.items() if name.endswith("-steps") and _has_come_through(each)),
            key=lambda each: float(str(each.trial.settings["lr"])),
        )

    @property
    def range_test(self) -> Outcome | None:
        """The training whose learning rate rises."""
        return self.outcomes.get(RANGE_TEST)

    @property
    def sweep(self) -> Sweep:
        """The sweep, to be judged."""
        return Sweep([Try.of(each) for each in self.swept])

    @property
    def judged(self) -> Sweep:
        """What to choose from: the longer trials, where they were needed and any came to something."""
        longer = Sweep([Try.of(each) for each in self.repeats])
        return longer if longer.best is not None else self.sweep

    @property
    def best_known(self) -> Try | None:
        """The one to go on with; where none is usable, the tame one with the lowest training loss."""
        sweep = self.judged
        if sweep.chosen is not None:
            return sweep.chosen
        tame = [each for each in sweep.tries if not each.failed and not sweep.blew_up(each)]
        return min(tame, key=lambda each: (each.train, each.lr), default=None)

    @property
    def steps_judged(self) -> int:
        """The steps of each trial in :attr:`judged`."""
        return self.steps * (self.longer if self.repeats and self.judged.given != self.sweep.given else 1)

    def nothing(self, looked: DataReport | None) -> Nothing:
        """The loss of knowing nothing."""
        return Nothing.of(self.sweep.untrained, looked)

    def learned(self, looked: DataReport | None) -> Learned:
        """How sure it is that any training has learned something, by where it ended or by the level between."""
        nothing = self.nothing(looked)
        ends = [each.last_loss for each in (*self.swept, *self.repeats) if not each.failed]
        levels = [lowest(each.val_losses.tolist()) for each in self.repeats]
        return max((nothing.learned(each) for each in (*ends, *levels)), default=Learned.NOTHING)

    @property
    def fault_of_rates(self) -> Check | None:
        """What is wrong with how the learning rate is used, whatever the data are; None if nothing is."""
        return self._other_rate() or self._without_effect() or self._all_lost()

    def _other_rate(self) -> Check | None:
        for each in self.swept:
            rate = float(str(each.trial.settings["lr"]))
            logged = each.state.step_metrics["lr"].raw.values
            other = [value for value in logged.tolist() if not math.isclose(value, rate, rel_tol=LOGGED)]
            if other:
                return fault("find_lr.other_rate", lr=rate, logged=other[0])
        return None

    def _without_effect(self) -> Check | None:
        curves = [_curves(each) for each in self.swept if not each.failed]
        curves = [each for each in curves if len(each) > 2 and np.isfinite(each).all()]
        if len(curves) < max(LEAST_SAME, len(self.swept) - 1):
            return None
        if not all(_are_same(one, other) for one, other in pairwise(curves)):
            return None
        moves = any(not _are_same(each.val_losses[:1], each.val_losses[-1:]) for each in self.swept if not each.failed)
        places = {"low": min(self.rates), "high": max(self.rates)}
        return fault("find_lr.without_effect" if moves else "find_lr.nothing_moves", **places)

    def _all_lost(self) -> Check | None:
        """Nothing is left: all broke off, or blew up."""
        sweep = self.sweep
        if not sweep.tries:
            return None
        errors = [each.error for each in sweep.tries if each.failed]
        if len(errors) == len(sweep.tries):
            return fault("find_lr.all_failed", count=len(errors), error=next(filter(None, errors), ""))
        alive = [each for each in sweep.tries if not each.failed]
        if len(alive) >= LEAST_SAME - 1 and all(map(sweep.blew_up, alive)):
            return fault("find_lr.all_diverged", low=alive[0].lr, high=alive[-1].lr, untrained=sweep.untrained)
        return None


def _has_come_through(outcome: Outcome) -> bool:
    """Whether it can be compared: one that was cut short for want of time has had other steps."""
    return outcome.failed or (not outcome.by_guide and len(outcome.val_losses) > 1)


def _curves(outcome: Outcome) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.concatenate([outcome.val_losses, outcome.state.train_loss.raw.values])


def _are_same(
    one: "np.ndarray[tuple[int], np.dtype[np.float64]]", other: "np.ndarray[tuple[int], np.dtype[np.float64]]"
) -> bool:
    return len(one) == len(other) and bool(np.allclose(one, other, rtol=SAME, atol=0))
