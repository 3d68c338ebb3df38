"""One training of these benchmarks: the task, its settings as a person would type them, and how often it records."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from benchmarks.faults.tasks import task_named
from dltui_trainers.configure import as_json, configure
from dltui_trainers.hparams import Hparams

VERSION = 1
"""To be raised when a cached training no longer is what :mod:`benchmarks.faults.train` would make now."""
_MAKES_THE_TRAINING = ("augment", "batches", "loop", "metrics", "networks", "optimizers", "schedules")
"""Modules, and packages with all that is in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """``record_every`` and ``eval_every`` stretch the pauses that the pace of the training would choose."""

    task: str
    settings: dict[str, str]
    record_every: int = 1
    eval_every: int = 1

    @property
    def hparams(self) -> Hparams:
        """The checked hyperparameters. Raises ``InvalidHyperparameterError``."""
        return configure(task_named(self.task), self.settings)[0]

    @property
    def key(self) -> str:
        """A name for the folder of the run: equal exactly where the training would be the same."""
        task = task_named(self.task)
        content = [
            VERSION,
            as_json(self.hparams, task),
            self.record_every,
            self.eval_every,
            _source(task.module),
            _source("dltui_trainers.tasks", whole=False),
            *(_source(f"dltui_trainers.{name}") for name in _MAKES_THE_TRAINING),
        ]
        return f"{self.task}-{hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]}"

    def but(self, **settings: object) -> "Config":
        """Return this one with other settings."""
        changed = {name: str(value) for name, value in settings.items()}
        return Config(
            task=self.task,
            settings=self.settings | changed,
            record_every=self.record_every,
            eval_every=self.eval_every,
        )


@cache
def _source(module: str, *, whole: bool = True) -> str:
    found = find_spec(module)
    if found is None or found.origin is None:
        return ""
    folders = [Path(each) for each in found.submodule_search_locations or () if whole]
    files = [file for folder in folders for file in sorted(folder.rglob("*.py"))] or [Path(found.origin)]
    return "".join(each.read_text() for each in files)
