"""The name of a task file: its path, and behind a colon the class in it that is meant: ``path/to/task.py:Small``."""

import os
import re
from pathlib import Path

SUFFIX = ".py"
MOST_OF_NAME = 60
_UNUSUAL = re.compile(r"[^\w.+-]+")
"""What the name of a file may have, and that of a run's folder not."""


def is_task_file(name: str) -> bool:
    """Return whether the name of a task means a file."""
    return name.endswith(SUFFIX) or f"{SUFFIX}:" in name


def split_name(name: str) -> tuple[str, str]:
    """Return the path of the file, and the name of the class that is meant; empty where the whole file is."""
    if name.endswith(SUFFIX):
        return name, ""
    path, _, member = name.rpartition(":")
    return path, member


def absolute_task(name: str) -> str:
    """Return the name that means the same task in every folder; that of a built-in task is as it was."""
    if not is_task_file(name):
        return name
    path, member = split_name(name)
    whole = os.path.abspath(os.path.expanduser(path))
    return f"{whole}:{member}" if member else whole


def shown_task(name: str) -> str:
    """Return what a person calls the task: of a file its name without the folder and the ending."""
    if not is_task_file(name):
        return name
    path, member = split_name(name)
    stem = Path(path).stem
    return f"{stem}:{member}" if member else stem


def folder_stem(name: str) -> str:
    """Return what the folder of a run of that task is called by default, before the time."""
    return _UNUSUAL.sub("-", shown_task(name))[:MOST_OF_NAME].lstrip(".+-") or "task"
