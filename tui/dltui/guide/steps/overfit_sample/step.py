"""Step 2: overfit a small sample. A network that cannot learn a handful of samples by heart will learn nothing of many.

It trains on a few samples of each class with everything off that holds it back, and beside it with ten times the
learning rate. Where neither works, the causes are tried in their order until one does. What worked is told; a learning
rate is not handed on, because the next step looks for it. Layers that do not move are a fault even if the rest learns
without them.
Source: CS231n, six steps, step 2; Karpathy 2019 (overfit one batch).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from dltui.guide.outcome import Outcome
from dltui.guide.result import StepResult
from dltui.guide.steps.overfit_sample.causes import Cause, causes, faster
from dltui.guide.steps.overfit_sample.found import result_of
from dltui.guide.steps.overfit_sample.small_sample import Bar, blew_up, sample_settings
from dltui.guide.steps.overfit_sample.still import check_rate
from dltui.guide.steps.overfit_sample.tries import Tries
from dltui.guide.steps.usable import task_of, usable
from dltui.guide.trial import Trial, Work
from dltui_trainers.looked import DataReport
from dltui_trainers.runlog import Value

BASE = "base"
SHARE_OF_TIME = 0.4
"""Of the time for the step, that a single trial may take."""


def run(work: Work) -> StepResult:
    """Train on a small sample and find out what it takes. Raises :class:`GuideError`."""
    looked = usable(work)
    search = _Search(work, looked, sample_settings(work, looked))
    search.run()
    return result_of(work, looked, search.tries)


@dataclass(slots=True)
class _Search:
    """Tries one cause after the other, as many at a time as there are workers, until the sample is learned."""

    work: Work
    looked: DataReport
    sample: dict[str, Value]
    tries: Tries = field(default_factory=Tries)

    def run(self) -> None:
        """Try as it is, then ten times as fast, then what the way in which that failed suggests."""
        lr = self.work.hparams().lr
        first = faster(self.work.hparams())
        base = Trial(name=BASE, settings={**self.sample, "lr": lr}, limit_s=self._limit_s)
        self._try([(None, base), (first, self._trial(first, lr))])
        base_outcome = self.tries.base
        if base_outcome is None or self.tries.worked is not None or self.tries.all_failed:
            return
        if base_outcome.by_guide or check_rate(self.tries.at_rates) is not None:
            return  # without the time or without learning rates to try, no cause can be told from another
        hparams = self.work.hparams()
        waiting = causes(task_of(self.work), hparams, blew_up=blew_up(base_outcome))
        while waiting and self.tries.worked is None and self.work.left_s > 0:
            group = waiting[:1] if waiting[0].key != "lr" else [each for each in waiting if each.key == "lr"]
            waiting = [each for each in waiting if each not in group]
            lr = self.tries.best_lr
            if not self._try([(cause, self._trial(cause, lr)) for cause in group]):
                return

    @property
    def _limit_s(self) -> float:
        return SHARE_OF_TIME * self.work.left_s

    def _trial(self, cause: Cause, lr: float) -> Trial:
        trial = cause.trial(self.sample, lr)
        return Trial(name=trial.name, settings=trial.settings, limit_s=self._limit_s)

    def _try(self, wanted: Sequence[tuple[Cause | None, Trial]]) -> bool:
        """Run them; return whether the time sufficed for one at least."""
        outcomes = self.work.trials([trial for _, trial in wanted], self._learned)
        by_name = {each.trial.name: each for each in outcomes}
        for cause, trial in wanted:
            if trial.name in by_name:
                outcome = by_name[trial.name]
                self.tries.add(cause, outcome, Bar.of(outcome, self.looked).is_reached(outcome))
        return bool(outcomes)

    def _learned(self, standing: Sequence[Outcome]) -> Collection[str]:
        """Those that need no more steps."""
        return [each.trial.name for each in standing if Bar.of(each, self.looked).is_surely_reached(each)]
