"""The words for a search and its trials: what its lines, its document and its report say in the same way."""

from collections.abc import Mapping

from dltui.formatting import setting
from dltui.guide.closing import command
from dltui.search.study.options import SearchOptions
from dltui.search.study.study import Study, TrialEntry, TrialState
from dltui.search.trials.fault import is_past_its_best
from dltui.text import safe_text
from dltui_trainers.runlog import Value


def method_of(options: SearchOptions) -> str:
    """Return how the trials are chosen: ``grid``, ``bayes, tpe``."""
    return f"bayes, {options.sampler}" if options.method == "bayes" else options.method


def settings_of(study: Study, trial: TrialEntry) -> dict[str, Value]:
    """Return all settings that repeat a trial, its first seed included."""
    return {**study.options.settings, **trial.settings, "seed": study.options.seed}


def command_of(study: Study, task: str, trial: TrialEntry) -> str:
    """Return the command that trains ``task`` with the settings of a trial, in as many processes as it had."""
    told = command(task, settings_of(study, trial))
    processes = study.options.resources.processes
    return f"{told} --nproc {processes}" if processes > 1 else told


def of_them(number: int, what: str) -> str:
    """Return how many there are: ``1 trial``, ``12 trials``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def settings_text(settings: Mapping[str, Value]) -> str:
    """Return settings as a person reads them."""
    return ", ".join(f"{safe_text(name)} {safe_text(setting(value))}" for name, value in settings.items())


def ending_of(trial: TrialEntry) -> str:
    """Return how a trial ended, in words: ``pruned (median)``."""
    if not trial.pruned_by or trial.state is TrialState.FAILED:
        return str(trial.state)
    why = safe_text(trial.pruned_by.removeprefix("diagnosis: ").replace("_", " "))
    return f"stopped ({why})" if is_past_its_best(trial.pruned_by) else f"{trial.state} ({why})"


def verdict_of(trial: TrialEntry) -> str:
    """Return the one word of its diagnosis, with spaces."""
    return safe_text(trial.verdict.replace("_", " "))
