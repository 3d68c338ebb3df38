"""Importances: what matters is told, what does not is not, and nothing before there is enough to tell it from."""

import math
import threading
from collections.abc import Mapping

from msgspec.structs import replace
from search.asking import searched

from dltui.search.importances import NEEDED, importances
from dltui.search.space.default import default_space
from dltui.search.space.dimension import Space
from dltui.search.study.options import Objective, SearchOptions
from dltui_trainers.registry import TASKS
from dltui_trainers.runlog import Value

DIGITS = TASKS["digits"]
SPACE = default_space(DIGITS, {}, architecture=True)
OPTIONS = SearchOptions(method="random", dimensions=SPACE.dimensions, trials=60)


def by_lr(chosen: Mapping[str, Value]) -> float:
    """Return an objective of which the learning rate is nearly all, and the model the rest."""
    return abs(math.log10(float(chosen["lr"])) + 2) + 0.2 * (chosen["model"] == "mlp")  # type: ignore[arg-type]


def test_what_the_objective_depends_on_comes_first_from_any_thread() -> None:
    trials = searched(DIGITS, OPTIONS, by_lr)
    told: list[dict[str, float] | None] = []
    thread = threading.Thread(target=lambda: told.append(importances(trials, SPACE, Objective())))
    thread.start()
    thread.join()
    assert told[0] is not None
    names, shares = list(told[0]), list(told[0].values())
    assert names[0] == "lr" and shares[0] > 0.5 and sorted(shares, reverse=True) == shares
    assert set(names) == set(SPACE.names) and math.isclose(sum(shares), 1)
    turned = searched(DIGITS, OPTIONS, lambda chosen: -by_lr(chosen))
    assert importances(turned, SPACE, Objective(metric="val_accuracy", rises=True)) == told[0]


def test_too_few_complete_trials_tell_nothing() -> None:
    trials = searched(DIGITS, replace(OPTIONS, trials=NEEDED), by_lr)
    assert importances(trials, SPACE, Objective()) is not None
    trials[0].value = None
    assert importances(trials, SPACE, Objective()) is None
    assert importances([], SPACE, Objective()) is None


def test_names_that_few_trials_have_and_trials_that_are_all_the_same() -> None:
    trials = searched(DIGITS, replace(OPTIONS, trials=NEEDED), by_lr)
    for trial in trials[1:]:
        trial.settings.pop("width", None)  # one trial alone has it, or none
    told = importances(trials, Space(SPACE.dimensions), Objective())
    assert told is not None and told["width"] == 0
    for trial in trials:
        trial.value = 0.5 if trial.number == 0 else 1.0
    assert set((importances(trials, SPACE, Objective()) or {"": 1}).values()) == {0.0}
