"""What a person said of a search or a tuning, checked before anything is made."""

import math
import re
from typing import TypeVar

from dltui.errors import UsageError
from dltui.search.methods.choose import refuse_impossible
from dltui.search.study.options import Objective, Resources, SearchOptions, TuneOptions
from dltui.text import safe_text

LONGEST_S = 365 * 86400.0
MOST_TRIALS = 100_000
MOST_WORKERS = 1000
MOST_SEEDS = 100
MOST_ATTEMPTS = 100
MOST_GPUS, MOST_CPUS, MOST_PROCESSES = 64, 1024, 64
_METRIC = re.compile(r"[^\W\d][\w./@ -]{0,99}")
_FOR_SLURM = ("time_limit", "memory", "partition", "account", "extra")

Options = TypeVar("Options", bound=SearchOptions | TuneOptions)


def checked(options: Options) -> Options:
    """Return the options. Raises :class:`UsageError` with one sentence for what makes no sense, and what
    :func:`dltui.search.methods.choose.refuse_impossible` raises."""
    _within("trials", options.trials, 0, MOST_TRIALS)
    _within("budget", options.budget_s, 0.0, LONGEST_S, "seconds")
    _within("seed", options.seed, 0, 2**31 - 1)
    _within("attempts", options.attempts, 1, MOST_ATTEMPTS)
    if "seed" in options.settings:
        raise UsageError("The seeds are given by --seed here, not by --set seed.")
    _check_objective(options.objective)
    _check_resources(options.engine, options.resources)
    if isinstance(options, SearchOptions):
        _check_search(options)
    elif isinstance(options, TuneOptions) and not options.trials and not options.budget_s:
        raise UsageError("Nothing would end it: give a number of trainings or a time as --budget.")
    return options


def _check_search(options: SearchOptions) -> None:
    _within("workers", options.workers, 0, MOST_WORKERS)
    _within("seeds", options.seeds, 1, MOST_SEEDS)
    if options.method != "grid" and not options.trials and not options.budget_s:
        raise UsageError("Nothing would end it: give --trials or --budget.")
    if options.method != "bayes" and options.sampler != "tpe":
        raise UsageError(f"--sampler is for --method bayes, and this is a {options.method} search.")
    if not options.dimensions:
        raise UsageError("Nothing is left to search: name hyperparameters with --over, or a --space file.")
    for each in options.dimensions:
        if each.name in options.settings:
            raise UsageError(f"{each.name} is set for all trials and searched as well: leave one of them out.")
    refuse_impossible(options)


def _check_objective(objective: Objective) -> None:
    if not _METRIC.fullmatch(objective.metric):
        raise UsageError(
            f"'{safe_text(objective.metric)[:40]}' cannot be a metric's name; for example val_loss or val_accuracy."
        )


def _check_resources(engine: str, resources: Resources) -> None:
    if resources.gpus is not None:
        _within("gpus", resources.gpus, 0, MOST_GPUS)
    _within("cpus", resources.cpus, 1, MOST_CPUS)
    _within("nproc", resources.processes, 1, MOST_PROCESSES)
    given = [name for name in _FOR_SLURM if getattr(resources, name)]
    if given and engine != "slurm":
        name = "engine-option" if given[0] == "extra" else given[0].replace("_", "-")
        raise UsageError(f"--{name} is for --engine slurm, and the engine is {engine}.")
    if resources.address and engine != "ray":
        raise UsageError(f"--address is for --engine ray, and the engine is {engine}.")
    if any(not each.isprintable() for name in _FOR_SLURM[:-1] for each in getattr(resources, name)):
        raise UsageError("What is given to sbatch holds signs that cannot be printed.")


def _within(name: str, value: float, low: float, high: float, unit: str = "") -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise UsageError(f"{name} = {value:g} cannot be: take {low:g} to {high:g}{f' {unit}' if unit else ''}.")
