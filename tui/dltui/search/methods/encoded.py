"""What a space and the trials of a study are to Optuna. Imports Optuna: for the process of the supervisor alone.

A list of numbers is an integer, the place of a value in it, so that a method knows which are neighbours; a list of
words is a category. A range with values beside it is a category, the range or one of them, and a number where it is
the range.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from dltui.search.methods.curve import curve_of
from dltui.search.methods.draw import last_step
from dltui.search.space.dimension import Dimension, Space
from dltui.search.study.options import Objective
from dltui.search.study.study import TrialEntry
from dltui.search.study.study import TrialState as State
from dltui_trainers.runlog import Value

RANGE = 0
"""The category of a range; those after it are the values beside it."""
_RESOLUTION = 1000
"""Optuna counts the steps of a trial in whole numbers: thousandths of an epoch are enough."""
_STATES = {State.COMPLETE: TrialState.COMPLETE, State.PRUNED: TrialState.PRUNED, State.FAILED: TrialState.PRUNED}
"""A failed one is a pruned one that came nowhere, the worst there is. As failed ones Optuna leaves them out: then where
trials run out of memory nothing speaks against the next one, and a quarter of the trials may be lost there."""


def category_of(dimension: Dimension) -> str:
    """Return the name of the category that says whether a value is of the range or beside it."""
    return f"{dimension.name} is"


def distributions_of(dimension: Dimension) -> dict[str, BaseDistribution]:
    """Return what Optuna draws for a dimension, in the order in which it is drawn."""
    if dimension.is_choice:
        return {dimension.name: _of_choices(dimension.choices)}
    beside: dict[str, BaseDistribution] = {}
    if dimension.also:
        beside[category_of(dimension)] = CategoricalDistribution(range(len(dimension.also) + 1))
    return beside | {dimension.name: _of_range(dimension)}


def encoded(dimension: Dimension, value: Value) -> dict[str, int | float]:
    """Return what Optuna would have drawn for ``value``; nothing if it is none of the dimension's."""
    if dimension.is_choice:
        return {dimension.name: dimension.choices.index(value)} if value in dimension.choices else {}
    if value in dimension.also:
        return {category_of(dimension): dimension.also.index(value) + 1}
    if isinstance(value, (str, bool)) or value is None or not dimension.low <= value <= dimension.high:
        return {}
    beside = {category_of(dimension): RANGE} if dimension.also else {}
    return beside | {dimension.name: value}


class KnownTrials(optuna.storages.InMemoryStorage):
    """The trials of a study, for a sampler to read. Nothing is kept in it: it is made for one question."""

    def __init__(self, trials: Sequence[FrozenTrial]) -> None:
        super().__init__()
        self._known = trials

    def get_all_trials(  # the name and the arguments are Optuna's
        self, study_id: int, deepcopy: bool = True, states: object = None
    ) -> list[FrozenTrial]:
        """Return the trials in one of the ``states``, the very same ones: samplers do not change them."""
        wanted = states if isinstance(states, (tuple, list, set, frozenset)) else tuple(TrialState)
        return [each for each in self._known if each.state in wanted]

    def set_trial_system_attr(self, trial_id: int, key: str, value: object) -> None:
        """Forget what a sampler notes for its other processes; there are none."""


class Encoder:
    """Makes trials of Optuna's. One that has ended is made once."""

    def __init__(self, space: Space, objective: Objective) -> None:
        self._dimensions = {each.name: each for each in space.dimensions}
        self._distributions = {each.name: distributions_of(each) for each in space.dimensions}
        self._direction = StudyDirection.MAXIMIZE if objective.rises else StudyDirection.MINIMIZE
        self._ended: dict[int, tuple[object, FrozenTrial]] = {}

    def study_of(self, trials: Sequence[TrialEntry]) -> optuna.study.Study:
        """Return a study of Optuna's in which these trials are known."""
        storage = KnownTrials([self._frozen(each) for each in trials])
        with quiet():
            return optuna.create_study(storage=storage, direction=self._direction, study_name="search")

    def _frozen(self, trial: TrialEntry) -> FrozenTrial:
        if not trial.state.has_ended:
            return self._made(trial)
        points = sum(len(job.points) for job in trial.jobs.values())
        stamp = (trial.state, trial.value, tuple(trial.settings.items()), points)
        kept = self._ended.get(trial.number)
        if kept is None or kept[0] != stamp:
            kept = self._ended[trial.number] = (stamp, self._made(trial))
        return kept[1]

    def _made(self, trial: TrialEntry) -> FrozenTrial:
        params, distributions = self._params(trial.settings)
        state = _STATES.get(trial.state, TrialState.RUNNING)
        if state is TrialState.COMPLETE and (trial.value is None or not math.isfinite(trial.value)):
            state = TrialState.PRUNED  # Optuna stops at such a number
        return frozen(
            trial.number,
            state,
            value=trial.value if state is TrialState.COMPLETE else None,
            params=params,
            distributions=distributions,
            curve=_steps_of(trial),
        )

    def _params(self, settings: Mapping[str, Value]) -> tuple[dict[str, int | float], dict[str, BaseDistribution]]:
        params: dict[str, int | float] = {}
        distributions: dict[str, BaseDistribution] = {}
        for name, value in settings.items():
            if name in self._dimensions:
                of_value = encoded(self._dimensions[name], value)
                params |= of_value
                distributions |= {each: self._distributions[name][each] for each in of_value}
        return params, distributions


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Optuna from writing to the terminal: it announces each study, and misses libraries that need not be."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def frozen(
    number: int,
    state: TrialState = TrialState.RUNNING,
    *,
    value: float | None = None,
    params: Mapping[str, int | float] | None = None,
    distributions: Mapping[str, BaseDistribution] | None = None,
    curve: Mapping[int, float] | None = None,
) -> FrozenTrial:
    """Return a trial of Optuna's: without more than its number, one that is about to be chosen."""
    return FrozenTrial(
        number=number,
        trial_id=number,
        state=state,
        value=value,
        datetime_start=None,
        datetime_complete=None,
        params=dict(params or {}),
        distributions=dict(distributions or {}),
        user_attrs={},
        system_attrs={},
        intermediate_values=dict(curve or {}),
    )


def _steps_of(trial: TrialEntry) -> dict[int, float]:
    if trial.state is State.FAILED:
        return {}
    return {round(place * _RESOLUTION): value for place, value in curve_of(trial)}


def _of_choices(choices: Sequence[Value]) -> BaseDistribution:
    numbers = [each for each in choices if isinstance(each, (int, float)) and not isinstance(each, bool)]
    if len(numbers) == len(choices) and numbers == sorted(numbers):
        return IntDistribution(0, len(choices) - 1)
    return CategoricalDistribution(range(len(choices)))


def _of_range(dimension: Dimension) -> BaseDistribution:
    low, high = dimension.low, last_step(dimension) if dimension.step else dimension.high
    if dimension.whole:
        return IntDistribution(round(low), round(high), log=dimension.log, step=round(dimension.step) or 1)
    return FloatDistribution(low, high, log=dimension.log, step=dimension.step or None)
