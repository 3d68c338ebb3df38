"""Step 3: find the learning rate. Many are tried for a hundred steps each, on all data, with little that regularises.

Beside them one training raises the learning rate from almost nothing to the highest (a range test), for its curve.
Where nothing was learned, the best are tried for longer before anything is said of the labels.
Source: CS231n, six steps, step 3; the rules that judge a sweep stand in :mod:`dltui.guide.steps.find_lr.sweep`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from dltui.advice.round import nice
from dltui.formatting import setting
from dltui.guide.options import LEAST_RATE, MOST_RATE
from dltui.guide.outcome import Outcome
from dltui.guide.result import StepResult
from dltui.guide.steps.find_lr.found import RANGE_TEST, Found
from dltui.guide.steps.find_lr.verdict import result_of
from dltui.guide.steps.find_lr.worth_learning import Learned
from dltui.guide.steps.length import costs, overhead_s
from dltui.guide.steps.quiet import unregularised
from dltui.guide.trial import Trial, Work
from dltui_trainers.runlog import Value

WEIGHT_DECAY = 1e-5
ENDLESS = 100_000
"""Epochs: how long a trial is, its steps tell."""
RANGE_TEST_STEPS = 2
"""Times the steps of another trial: each learning rate has a few of them only."""
GIVEN_FACTORS = (0.3, 1.0, 3.0)
WIDENED = 2
"""So often the range is widened, by a decade each time."""
LEAST_STEPS, LEAST_POINTS = 20, 4
REPEATED, LONGER = 3, 5
"""Learning rates that are tried again, and for how many times the steps."""
VALIDATIONS = 12
TIME_SHARE = 0.8
WIDEST_NICE = 1.5
"""Learning rates nearer than by this factor cannot be written with one digit."""


def run(work: Work) -> StepResult:
    """Sweep the learning rate, and hand one on, unless the user gave it."""
    search = _Search(work)
    search.run()
    return result_of(work, search.found)


@dataclass
class _Search:
    """Tries learning rates, first those of the range, then what lies beyond it, then the best of them for longer."""

    work: Work
    found: Found = field(init=False)

    def __post_init__(self) -> None:
        given = "lr" in self.work.options.settings
        rates = _around(self.work.hparams().lr) if given else _spread(self.work)
        steps, rates, with_range_test = _plan(self.work, rates, not given)
        self.found = Found(steps=steps, rates=rates, given=self.work.hparams().lr if given else None)
        self._with_range_test = with_range_test

    def run(self) -> None:
        """Try them."""
        self._sweep(self.found.rates, self._with_range_test)
        for _ in range(0 if self.found.given else WIDENED):
            end = self.found.sweep.end
            further = self._further(end) if end and self.work.left_s > 0 else []
            if not further:
                break
            self.found.rates = sorted([*self.found.rates, *further])
            before = len(self.found.outcomes)
            self._sweep(further, False)
            if len(self.found.outcomes) == before:
                break
            self.found.widened = end
        if self._is_in_doubt:
            self._repeat()

    def _sweep(self, rates: Sequence[float], with_range_test: bool) -> None:
        wanted = [self._trial(rate) for rate in [*rates[::2], *rates[1::2]]]
        if with_range_test:
            wanted.append(self._range_test())
        self._run(wanted)

    def _run(self, wanted: Sequence[Trial]) -> None:
        before = dict(self.found.outcomes)

        def show(standing: Sequence[Outcome]) -> tuple[str, ...]:
            ended = {each.trial.name: each for each in standing if not each.status.alive}
            self.found.outcomes = {**before, **ended}
            self.work.show(result_of(self.work, self.found, underway=True))
            return ()

        outcomes = self.work.trials(wanted, show)
        self.found.outcomes = {**before, **{each.trial.name: each for each in outcomes}}

    def _trial(self, rate: float, longer: int = 1) -> Trial:
        steps = longer * self.found.steps
        name = f"lr-{setting(rate)}" if longer == 1 else f"lr-{setting(rate)}-{steps}-steps"
        every = steps if longer == 1 else max(1, steps // VALIDATIONS)
        return Trial(name=name, settings={**self._quiet(), "lr": rate, "max_steps": steps, "eval_every": every})

    def _range_test(self) -> Trial:
        steps = RANGE_TEST_STEPS * self.found.steps
        settings: dict[str, Value] = {
            "lr": max(self.found.rates),
            "schedule": "range_test",
            "max_steps": steps,
            "eval_every": steps,
        }
        return Trial(name=RANGE_TEST, settings={**self._quiet(), **settings})

    def _quiet(self) -> dict[str, Value]:
        """Little that regularises: what the user asks for, and else a small weight decay."""
        given = self.work.options.settings
        moves = ("schedule", "warmup_steps", "early_stop_patience")
        quiet = {**unregularised(self.work), "weight_decay": WEIGHT_DECAY}
        kept = {name: value for name, value in quiet.items() if name in moves or name not in given}
        return {**kept, "epochs": ENDLESS, "log_every": 1}

    def _further(self, end: str) -> list[float]:
        """A decade more at that end, as far apart as the others."""
        rates = self.found.rates
        apart = (max(rates) / min(rates)) ** (1 / (len(rates) - 1)) if len(rates) > 1 else 10.0
        count = max(1, round(1 / math.log10(apart)))
        first = max(rates) if end == "high" else min(rates)
        sign = 1 if end == "high" else -1
        found = _written([first * 10 ** (sign * number / count) for number in range(1, count + 1)], apart)
        return [rate for rate in found if LEAST_RATE <= rate <= MOST_RATE and rate not in rates]

    @property
    def _is_in_doubt(self) -> bool:
        found = self.found
        if found.best_known is None or found.fault_of_rates is not None:
            return False
        return found.learned(self.work.looked) is not Learned.CLEARLY

    def _repeat(self) -> None:
        """Try the best for longer: hard data need more than a hundred steps."""
        sweep = self.found.sweep
        tame = [each for each in sweep.tries if not sweep.blew_up(each) and not each.failed]
        best = sorted(tame, key=lambda each: (each.val, each.lr))[:REPEATED]
        longer = int(float(str(self.work.decide("longer", self._longer(len(best))))))
        if longer > 1:
            self.found.longer = longer
            self._run([self._trial(each.lr, longer) for each in best])

    def _longer(self, count: int) -> int:
        """How many times the steps there is time for; at most so many as are wanted, at least twice."""
        step_s, validation_s = costs(self.work)
        seconds = self.work.left_s * TIME_SHARE * self.work.workers / max(count, self.work.workers)
        if math.isinf(seconds) or not math.isfinite(step_s):
            return LONGER
        room = (seconds - overhead_s(self.work) - VALIDATIONS * validation_s) / max(step_s * self.found.steps, 1e-9)
        return max(2 if self.work.left_s > 0 else 1, min(LONGER, int(room)))


def _around(lr: float) -> list[float]:
    rates = {float(f"{min(max(factor * lr, LEAST_RATE), MOST_RATE):.3g}") for factor in GIVEN_FACTORS if factor != 1}
    return sorted(rates | {lr})


def _spread(work: Work) -> list[float]:
    options = work.options
    ratio = (options.lr_high / options.lr_low) ** (1 / (options.lr_points - 1))
    inner = [options.lr_low * ratio**number for number in range(1, options.lr_points - 1)]
    return sorted({options.lr_low, *_written(inner, ratio), options.lr_high})


def _written(rates: Sequence[float], apart: float) -> list[float]:
    """As a person would write them, where they are far enough apart."""
    return [nice(rate) if apart >= WIDEST_NICE else float(f"{rate:.3g}") for rate in rates]


def _plan(work: Work, rates: list[float], with_range_test: bool) -> tuple[int, list[float], bool]:
    """Return steps, learning rates and whether there is a range test: what fits into the time.

    Fewer steps first, then no range test, then every second learning rate.
    """
    chosen, test = rates, with_range_test
    while True:
        trials = len(chosen) + (RANGE_TEST_STEPS if test else 0)
        steps = _steps_in(work, math.ceil(trials / work.workers))
        if steps >= LEAST_STEPS or (not test and len(chosen[::2]) < LEAST_POINTS):
            break
        test, chosen = False, chosen if test else chosen[::2]
    decided = str(work.decide("plan", f"{max(LEAST_STEPS, steps)} {len(chosen)} {int(test)}"))
    steps, points, tested = (int(each) for each in decided.split())
    while len(rates) > points and len(rates[::2]) >= points:
        rates = rates[::2]
    return steps, rates, bool(tested)


def _steps_in(work: Work, rows: int) -> int:
    step_s, validation_s = costs(work)
    wanted = work.options.sweep_steps
    if math.isinf(work.left_s) or not step_s > 0:
        return wanted
    each_s = TIME_SHARE * work.left_s / rows
    return max(0, min(wanted, int((each_s - overhead_s(work) - 2 * validation_s) / step_s)))
