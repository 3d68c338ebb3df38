"""The words that say how a search is to go about it. What a space file says as well, the words of the line overrule."""

import argparse
from pathlib import Path
from typing import Any

import msgspec

from dltui.cli.options import Parser, settings_in
from dltui.errors import UsageError
from dltui.guide.told_time import seconds_in
from dltui.search.space.asked import asked_space
from dltui.search.space.file import SpaceFile, read_space_file
from dltui.search.study.checked import checked
from dltui.search.study.options import Objective, Resources, SearchOptions
from dltui_trainers.configure import with_data
from dltui_trainers.named_task import find_task

PLAIN = ("method", "sampler", "trials", "seeds", "seed", "workers", "pruner", "engine")
"""Options that are called as on the command line."""
RESOURCES = ("gpus", "cpus", "memory", "time_limit", "partition", "account", "address")

OF_ENGINE = ("engine", *RESOURCES, "nproc", "engine_option")
"""What says where trainings run and what each is given, by its attribute."""


def add_search_options(parser: Parser) -> None:
    """Add what only a search has."""
    add = parser.add_argument
    add("--method", choices=("grid", "random", "bayes"), help="how trials are chosen (default: bayes)")
    add("--sampler", choices=("tpe", "gp"), help="of bayes: Parzen estimators, or a Gaussian process (default: tpe)")
    add("--trials", type=whole, metavar="N", help="so many (default: 40; all of a grid; with --budget no limit)")
    add("--budget", metavar="TIME", help="for all of it: 60s, 10m, 2h")
    add("--space", metavar="FILE", help="a TOML file with what to try, and how")
    add(
        "--over",
        metavar="NAME[=VALUES]",
        action="append",
        default=[],
        help="try these: lr, lr=1e-4..0.1, width=32,64,128; repeatable (default: what the task's space has)",
    )
    add("--architecture", action="store_true", help="try depth, width, kernels, norm and activation as well")
    add("--seeds", type=whole, metavar="K", help="trainings of each trial, whose mean counts (default: 1)")
    add("--workers", type=whole, metavar="K", help="trainings at a time (default: as many as the engine suggests)")
    add("--pruner", choices=("none", "median", "hyperband"), help="stop trials that are behind others (default: none)")
    add("--no-diagnosis", action="store_true", help="do not stop trials that have diverged or learn nothing")


def add_study_options(parser: Parser) -> None:
    """Add what a search and a tuning have in common."""
    add = parser.add_argument
    add(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        dest="settings",
        help="a hyperparameter of all trials",
    )
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--minimise", metavar="METRIC", help="what to make small (default: val_loss)")
    target.add_argument("--maximise", metavar="METRIC", help="what to make large, such as val_accuracy")
    add("--seed", type=whole, metavar="S", help="of the choice of trials and of their trainings (default: 0)")
    add("--engine", choices=("local", "slurm", "ray"), help="where trials run (default: local)")
    add("--gpus", type=whole, metavar="N", help="of each trial (default: one where there are any)")
    add("--cpus", type=whole, metavar="N", help="cores of each trial (default: 1)")
    add("--nproc", type=whole, metavar="K", help="processes of each trial, which share its batches (default: 1)")
    add("--memory", metavar="M", help="of each trial, as Slurm writes it: 8G")
    add("--time-limit", metavar="T", help="of each trial, as Slurm writes it: 2:00:00; it is continued afterwards")
    add("--partition", metavar="P", help="of Slurm")
    add("--account", metavar="A", help="of Slurm")
    add("--engine-option", metavar="X", action="append", default=[], help="a further option of sbatch; repeatable")
    add("--address", metavar="A", help="of the Ray cluster (default: the one that runs here)")


def search_options_in(given: argparse.Namespace) -> SearchOptions:
    """Return the options of a new search of ``given.task``. Raises :class:`UsageError`, :class:`SpaceError` and
    :class:`TrainerError`: what the words and the file say is checked whole."""
    file = read_space_file(Path(given.space).expanduser()) if given.space else SpaceFile()
    settings = settings_in(given.settings)
    task, settings = with_data(find_task(given.task), settings)
    space = asked_space(
        task, settings, file=file if given.space else None, over=given.over, architecture=given.architecture
    )
    named = _of_file(file) | _of_words(given)
    named |= {"settings": {name: settings[name] for name in settings_in(given.settings)}}
    if "trials" not in named and (named.get("method") == "grid" or "budget_s" in named):
        named["trials"] = 0
    resources = resources_in(given, file.resources)
    return checked(SearchOptions(dimensions=space.dimensions, resources=resources, **named))


def resources_in(given: argparse.Namespace, before: Resources) -> Resources:
    """Return what each trial is given: what ``before`` has, and over it what the words say."""
    changes: dict[str, Any] = {name: getattr(given, name) for name in RESOURCES if getattr(given, name) is not None}
    if given.nproc is not None:
        changes["processes"] = given.nproc
    if given.engine_option:
        changes["extra"] = tuple(given.engine_option)
    return msgspec.structs.replace(before, **changes)


def objective_in(given: argparse.Namespace) -> Objective | None:
    """Return what the words want to be made small or large; None if they do not say."""
    metric = given.minimise or given.maximise
    return Objective(metric=metric, rises=given.minimise is None) if metric else None


def limits_in(given: argparse.Namespace) -> dict[str, float]:
    """Return the limits that the words name, as a study that is gone on with takes them: trials and seconds."""
    found: dict[str, float] = {} if given.trials is None else {"trials": given.trials}
    return found if given.budget is None else {**found, "budget_s": seconds_in(given.budget)}


def _of_words(given: argparse.Namespace) -> dict[str, Any]:
    named: dict[str, Any] = {name: getattr(given, name) for name in PLAIN if getattr(given, name) is not None}
    if given.budget is not None:
        named["budget_s"] = seconds_in(given.budget)
    if given.no_diagnosis:
        named["prune_by_diagnosis"] = False
    if (objective := objective_in(given)) is not None:
        named["objective"] = objective
    return named


def _of_file(file: SpaceFile) -> dict[str, Any]:
    search = file.search
    named: dict[str, Any] = {name: getattr(search, name) for name in PLAIN if getattr(search, name) is not None}
    if search.budget is not None:
        named["budget_s"] = seconds_in(search.budget)
    if search.diagnosis is not None:
        named["prune_by_diagnosis"] = search.diagnosis
    if search.objective is not None:
        named["objective"] = search.objective
    return named


def whole(text: str) -> int:
    """Return the whole number that ``text`` names."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number") from None


def refuse_beside_resume(given: argparse.Namespace, names: dict[str, str]) -> None:
    """Raise :class:`UsageError` for a word that a study which has begun cannot take. ``names``: attribute, option."""
    for name, option in names.items():
        if getattr(given, name) not in (None, False, []):
            raise UsageError(f"{option} is for a new one, and --resume goes on with one: leave one of them out.")
