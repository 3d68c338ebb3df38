"""`make bench-advice`: is a training better after the first advice, after the second, after the third?

Every faulty configuration of ``cases.py`` is trained with three seeds; each goes its own way from there. What is
compared is the median of the best validation losses. The exit code is always 0.
"""

import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from statistics import median, stdev
from typing import cast

from benchmarks.faults.cases import Case, all_cases
from benchmarks.faults.config import Config
from benchmarks.faults.follow_advice import TRIES, Prescribe, Trail, best_val_loss, trail
from benchmarks.faults.judge import Examine, finished
from benchmarks.faults.references import SETTINGS
from benchmarks.faults.scores import aligned
from benchmarks.faults.train import PROCESSES, run_of, silence, train_all

SEEDS = (0, 1, 2)
LEAST_NOISE = 0.01
"""Of the loss before: the polynomial has the same curve for every seed, and 1 % is still no difference."""
REPAIRED = 0.05
"""As near to what it is compared with as a good fit is in ``label.py``."""
DATA = ("train_size", "label_noise", "noise")

BETTER, SAME, HARMFUL, NO_ADVICE, REFUSED = "better", "no clear change", "harmful", "no advice", "refused"
MARKS = (BETTER, SAME, HARMFUL, NO_ADVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """A case, what came of it for each seed, and two losses to reach on the same data.

    ``defaults``: of the task as it comes, so without the fault. ``best_known``: of the settings in ``references.py``.
    """

    case: Case
    trails: tuple[Trail, ...]
    defaults: float
    best_known: float

    def losses(self, changes: int) -> list[float]:
        """Return the best validation loss of each seed that stands after so many changes, worse ones undone."""
        return [each.kept_val_loss(changes) for each in self.trails]

    def raw_losses(self, changes: int) -> list[float]:
        """Return the best validation loss of each seed after so many changes, nothing undone."""
        return [each.val_loss(changes) for each in self.trails]

    @property
    def advised(self) -> bool:
        """Whether most seeds were told something that can be set."""
        return sum(bool(each.first.change) for each in self.trails) * 2 > len(self.trails)

    @property
    def refused(self) -> bool:
        """Whether a seed was told what its task does not take."""
        return any(each.refused for trail in self.trails for each in trail.tries)

    def compare(self, before: int, after: int) -> str:
        """Return what the changes between the two did, beyond the noise from seed to seed."""
        old, new = self.losses(before), self.raw_losses(after)
        noise = max(stdev(old), stdev(new), LEAST_NOISE * median(old))
        gain = median(old) - median(new)
        return BETTER if gain > noise else HARMFUL if gain < -noise else SAME

    def is_better(self, changes: int) -> bool:
        """Whether what stands after so many changes is better than before, by more than noise."""
        old, new = self.losses(0), self.losses(changes)
        return median(old) - median(new) > max(stdev(old), stdev(new), LEAST_NOISE * median(old))

    @property
    def mark(self) -> str:
        """What the first change did."""
        return self.compare(0, 1) if self.advised else NO_ADVICE

    def reaches(self, goal: float, changes: int) -> bool:
        """Whether the loss after so many changes is that of ``goal``, or better."""
        return median(self.losses(changes)) <= goal * (1 + REPAIRED)


def main() -> None:
    """Train, follow the advice, print."""
    try:
        _judges()
    except ModuleNotFoundError as error:
        print(f"Nothing to measure: {error}.", file=sys.stderr)
        return
    began = time.monotonic()
    cases = all_cases()
    configs = [each for case in cases for each in (case.config, _defaults(case), _best_known(case))]
    train_all(each.but(seed=seed) for each in configs for seed in SEEDS)
    treated = []
    with multiprocessing.get_context("spawn").Pool(PROCESSES, initializer=silence) as pool:
        for done, each in enumerate(pool.imap(treat, cases), 1):
            treated.append(each)
            if done % 10 == 0 or done == len(cases):
                print(f"{done} of {len(cases)} cases", file=sys.stderr, flush=True)
    print(table(treated))
    print(summary(treated))
    print(f"{time.monotonic() - began:.0f} s")


def treat(case: Case) -> Treated:
    """Follow the advice for one case, in this process."""
    examine, prescribe = _judges()
    trails = tuple(trail(case.config.but(seed=seed), examine, prescribe) for seed in SEEDS)
    return Treated(
        case=case, trails=trails, defaults=_val_loss(_defaults(case)), best_known=_val_loss(_best_known(case))
    )


def table(treated: Sequence[Treated]) -> str:
    """Return a line for each case; verdict and change are those of most seeds."""
    header = [
        "task",
        "fault",
        "verdict",
        "first change",
        "val before",
        "after 1",
        "2",
        "3",
        "defaults",
        "best known",
        "",
    ]
    rows = [header]
    for each in treated:
        losses = [f"{median(each.losses(changes)):.4g}" for changes in range(TRIES + 1)]
        verdict = _usual([trail.first.verdict for trail in each.trails])
        mark = f"{each.mark} ({REFUSED})" if each.refused else each.mark
        goals = [f"{each.defaults:.4g}", f"{each.best_known:.4g}"]
        rows.append([each.case.task, each.case.fault, verdict, _change(each), *losses, *goals, mark])
    return aligned(rows)


def summary(treated: Sequence[Treated]) -> str:
    """Return the shares of all cases."""
    steps = range(1, TRIES + 1)
    marks = Counter(each.mark for each in treated)
    harmful_steps = sum(each.compare(step - 1, step) == HARMFUL for each in treated for step in steps)
    better = [_share(sum(each.is_better(step) for each in treated), len(treated)) for step in steps]
    first = [f"{name} {_share(marks[name], len(treated))}" for name in MARKS]
    return "\n".join(
        [
            f"\n{len(treated)} faulty configurations, {len(SEEDS)} seeds each; after 1, 2, 3 changes:",
            f"better than before: {', '.join(better)}",
            f"as good as the task's defaults: {_reached([(each, each.defaults) for each in treated])}",
            f"as good as the best known: {_reached([(each, each.best_known) for each in treated])}",
            f"the first change: {', '.join(first)}",
            f"harmful changes: {harmful_steps}; advised what the task refuses: {sum(each.refused for each in treated)}",
        ]
    )


def _reached(goals: Sequence[tuple[Treated, float]]) -> str:
    """How many of those that were not there before come within 5 % of their goal."""
    broken = [(each, goal) for each, goal in goals if not each.reaches(goal, 0)]
    shares = [
        _share(sum(each.reaches(goal, step) for each, goal in broken), len(broken)) for step in range(1, TRIES + 1)
    ]
    return f"{', '.join(shares)} of the {len(broken)} that were not before (within {REPAIRED:.0%})"


def _judges() -> tuple[Examine, Prescribe]:
    """Diagnosis and advice. Raises ``ModuleNotFoundError`` where one is missing."""
    examine = import_module("dltui.diagnosis.examine").examine
    prescribe = import_module("dltui.advice.prescribe").prescribe
    return cast(Examine, examine), cast(Prescribe, prescribe)


def _defaults(case: Case) -> Config:
    """The task as it comes, on the data of the case: nobody can train wrong labels away."""
    return Config(task=case.task, settings={name: value for name, value in case.settings.items() if name in DATA})


def _best_known(case: Case) -> Config:
    return Config(task=case.task, settings=SETTINGS[case.task] | _defaults(case).settings)


def _val_loss(config: Config) -> float:
    """The median of the best validation losses."""
    return median(best_val_loss(finished(run_of(config.but(seed=seed)))) for seed in SEEDS)


def _change(treated: Treated) -> str:
    """What most seeds were told first, as it would be typed."""
    told = [" ".join(f"{name}={_short(to)}" for name, to in each.first.change.items()) for each in treated.trails]
    return _usual(told) or "-"


def _usual(words: Sequence[str]) -> str:
    """The most frequent of them, and how frequent where they differ."""
    word, count = Counter(words).most_common(1)[0]
    return word if count == len(words) or not word else f"{word} ({count} of {len(words)})"


def _short(text: str) -> str:
    """A number with three digits, where 0.15000000000000002 is what was set."""
    return f"{float(text):.3g}" if "." in text or "e-" in text else text


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "none"


if __name__ == "__main__":
    main()
