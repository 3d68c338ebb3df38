"""Step 4: a coarse grid of learning rate and weight decay, some epochs each, with the bad ones stopped early.

Where the best one lies at an end of the grid, the grid grows by one column or row there, once.
Source: CS231n, six steps, step 4.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from dltui.guide.options import MOST_RATE
from dltui.guide.outcome import Outcome
from dltui.guide.result import StepResult
from dltui.guide.steps.coarse_grid.early_stop import bad_ones
from dltui.guide.steps.coarse_grid.grid import Cell, Grid
from dltui.guide.steps.coarse_grid.verdict import Asked, result_of
from dltui.guide.steps.length import at_least, costs, overhead_s, steps_per_epoch
from dltui.guide.trial import Trial, Work
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import Value

LEAST_STEPS = 200
"""Of twelve samples five epochs are five steps, which tell nothing."""
FEWEST_STEPS = 20
FEWEST_DECAYS = 2
VALIDATIONS, FEWEST_VALIDATIONS = 10, 3
VALIDATION_SHARE = 0.3
"""Of the time of a trial its validations may take; if they would take more, there are fewer."""
TIME_SHARE = 0.8
DECAY_FACTOR = 10.0
"""From the largest weight decay to one more, where there is only one above 0 to tell the distance."""


def run(work: Work) -> StepResult:
    """Train the grid, hand on its best cell, and name some more to choose from."""
    search = _Search(work)
    search.run()
    return result_of(search.asked, search.grid, search.missing)


@dataclass
class _Search:
    """Trains the cells, the centre first."""

    work: Work
    asked: Asked = field(init=False)
    cells: list[Cell] = field(init=False)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rates, decays = _rates(self.work), _decays(self.work)
        steps, decays = _plan(self.work, len(rates), decays)
        wanted = at_least(self.work, self.work.options.coarse_epochs, LEAST_STEPS) * steps_per_epoch(self.work)
        self.asked = Asked(
            steps=steps,
            wanted=wanted,
            steps_per_epoch=steps_per_epoch(self.work),
            given=frozenset(name for name in ("lr", "weight_decay") if name in self.work.options.settings),
        )
        self.cells = [Cell(lr=rate, weight_decay=decay) for decay in decays for rate in rates]

    @property
    def grid(self) -> Grid:
        """The cells with what they came to."""
        return Grid({cell: self.outcomes.get(cell.name) for cell in self.cells})

    @property
    def missing(self) -> int:
        """Cells that were not tried."""
        return sum(cell.name not in self.outcomes for cell in self.cells)

    def run(self) -> None:
        """Train the grid, and then one column or row more if the best one is at an end."""
        self._train(_from_the_centre(self.cells, self.work.hparams().lr))
        side = "" if self.missing else self.grid.open_side(self.asked.given)
        further = self._beyond(side) if side else []
        if further and self._have_time(len(further)):
            self.asked.grown = side
            self.cells = sorted([*self.cells, *further], key=lambda cell: (cell.weight_decay, cell.lr))
            self._train(further)

    def _train(self, cells: Sequence[Cell]) -> None:
        before = dict(self.outcomes)

        def supervise(standing: Sequence[Outcome]) -> list[str]:
            self.outcomes = {**before, **{each.trial.name: each for each in standing}}
            self.work.show(result_of(self.asked, self.grid, 0, underway=True))
            return bad_ones([*before.values(), *standing], self.asked.steps)

        found = self.work.trials([self._trial(cell) for cell in cells], supervise)
        self.outcomes = {**before, **{each.trial.name: each for each in found}}

    def _trial(self, cell: Cell) -> Trial:
        steps, given = self.asked.steps, self.work.options.settings
        settings: dict[str, Value] = {
            "lr": cell.lr,
            "weight_decay": cell.weight_decay,
            "schedule": "constant",
            "epochs": math.ceil(steps / self.asked.steps_per_epoch),
            "max_steps": steps,
            "eval_every": max(1, math.ceil(steps / self._validations)),
        }
        return Trial(
            name=cell.name,
            settings={name: value for name, value in settings.items() if name != "schedule" or name not in given},
        )

    @property
    def _validations(self) -> int:
        step_s, validation_s = costs(self.work)
        if not (step_s > 0 and validation_s > 0):
            return VALIDATIONS
        affordable = int(VALIDATION_SHARE * self.asked.steps * step_s / validation_s)
        decided = self.work.decide("validations", max(FEWEST_VALIDATIONS, min(VALIDATIONS, affordable)))
        return int(float(str(decided)))

    def _beyond(self, side: str) -> list[Cell]:
        """One more column or row at that side."""
        rates = sorted({cell.lr for cell in self.cells})
        decays = sorted({cell.weight_decay for cell in self.cells})
        if side == "decay":
            apart = decays[-1] / decays[-2] if len(decays) > 1 and decays[-2] > 0 else DECAY_FACTOR
            decay = _short(decays[-1] * apart)
            if decay > CATALOGUE["weight_decay"].high:
                return []
            return [Cell(lr=rate, weight_decay=decay) for rate in rates]
        rate = _short(rates[-1] ** 2 / rates[-2] if side == "high" else rates[0] ** 2 / rates[1])
        return [Cell(lr=rate, weight_decay=decay) for decay in decays] if rate <= MOST_RATE else []

    def _have_time(self, count: int) -> bool:
        step_s, validation_s = costs(self.work)
        one_s = overhead_s(self.work) + self.asked.steps * step_s + self._validations * validation_s
        enough = not math.isfinite(one_s) or self.work.left_s > math.ceil(count / self.work.workers) * one_s
        return str(self.work.decide("grow", "yes" if enough else "no")) == "yes"


def _rates(work: Work) -> list[float]:
    lr = work.hparams().lr
    if "lr" in work.options.settings:
        return [lr]
    return sorted({_short(min(lr * factor, MOST_RATE)) for factor in work.options.lr_factors})


def _decays(work: Work) -> list[float]:
    if "weight_decay" in work.options.settings:
        return [work.hparams().weight_decay]
    return sorted(work.options.weight_decays)


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _from_the_centre(cells: Sequence[Cell], lr: float) -> list[Cell]:
    """Best guesses first: what is cut short has told the most by then, and the rest is compared with it."""
    decays = sorted({cell.weight_decay for cell in cells})

    def distance(cell: Cell) -> tuple[float, float, float, float]:
        column = round(abs(math.log(cell.lr / lr)), 6)
        row = abs(decays.index(cell.weight_decay) - (len(decays) - 1) / 2)
        return column + row, column, cell.weight_decay, cell.lr

    return sorted(cells, key=distance)


def _plan(work: Work, columns: int, decays: list[float]) -> tuple[int, list[float]]:
    """Return the steps of each trial, and the weight decays: what fits into the time, fewer steps first."""
    wanted = at_least(work, work.options.coarse_epochs, LEAST_STEPS) * steps_per_epoch(work)
    chosen = decays
    while (steps := _steps_in(work, columns * len(chosen), wanted)) < FEWEST_STEPS and len(chosen) > FEWEST_DECAYS:
        chosen = chosen[::2]
    per_epoch = steps_per_epoch(work)
    if steps >= per_epoch:
        steps -= steps % per_epoch
    decided = str(work.decide("plan", f"{min(wanted, max(FEWEST_STEPS, steps))} {len(chosen)}"))
    steps, rows = (int(each) for each in decided.split())
    while len(decays) > rows:
        decays = decays[::2]
    return steps, decays


def _steps_in(work: Work, trials: int, wanted: int) -> int:
    step_s, validation_s = costs(work)
    if math.isinf(work.left_s) or not step_s > 0:
        return wanted
    each_s = TIME_SHARE * work.left_s / math.ceil(trials / work.workers) - overhead_s(work)
    validations = FEWEST_VALIDATIONS * validation_s + VALIDATION_SHARE * max(0.0, each_s)
    return max(0, min(wanted, int((each_s - min(validations, VALIDATIONS * validation_s)) / step_s)))
