"""The words that say how a tuning is to go about it; what it has in common with a search is in ``search_options``."""

import argparse

from dltui.cli.options import Parser, settings_in
from dltui.cli.search_options import objective_in, resources_in
from dltui.errors import UsageError
from dltui.guide.told_time import seconds_in
from dltui.search.study.checked import checked
from dltui.search.study.options import Objective, Resources, TuneOptions
from dltui_trainers.configure import configure, with_data
from dltui_trainers.errors import suggestion
from dltui_trainers.named_task import find_task


def add_tune_options(parser: Parser) -> None:
    """Add what only a tuning has."""
    add = parser.add_argument
    add("--budget", metavar="N | TIME", help="so many trainings, or a time: 20, or 60s, 10m, 2h (default: 10)")
    add("--fixed", metavar="NAMES", help="hyperparameters that it leaves alone, joined by commas: epochs,width")
    add("--thorough", action="store_true", help="go on when the curves are healthy, until the budget is spent")


def split_budget(given: argparse.Namespace) -> None:
    """Let ``given.trials`` and ``given.budget`` be what a search calls so: a whole number counts trainings."""
    given.trials = None
    if given.budget is not None and given.budget.strip().lstrip("+-").isdecimal():
        given.trials, given.budget = int(given.budget), None
        if given.trials < 1:
            raise UsageError(f"A budget of {given.trials} trainings is none: take one at least.")


def tune_options_in(given: argparse.Namespace) -> TuneOptions:
    """Return the options of a new tuning of ``given.task``. Raises :class:`UsageError` and :class:`TrainerError`."""
    task, settings = with_data(find_task(given.task), settings_in(given.settings))
    configure(task, settings)
    named = settings_in(given.settings)
    return checked(
        TuneOptions(
            settings={name: settings[name] for name in named},
            fixed=_fixed(given.fixed, list(task.hparams), given.task),
            objective=objective_in(given) or Objective(),
            trials=given.trials
            if given.trials is not None
            else 0
            if given.budget is not None
            else TuneOptions().trials,
            budget_s=seconds_in(given.budget) if given.budget is not None else 0.0,
            seed=given.seed or 0,
            thorough=given.thorough,
            engine=given.engine or "local",
            resources=resources_in(given, Resources()),
        )
    )


def _fixed(words: str | None, known: list[str], task: str) -> tuple[str, ...]:
    """The names in order, each once. Raises :class:`UsageError` for one that there is not."""
    names = tuple(dict.fromkeys(word.strip() for word in (words or "").split(",") if word.strip()))
    for name in names:
        if name not in known:
            raise UsageError(
                f"There is no hyperparameter '{name}' to be left alone.{suggestion(name, known)}"
                f" 'dltui tasks {task}' lists them."
            )
    return names
