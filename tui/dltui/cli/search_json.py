"""A search that has ended as one JSON document; docs/search.md describes it."""

from pathlib import Path
from typing import Any

import msgspec

from dltui.search.study.options import SearchOptions
from dltui.search.study.study import Study, TrialEntry
from dltui.search.telling import command_of, settings_of


def document(study: Study, folder: Path) -> dict[str, object]:
    """Return the whole search as values."""
    begun, supervised, best = study.begun, study.supervised, study.best
    assert begun is not None
    return {
        "task": begun.task,
        "folder": str(folder),
        "status": supervised.status if supervised is not None else "stopped",
        "error": (supervised.error or None) if supervised is not None else None,
        "objective": msgspec.to_builtins(study.objective),
        "options": msgspec.to_builtins(study.options),
        "seconds": round(study.worked_s, 3),
        "trials": [_trial(each) for each in study.trials],
        "best": _best(study, best, folder) if best is not None else None,
        "importances": _importances(study),
    }


def _best(study: Study, best: TrialEntry, folder: Path) -> dict[str, object]:
    assert study.begun is not None
    settings = settings_of(study, best)
    return {
        "number": best.number,
        "value": best.value,
        "step": best.step,
        "run": str(folder / best.run),
        "settings": settings,
        "command": command_of(study, study.begun.task, best),
    }


def _trial(trial: TrialEntry) -> dict[str, Any]:
    return {
        "number": trial.number,
        "state": str(trial.state),
        "settings": trial.settings,
        "value": trial.value,
        "step": trial.step,
        "verdict": trial.verdict or None,
        "finding": trial.finding or None,
        "pruned_by": trial.pruned_by or None,
        "error": trial.error or None,
        "run": trial.run or None,
        "seconds": trial.seconds,
        "jobs": {
            name: {"seed": job.seed, "run": job.run or None, "state": job.state, "points": job.points}
            for name, job in trial.jobs.items()
        },
    }


def _importances(study: Study) -> dict[str, object] | None:
    """How much each hyperparameter matters, and by which method; None where there is too little to tell."""
    options = study.options
    if not isinstance(options, SearchOptions):
        return None
    from dltui.search.importances import METHOD, importances
    from dltui.search.space.dimension import Space

    found = importances(study.trials, Space(options.dimensions), study.objective)
    return None if found is None else {"method": METHOD, "values": found}
