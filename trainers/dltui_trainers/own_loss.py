"""A loss, and metrics, of a person's own: functions of what a network answers and of what it should have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from dltui_trainers.runlog import EVAL_METRICS

PREFIX = "val_"
TAKEN = ("val_loss", "train_accuracy")
"""What a validation tells anyhow."""


@dataclass(frozen=True, slots=True)
class OwnLoss:
    """The loss of a task file: ``function(output, target)`` is the mean of a batch."""

    name: str
    function: Callable[[Tensor, Tensor], Tensor]

    def __call__(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the mean loss of a batch."""
        return self.function(output, target)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class OwnMetrics:
    """What is measured in a validation in the place of accuracy and its like; nothing where there is no function."""

    function: Callable[[Tensor, Tensor], Mapping[str, Any]] | None = None

    def __call__(self, output: Tensor, target: Tensor) -> dict[str, float]:
        """Return the metrics of some samples, by the names that they have in the log."""
        found = self.function(output, target) if self.function else {}
        return {log_name(name): float(value) for name, value in found.items()}


def log_name(name: str) -> str:
    """Return what a metric is called in the log: ``val_f1`` for ``f1``."""
    return name if name.startswith(PREFIX) else PREFIX + name


def of_record(values: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the metrics that the record of a validation has a place for, and the others."""
    known = {name: value for name, value in values.items() if name in EVAL_METRICS and name not in TAKEN}
    return known, {name: value for name, value in values.items() if name not in known}
