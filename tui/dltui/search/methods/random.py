"""Random search: each trial is drawn by itself, and no combination twice (Bergstra and Bengio 2012)."""

from collections.abc import Sequence

import numpy as np

from dltui.search.methods.draw import drawn, uniform
from dltui.search.space.dimension import Space
from dltui.search.space.rules import Rules, Settings
from dltui.search.study.study import TrialEntry

DRAWS = 300
"""So often a trial is drawn anew that cannot be trained or was there before."""


class RandomSearch:
    """Draws trial n with random numbers that the seed and n alone begin."""

    nothing_left = f"{DRAWS} draws in a row brought nothing that can be trained and was not tried before."

    def __init__(self, space: Space, seed: int, rules: Rules) -> None:
        self._space = space
        self._seed = seed
        self._rules = rules
        self._nothing_at: int | None = None

    def count(self) -> int:
        """It goes on until somebody ends it."""
        return 0

    def ask(self, number: int, trials: Sequence[TrialEntry]) -> Settings | None:
        """See :class:`dltui.search.methods.method.Method`."""
        if self.has_nothing_at(number):  # asked again while the last trials train
            return None
        random = np.random.default_rng([self._seed, number])
        before = [trial.settings for trial in trials]
        for _ in range(DRAWS):
            settings = drawn(self._space, lambda dimension: uniform(dimension, random), self._rules)
            if settings not in before and self._rules.allow(settings):
                return settings
        self._nothing_at = number
        return None

    def has_nothing_at(self, number: int) -> bool:
        """Whether it was asked for this trial and found none."""
        return number == self._nothing_at
