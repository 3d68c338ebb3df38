"""One training of these benchmarks: the task, its settings as a person would type them, and how often it records."""

import hashlib
import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.faults.tasks import task_named
from dltui_trainers.configure import as_json, configure
from dltui_trainers.hparams import Hparams

VERSION = 1
"""To be raised when a cached training no longer is what :mod:`benchmarks.faults.train` would make now."""
_MAKES_THE_TRAINING = ("augment", "batches", "models", "optimizers", "schedules", "tasks")


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


def _source(module: str) -> str:
    found = find_spec(module)
    return Path(found.origin).read_text() if found and found.origin else ""
