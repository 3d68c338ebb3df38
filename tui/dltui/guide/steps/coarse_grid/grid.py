"""A grid of learning rates and weight decays with what each cell came to: which is best, and which to go on with."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from dltui.formatting import setting
from dltui.guide.levels import above
from dltui.guide.outcome import Outcome
from dltui.guide.steps.coarse_grid.early_stop import has_blown_up

State = Literal["", "best", "kept", "stopped", "diverged", "failed"]

CANDIDATES = 3
ALIKE = 0.02
"""Relative difference between validation losses that another seed makes as well."""
NEAR = 1.2
"""Times the best loss, up to which the best of another learning rate is worth a candidate's place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One place of the grid."""

    lr: float
    weight_decay: float

    @property
    def name(self) -> str:
        """The name of its trial."""
        return f"lr-{setting(self.lr)}-wd-{setting(self.weight_decay)}"


@dataclass(frozen=True)
class Grid:
    """Cells with what they came to; None where nothing was tried (yet)."""

    cells: Mapping[Cell, Outcome | None]

    @cached_property
    def rates(self) -> list[float]:
        """The learning rates, which are its columns."""
        return sorted({cell.lr for cell in self.cells})

    @cached_property
    def decays(self) -> list[float]:
        """The weight decays, which are its rows."""
        return sorted({cell.weight_decay for cell in self.cells})

    def loss(self, cell: Cell) -> float:
        """The lowest validation loss after the first step; NaN where there is none."""
        outcome = self.cells.get(cell)
        if outcome is None:
            return math.nan
        losses = [float(each) for each in outcome.val_losses[1:] if math.isfinite(each)]
        return min(losses, default=math.nan)

    @cached_property
    def ranked(self) -> list[Cell]:
        """The cells that are worth going on with, the best first."""
        sound = [cell for cell in self.cells if self._what(cell) == "" and math.isfinite(self.loss(cell))]
        return sorted(sound, key=lambda cell: (self.loss(cell), cell.weight_decay, cell.lr))

    @property
    def best(self) -> Cell | None:
        """The cell with the lowest validation loss; None without one."""
        return self.ranked[0] if self.ranked else None

    @cached_property
    def candidates(self) -> list[Cell]:
        """Some cells to choose from, the best first; one of another learning rate among them if it comes near."""
        if self.best is None:
            return []
        chosen = [self.best]
        near = above(self.loss(self.best), NEAR - 1)
        others = [cell for cell in self.ranked if cell.lr != self.best.lr and self.loss(cell) <= near]
        chosen += others[:1]
        chosen += [cell for cell in self.ranked if cell not in chosen][: CANDIDATES - len(chosen)]
        return sorted(chosen, key=self.ranked.index)

    def state(self, cell: Cell) -> State:
        """What is to be said of a cell."""
        if cell == self.best:
            return "best"
        return self._what(cell) or ("kept" if cell in self.candidates else "")

    def open_side(self, given: Collection[str] = ()) -> Literal["", "low", "high", "decay"]:
        """At which end of the grid the best cell lies, clearly better than what lies inside; empty for none of them.

        No weight decay at all is no end: there is nothing below. What is ``given`` is not looked for.
        """
        if self.best is None:
            return ""
        if "lr" not in given and len(self.rates) > 1 and self.best.lr in (self.rates[0], self.rates[-1]):
            inside = [cell for cell in self.ranked if cell.lr != self.best.lr]
            if self._is_clearly_best(inside):
                return "high" if self.best.lr == self.rates[-1] else "low"
        if "weight_decay" not in given and self.best.weight_decay == self.decays[-1] > 0 and len(self.decays) > 1:
            inside = [cell for cell in self.ranked if cell.weight_decay != self.best.weight_decay]
            if self._is_clearly_best(inside):
                return "decay"
        return ""

    @property
    def are_alike(self) -> bool:
        """Whether all cells came to the same loss, as far as noise lets one tell."""
        losses = [self.loss(cell) for cell in self.ranked]
        whole = len(losses) == len(self.cells) > 1
        return whole and max(losses) <= above(min(losses), ALIKE)

    def count(self, *states: State) -> int:
        """How many cells are in one of those states."""
        return sum(self._what(cell) in states for cell in self.cells if self.cells[cell] is not None)

    @property
    def tried(self) -> int:
        """Cells with a trial."""
        return sum(each is not None for each in self.cells.values())

    def _is_clearly_best(self, inside: list[Cell]) -> bool:
        assert self.best is not None
        return not inside or above(self.loss(self.best), ALIKE) < self.loss(inside[0])

    def _what(self, cell: Cell) -> Literal["", "stopped", "diverged", "failed"]:
        outcome = self.cells[cell]
        if outcome is None:
            return ""
        if outcome.failed:
            return "failed"
        if has_blown_up(outcome):
            return "diverged"
        cut = not outcome.status.alive and (outcome.by_guide or len(outcome.val_losses) < 2)
        return "stopped" if cut else ""
