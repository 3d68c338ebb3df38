"""What is typed into the dialog of a new search, as the options that it is started with."""

from dataclasses import dataclass

from dltui.errors import UsageError
from dltui.guide.told_time import seconds_in
from dltui.screens.typed_settings import settings_in
from dltui.search.space.asked import asked_space
from dltui.search.study.checked import checked
from dltui.search.study.options import Objective, SearchOptions, TuneOptions
from dltui.series.scores import SCORES
from dltui_trainers.configure import configure
from dltui_trainers.registry import TaskInfo

TUNE = "tune"
METHODS = [
    ("bayes: TPE, near to what was good, the usual choice", "bayes tpe"),
    ("bayes: a Gaussian process, for few and costly trials", "bayes gp"),
    ("random", "random"),
    ("grid: every combination", "grid"),
    ("tune: the doctor changes what the curves ask for", TUNE),
]
SPACES = [("what the task has usually", ""), ("and its architecture: depth, width, norm, activation", "architecture")]
PRUNERS = [
    ("none, but what diverges or learns nothing", "none"),
    ("median: below the median of the others", "median"),
    ("hyperband: many short trials, few long ones", "hyperband"),
]
OBJECTIVE = "min val_loss"
_WAYS = {"min": False, "minimise": False, "minimize": False, "max": True, "maximise": True, "maximize": True}
_RISING = {score.metric for score in SCORES if score.rises}
_TRIALS, _TRIALS_OF_TUNING = 40, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The fields as they are typed."""

    method: str
    space: str
    pruner: str
    objective: str = ""
    given: str = ""
    over: str = ""
    trials: str = ""
    budget: str = ""
    workers: str = ""

    @property
    def settings(self) -> dict[str, str]:
        """What is given for all trials. Raises :class:`UsageError`."""
        return settings_in(self.given)


def options_of(task: TaskInfo, typed: Typed) -> SearchOptions | TuneOptions:
    """Return the options of what is typed, checked.

    Raises :class:`UsageError`, :class:`SpaceError` and what :func:`dltui_trainers.configure.configure` raises.
    """
    settings = typed.settings
    configure(task, settings)
    budget_s = seconds_in(typed.budget) if typed.budget else 0.0
    objective = objective_in(typed.objective)
    if typed.method == TUNE:
        trials = whole_in("trials", typed.trials, _TRIALS_OF_TUNING)
        return checked(TuneOptions(settings=settings, objective=objective, trials=trials, budget_s=budget_s))
    method, _, sampler = typed.method.partition(" ")
    space = asked_space(task, settings, over=typed.over.split(), architecture=typed.space == "architecture")
    usual = 0 if method == "grid" or typed.budget else _TRIALS
    return checked(
        SearchOptions(
            method=method,  # type: ignore[arg-type]
            sampler=sampler or "tpe",  # type: ignore[arg-type]
            settings=settings,
            dimensions=space.dimensions,
            objective=objective,
            trials=whole_in("trials", typed.trials, usual),
            budget_s=budget_s,
            workers=whole_in("workers", typed.workers, 0),
            pruner=typed.pruner,  # type: ignore[arg-type]
        )
    )


def objective_in(text: str) -> Objective:
    """Return the objective: a metric, and before it whether it is to be small or large where that is not plain."""
    words = text.split()
    if not words:
        return Objective()
    if len(words) == 1 and words[0] not in _WAYS:
        return Objective(metric=words[0], rises=words[0] in _RISING)
    if len(words) != 2 or words[0] not in _WAYS:
        raise UsageError(f"'{text}' is no objective: give a metric, such as val_loss, or max val_accuracy.")
    return Objective(metric=words[1], rises=_WAYS[words[0]])


def whole_in(name: str, text: str, usual: int) -> int:
    """Return the whole number that is typed, ``usual`` where nothing is. Raises :class:`UsageError`."""
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise UsageError(f"{name} = {text[:20]} is not a whole number.")
    return int(text)
