"""A change that could be tried: what is set, against what, and from where the training would go on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dltui.advice.past import NEARLY
from dltui.interventions.verdict import Outcome
from dltui.search.study.study import TrialEntry
from dltui.tune.patient import Examined
from dltui_trainers.configure import as_text
from dltui_trainers.errors import TrainerError
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import Value

KEPT_AS_THEY_ARE = ("seed", "loss", "max_steps", "early_stop_patience", "eval_every", "test_crops")
"""What changes what the objective means, or only when it is looked at: a better number would be none."""

FEW = 2
"""A choice, and a number that must move with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """``settings``: what is changed, to what. ``at_step``: a branch goes on from there, None: it begins anew."""

    settings: dict[str, Value]
    why: str
    symptom: str = ""
    at_step: int | None = None


def is_open(candidate: Candidate, examined: Examined, fixed: frozenset[str]) -> bool:
    """Whether these hyperparameters may be changed, and would be, to something that can be trained."""
    task = examined.task
    names = set(candidate.settings)
    if task is None or not names or not names <= set(task.reads) - fixed - set(KEPT_AS_THEY_ARE):
        return False
    if any(name in CATALOGUE and CATALOGUE[name].family in ("data", "log") and name != "degree" for name in names):
        return False
    try:
        return examined.whole(candidate.settings) != examined.whole({})
    except TrainerError:
        return False


def has_failed_before(candidate: Candidate, trials: Sequence[TrialEntry], values: Mapping[str, Value]) -> bool:
    """Whether one of its moves went as far before, or farther, in the same direction, and hurt; or did nothing there.

    What was moved together with several others is not known to be the culprit, and a number that goes along with a
    choice may do something where it did nothing alone.
    """
    few = len(candidate.settings) <= FEW
    alone = all(is_number(to) for to in candidate.settings.values())
    return any(
        _fails(to, each, name, values, alone=alone or not is_number(to))
        for name, to in candidate.settings.items()
        for each in trials
        if few and name in each.change and len(each.change) <= (FEW if not is_number(to) else 1)
    )


def _fails(to: Value, before: TrialEntry, name: str, values: Mapping[str, Value], *, alone: bool) -> bool:
    start, goal = before.change[name]
    if before.outcome == Outcome.NO_CLEAR_EFFECT:
        return alone and as_text(to) == as_text(goal)
    return before.outcome == Outcome.HURT and _reaches(to, goal, start, now=values.get(name))


def _reaches(to: Value, goal: Value, start: Value, *, now: Value) -> bool:
    """Whether going from ``now`` to ``to`` leads near ``goal`` or beyond, where a move from ``start`` hurt."""
    numbers = [float(each) for each in (to, goal, start, now) if isinstance(each, int | float) and is_number(each)]
    if len(numbers) < 4:
        return as_text(to) == as_text(goal)
    there, far, began, here = numbers
    if (there - here) * (far - began) <= 0:
        return False
    return there >= far / NEARLY if far > began else there <= far * NEARLY


def is_number(value: Value) -> bool:
    """Whether it is a number, and no truth."""
    return isinstance(value, int | float) and not isinstance(value, bool)
