"""What a log is called in a list: where it lies, by what tells it from the others there."""

import os
from pathlib import Path

from dltui.catalog.candidates import is_checkpoint
from dltui.catalog.discover import FoundLog
from dltui.formats.known import FOREIGN_NAMES
from dltui.runs.files import open_regular

_MLFLOW = "mlflow"
_MLFLOW_NAME = "tags/mlflow.runName"
_LONGEST_NAME = 200


def label_of(log: FoundLog) -> str:
    """Return the path from the current folder, where the log lies beneath it.

    A name that every such log has is left out, and so is the number of a checkpoint; a run of MLflow has its own name.
    """
    named = log.path.parent if log.path.name in FOREIGN_NAMES else log.path
    named = named.parent if is_checkpoint(named.name) else named
    own = _mlflow_name(log.path) if log.format == _MLFLOW else ""
    if own:  # mlruns/EXPERIMENT/RUN, both of them numbers
        named = named.parent.parent / own
    try:
        label = os.path.relpath(named)
    except OSError:  # the current folder was removed
        return str(named)
    if label == os.curdir:
        return log.path.name
    return str(named) if label.startswith(os.pardir) else label


def _mlflow_name(folder: Path) -> str:
    try:
        with open_regular(folder / _MLFLOW_NAME) as file:
            name = file.read(_LONGEST_NAME).decode("utf-8", errors="replace").strip()
    except OSError:
        return ""
    return name if "/" not in name and "\0" not in name else ""
