"""A tuning that has ended as one JSON document: that of a search, with what was changed, why, and what it did."""

from pathlib import Path
from typing import Any, cast

from dltui.cli.search_json import document as search_document
from dltui.search.study.study import Study, TrialEntry
from dltui.tune.ending import ending_of


def document(study: Study, folder: Path) -> dict[str, object]:
    """Return the whole tuning as values."""
    found = search_document(study, folder)
    del found["importances"]
    trials = cast(list[dict[str, Any]], found["trials"])
    found["trials"] = [each | _of_tuning(trial) for each, trial in zip(trials, study.trials, strict=True)]
    ending = ending_of(study)
    return {**found, "ending": str(ending) if ending is not None else None}


def _of_tuning(trial: TrialEntry) -> dict[str, Any]:
    return {
        "parent": trial.parent,
        "at_step": trial.at_step,
        "change": {name: {"from": before, "to": after} for name, (before, after) in trial.change.items()},
        "symptom": trial.symptom or None,
        "why": trial.why or None,
        "outcome": trial.outcome or None,
        "kept": trial.kept,
    }
