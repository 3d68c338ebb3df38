"""Bayesian search: trials are chosen where those before it say that the best ones are. The samplers are Optuna's.

- ``tpe``, tree-structured Parzen estimators (Bergstra et al. 2011; Watanabe 2023, arXiv:2304.11127). The names that all
  trials have are drawn together (multivariate, Falkner et al. 2018), those that only some have each by itself.
- ``gp``, a Gaussian process with the expected improvement: better with few trials and few numbers, far slower.

Trials that are still at work count as bad ones, so that those beside them are others; a pruned one counts by how far it
came. Imports Optuna: for the process of the supervisor alone.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial

from dltui.search.methods.draw import drawn, written
from dltui.search.methods.encoded import RANGE, Encoder, category_of, distributions_of, frozen, quiet
from dltui.search.methods.random import RandomSearch
from dltui.search.space.dimension import Dimension, Space
from dltui.search.space.rules import Rules, Settings
from dltui.search.study.options import Objective, SamplerName
from dltui.search.study.study import TrialEntry
from dltui.search.study.study import TrialState as State
from dltui_trainers.runlog import Value

STARTUP = 10
"""So many trials end before the sampler has a say; until then they are drawn as in a random search (Optuna's own)."""
STARTUP_SHARE = 0.5
"""Of a search of few trials it is this share of them, or all of it would be a random search."""
TRIES = 5
"""So often the sampler is asked for a trial that can be trained and was not tried; then one is drawn at random."""


class BayesSearch:
    """Asks a sampler that is made anew for each trial, from the seed and the number of the trial."""

    nothing_left = RandomSearch.nothing_left

    def __init__(
        self,
        space: Space,
        objective: Objective,
        *,
        seed: int,
        sampler: SamplerName,
        trials: int,
        rules: Rules,
    ) -> None:
        self._space = space
        self._encoder = Encoder(space, objective)
        self._seed = seed
        self._sampler = sampler
        self._startup = startup_of(trials)
        self._rules = rules
        self._random = RandomSearch(space, seed, rules)

    def count(self) -> int:
        """It goes on until somebody ends it."""
        return 0

    def ask(self, number: int, trials: Sequence[TrialEntry]) -> Settings | None:
        """See :class:`dltui.search.methods.method.Method`."""
        if self._random.has_nothing_at(number):
            return None
        if sum(each.state in (State.COMPLETE, State.PRUNED) for each in trials) < self._startup:
            return self._random.ask(number, trials)
        study, before = self._encoder.study_of(trials), [trial.settings for trial in trials]
        for attempt in range(TRIES):
            settings = self._sampled(study, number, attempt)
            if settings not in before and self._rules.allow(settings):
                return settings
        return self._random.ask(number, trials)

    def _sampled(self, study: optuna.study.Study, number: int, attempt: int) -> Settings:
        with quiet():
            question = _Question(self._made(number, attempt), study, number)
            return drawn(self._space, question.value_of, self._rules)

    def _made(self, number: int, attempt: int) -> optuna.samplers.BaseSampler:
        seed = _mixed(self._seed, number, attempt)
        if self._sampler == "gp":
            return optuna.samplers.GPSampler(seed=seed, n_startup_trials=self._startup, warn_independent_sampling=False)
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=self._startup, multivariate=True)


class _Question:
    """One trial to be chosen by one sampler: what is drawn together at first, and the rest one by one."""

    def __init__(self, sampler: optuna.samplers.BaseSampler, study: optuna.study.Study, number: int) -> None:
        self._sampler = sampler
        self._study = study
        self._trial: FrozenTrial = frozen(number)
        together = sampler.infer_relative_search_space(study, self._trial)
        self._together: Mapping[str, int | float] = sampler.sample_relative(study, self._trial, together)

    def value_of(self, dimension: Dimension) -> Value:
        """Return a value of a dimension, as it is written."""
        places = distributions_of(dimension)
        if dimension.is_choice:
            return dimension.choices[int(self._drawn(dimension.name, places))]
        if dimension.also:
            place = int(self._drawn(category_of(dimension), places))
            if place != RANGE:
                return dimension.also[place - 1]
        return written(dimension, float(self._drawn(dimension.name, places)))

    def _drawn(self, name: str, distributions: Mapping[str, BaseDistribution]) -> int | float:
        if name in self._together:
            return self._together[name]
        value: int | float = self._sampler.sample_independent(self._study, self._trial, name, distributions[name])
        return value


def startup_of(trials: int) -> int:
    """Return how many trials are drawn at random in a search of so many, 0: without a limit."""
    return min(STARTUP, max(1, round(STARTUP_SHARE * trials))) if trials else STARTUP


def _mixed(seed: int, number: int, attempt: int) -> int:
    """One number of 32 bits of the three: neighbouring trials get random numbers that have nothing in common."""
    return int(np.random.SeedSequence([seed, number, attempt]).generate_state(1)[0])
