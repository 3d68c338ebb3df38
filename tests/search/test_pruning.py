"""Pruners: which trials are stopped, which never, and how many of a whole search."""

import numpy as np
import pytest
from search.asking import entry, job

from dltui.search.methods.choose import make_pruner
from dltui.search.methods.pruning import STARTUP, bracket_of
from dltui.search.study.options import Objective, SearchOptions
from dltui.search.study.study import TrialEntry, TrialState

RISING = Objective(metric="val_accuracy", rises=True)


def pruner(name: str, objective: Objective | None = None):  # type: ignore[no-untyped-def]
    """Return a pruner as a search gets it."""
    return make_pruner(SearchOptions(pruner=name, objective=objective or Objective()))  # type: ignore[arg-type]


def ended(number: int, *values: float, state: TrialState = TrialState.COMPLETE, epochs: float = 10) -> TrialEntry:
    """Return a trial that has ended."""
    return entry(number, state=state, value=min(values), jobs={"a": job(*values, epochs=epochs)})


def running(number: int, *values: float, epochs: float = 10) -> TrialEntry:
    """Return a trial at work."""
    return entry(number, state=TrialState.RUNNING, jobs={"a": job(*values, epochs=epochs)})


FIVE = [ended(number, *(level / (1 + epoch) for epoch in range(10))) for number, level in enumerate((1, 2, 3, 4, 5))]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((3.1, 1.6), "median"),  # the median has 1.5 there
        ((3.1, 1.4), ""),
        ((3.1, 1.5), ""),  # as good
        ((1.4, 9.0), ""),  # its best counts, not its last
        ((9.0,), ""),  # the warm-up
        ((9.0,) * 7, "median"),
        ((9.0,) * 8, ""),  # it may end now
        ((), ""),
        ((float("nan"), float("nan")), ""),  # that is for the diagnosis
    ],
)
def test_the_median_of_what_the_others_had_reached_by_then(values: tuple[float, ...], expected: str) -> None:
    assert pruner("median").wants_to_prune(5, [*FIVE, running(5, *values)]) == expected
    turned = [
        entry(each.number, state=each.state, jobs={"a": job(*(-value for _, value in each.jobs["a"].points))})
        for each in [*FIVE, running(5, *values)]
    ]
    assert pruner("median", RISING).wants_to_prune(5, turned) == expected
    assert pruner("none").wants_to_prune(5, [*FIVE, running(5, *values)]) == ""


def test_nothing_is_pruned_without_enough_to_compare_with() -> None:
    few = [*FIVE[: STARTUP - 1], running(STARTUP - 1, *(9.0,) * 5)]
    assert pruner("median").wants_to_prune(STARTUP - 1, few) == ""
    failed = [*FIVE[:-1], ended(4, 0.1, state=TrialState.FAILED), running(5, *(9.0,) * 5)]
    assert pruner("median").wants_to_prune(5, failed) == ""
    endless = [*FIVE, running(5, *(9.0,) * 5, epochs=0)]  # nobody knows how long it is
    assert pruner("median").wants_to_prune(5, endless) == ""


def test_trials_of_different_lengths_and_seeds_are_compared_by_their_share() -> None:
    trials = [*FIVE, running(5, *(1.6,) * 4, epochs=20)]
    assert pruner("median").wants_to_prune(5, trials) == "median"  # 1.5 at the second of ten epochs
    two = entry(5, state=TrialState.RUNNING, jobs={"a": job(3.0, 1.6), "b": job(3.0, 1.3, name="b")})
    assert pruner("median").wants_to_prune(5, [*FIVE, two]) == ""  # the mean of both is 1.45
    early = [ended(0, 0.5, 0.4), *FIVE[1:], running(5, *(1.0,) * 5)]  # one that stopped early keeps its best
    assert pruner("median").wants_to_prune(5, early) == "median"


def test_the_best_third_of_a_bracket_goes_on() -> None:
    bracket = [number for number in range(17) if bracket_of(number) == 0]
    assert [sum(bracket_of(number) == each for number in range(17)) for each in (0, 1, 2)] == [9, 5, 3]
    trials = [running(number, *(float(number + 1),) * 2) for number in range(17)]
    hyperband = pruner("hyperband")
    pruned = [number for number in range(17) if hyperband.wants_to_prune(number, trials)]
    assert pruned == bracket[3:]  # the others look later, or never
    for number in pruned:
        trials[number].state = TrialState.PRUNED
    for number in range(17):
        if number not in pruned:
            trials[number] = running(number, *(float(number + 1),) * 5)
    later = [number for number in range(17) if number not in pruned and hyperband.wants_to_prune(number, trials)]
    assert later == [1, 3, 5, 9, 12, 15]  # one of three is left here, one of five there
    assert hyperband.wants_to_prune(1, [running(0, 1.0, 1.0), running(1, 9.0, 9.0)]) == ""  # two are no third


def test_a_search_keeps_its_best_trials_and_is_not_pruned_away() -> None:
    """Sixty noisy curves, two at a time; a rule without a warm-up pruned 52 of 60, the survivors among them alone."""
    for name in ("median", "hyperband"):
        best, cheapest, pruned, share = toy(name)
        assert 15 <= pruned <= 40 and share < 0.75, name
        assert best < cheapest + 0.05, name


def toy(name: str, count: int = 60, epochs: int = 30) -> tuple[float, float, int, float]:
    """Return the best end of a search, the best there was, how many were pruned, and the share of the epochs run."""
    random, rule, trials, curves, spent = np.random.default_rng(0), pruner(name), [], [], 0
    for first in range(0, count, 2):
        for number in (first, first + 1):
            floor, pace = random.uniform(0.1, 1), random.uniform(2, 15)
            noise = 0.02 * random.standard_normal(epochs)
            curves.append(floor + (2.3 - floor) * np.exp(-np.arange(1, epochs + 1) / pace) + noise)
            trials.append(running(number, epochs=epochs))
        for epoch in range(1, epochs + 1):
            for trial in trials[first:]:
                if trial.state is TrialState.RUNNING:
                    trial.jobs["a"].points.append((float(epoch), float(curves[trial.number][epoch - 1])))
                    spent += 1
                    if rule.wants_to_prune(trial.number, trials):
                        trial.state = TrialState.PRUNED
        for trial in trials[first:]:
            if trial.state is TrialState.RUNNING:
                trial.state, trial.value = TrialState.COMPLETE, float(curves[trial.number].min())
    values = [trial.value for trial in trials if trial.value is not None]
    pruned = sum(trial.state is TrialState.PRUNED for trial in trials)
    return min(values), min(float(each.min()) for each in curves), pruned, spent / (count * epochs)
