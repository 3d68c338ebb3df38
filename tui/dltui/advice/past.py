"""What was set while a training ran, and what came of it: advice neither hurries it nor runs in circles."""

import math
from collections.abc import Iterator

from dltui.advice.change import Change
from dltui.interventions.effect import Outcome, effect_of
from dltui.interventions.history import Intervention, Setting, history
from dltui.series.state import RunState
from dltui_trainers.runlog import Value

NEARLY = 1.5
"""A number within this factor of another is where that one was: 0.1, 0.03 and then 0.09 is a circle."""


class Past:
    """What was done to the run until ``at_step``, oldest first, refused or not.

    What came of a change takes milliseconds to tell, and is told only when it is asked for.
    """

    def __init__(self, state: RunState, at_step: float = math.inf) -> None:
        self._state = state
        self._at_step = at_step
        self._whole = history(state) if state.events else ()
        self._outcomes: dict[int, Outcome | None] = {}
        self.done = [each for each in self._whole if each.step <= at_step]

    def outcome(self, made: Intervention) -> Outcome | None:
        """Return what came of one of :attr:`done`, as far as it was known at the step; None where no loss shows it."""
        at = self._whole.index(made)
        if at not in self._outcomes:
            self._outcomes[at] = self._outcome(made, at)
        return self._outcomes[at]

    def _outcome(self, made: Intervention, at: int) -> Outcome | None:
        effect = effect_of(self._state, made, self._whole[at + 1 :])
        # the steps of a change that was undone lie further on than the training does now, and are over
        if effect is not None and made.undone_at_step is None and effect.until_step > self._at_step:
            return Outcome.TOO_EARLY
        return None if effect is None else effect.outcome

    def settings(self, name: str) -> Iterator[tuple[Setting, Intervention]]:
        """Yield each setting of that hyperparameter that was made, whoever made it."""
        for made in self.done:
            if made.name == "set" and made.done:
                yield from ((setting, made) for setting in made.settings if setting.hparam == name)

    def forbids(self, change: Change) -> bool:
        """Whether the change comes too early, goes back, or leads where it hurt before, in any of its settings."""
        return any(
            self._forbids(to, setting, made)
            for name, to in change.settings.items()
            for setting, made in self.settings(name)
        )

    def _forbids(self, to: Value, setting: Setting, made: Intervention) -> bool:
        """Whether ``to`` leads where this has led and hurt, or back to where it came from although that did not."""
        stands = made.undone_at_step is None
        leads_there = _reaches(to, setting.to, setting.from_)
        leads_back = stands and _reaches(to, setting.from_, setting.to)
        is_open = stands and made is self._last_set  # one that another followed has been judged until then
        if not (leads_there or leads_back or is_open):
            return False
        outcome = self.outcome(made)
        if outcome is Outcome.TOO_EARLY and stands:
            return True
        return leads_there if outcome is Outcome.HURT else leads_back

    @property
    def _last_set(self) -> Intervention | None:
        return next((made for made in reversed(self.done) if made.is_set), None)


def _reaches(to: Value, goal: Value, start: Value) -> bool:
    """Whether ``to`` comes near ``goal`` or lies beyond it, seen from ``start``."""
    if not (isinstance(to, (int, float)) and isinstance(goal, (int, float)) and isinstance(start, (int, float))):
        return to == goal
    if goal == start:
        return False
    return to >= goal / NEARLY if goal > start else to <= goal * NEARLY
