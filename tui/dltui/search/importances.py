"""How much each hyperparameter of a search matters, for the best trials to be as good as they are.

Imports Optuna when it is called, which takes 0.25 s (and a second where scikit-learn is installed, which it looks for),
and then a few hundredths: call it beside a screen, in a thread or in a process.
"""

import math
from collections.abc import Sequence

from dltui.search.space.dimension import Dimension, Space
from dltui.search.study.options import Objective
from dltui.search.study.study import TrialEntry, TrialState

METHOD = "PED-ANOVA"
"""Watanabe, Bansal and Hutter 2023, arXiv:2304.10255: how far what the best trials have differs from what all have.

The best are a quarter here: of 40 trials the tenth that is usual would be 4, fewer than the method needs.
"""
NEEDED = 20
"""With fewer complete trials there is nothing to tell: the best quarter should hold five (Optuna's advice)."""
_BEST = 0.25
_RARE = 2


def importances(trials: Sequence[TrialEntry], space: Space, objective: Objective) -> dict[str, float] | None:
    """Return the share of each hyperparameter, the largest first; None with fewer than :data:`NEEDED` complete trials.

    The shares add up to 1, or are all 0 where all trials came to the same. Of a name that has an effect in some trials
    alone, it tells what it did for the whole.
    """
    complete = [each for each in trials if each.state is TrialState.COMPLETE and math.isfinite(_value(each))]
    if len(complete) < NEEDED:
        return None
    found = {each.name: _of_dimension(complete, each, objective) for each in space.dimensions}
    total = sum(found.values())
    shares = {name: value / total if total else 0.0 for name, value in found.items()}
    return dict(sorted(shares.items(), key=lambda pair: -pair[1]))


def _of_dimension(trials: Sequence[TrialEntry], dimension: Dimension, objective: Objective) -> float:
    """The categories of a range with values beside it count with it."""
    from dltui.search.methods.encoded import distributions_of

    return sum(_of_part(trials, dimension, part, objective) for part in distributions_of(dimension))


def _of_part(trials: Sequence[TrialEntry], dimension: Dimension, part: str, objective: Objective) -> float:
    """A single trial that has it, or has it not, is no measure for anything and is left out."""
    from optuna.importance import PedAnovaImportanceEvaluator

    from dltui.search.methods.encoded import Encoder, encoded

    having = {each.number for each in trials if part in encoded(dimension, each.settings.get(dimension.name))}
    rare = [group for group in (having, {each.number for each in trials} - having) if len(group) < _RARE]
    kept = [each for each in trials if not any(each.number in group for group in rare)]
    if len(having) < _RARE or not _has_a_best(kept, objective):
        return 0.0
    study = Encoder(Space((dimension,)), objective).study_of(kept)
    return PedAnovaImportanceEvaluator(target_quantile=_BEST).evaluate(study, params=[part])[part]


def _has_a_best(trials: Sequence[TrialEntry], objective: Objective) -> bool:
    """Whether the best quarter is not all of them, as it is where nearly all came to the same."""
    values = sorted((_value(each) for each in trials), reverse=objective.rises)
    return bool(values) and values[math.ceil(_BEST * len(values)) - 1] != values[-1]


def _value(trial: TrialEntry) -> float:
    return math.nan if trial.value is None else trial.value
