"""The order of a list of runs: by any of its columns, what is not known always at the end."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dltui.catalog.summary import RunSummary
from dltui.runs.status import RunStatus
from dltui.series.scores import SCORES

_DIGITS = re.compile(r"(\d+)")
_STATES = (
    RunStatus.RUNNING,
    RunStatus.STARTING,
    RunStatus.FAILED,
    RunStatus.KILLED,
    RunStatus.STOPPED,
    RunStatus.QUIET,
    RunStatus.FINISHED,
)
"""What needs a look comes first."""
_VERDICTS = ("diverged", "overfitting", "underfitting", "inconclusive", "good_fit")


@lru_cache(maxsize=8192)
def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A name as people sort it: run-2 before run-10."""
    pieces = _DIGITS.split(name.lower())
    return tuple((0, int(piece), "") if piece.isdecimal() and len(piece) < 300 else (1, 0, piece) for piece in pieces)


@dataclass(frozen=True, slots=True)
class Order:
    """Sorted by ``column``, one of :data:`COLUMNS`; ``reverse``: from its other end."""

    column: str = "age"
    reverse: bool = False

    def by(self, column: str) -> "Order":
        """Return the order by that column; by the same column again, turned around."""
        return Order(column, not self.reverse if column == self.column else False)


Key = Callable[[RunSummary], Any]


def _score(run: RunSummary) -> tuple[int, float] | float:
    """Scores of one kind beside each other: a perplexity is no accuracy."""
    scores = run.scores
    return (SCORES.index(scores[0][0]), scores[0][1]) if scores else math.nan


COLUMNS: dict[str, Key] = {
    "state": lambda run: _STATES.index(run.status),
    "run": lambda run: _natural(run.name),
    "format": lambda run: run.format,
    "epoch": lambda run: run.epoch if math.isfinite(run.epoch) else float(run.step) or math.nan,
    "train": lambda run: run.train_loss,
    "best val": lambda run: run.best_val_loss,
    "score": lambda run: _score(run),
    "verdict": lambda run: _VERDICTS.index(run.verdict) if run.verdict in _VERDICTS else math.nan,
    "age": lambda run: -run.began,
}


def ordered(runs: Iterable[RunSummary], order: Order) -> list[RunSummary]:
    """Return the runs in that order; equal ones as they were."""
    key = COLUMNS[order.column]
    keyed = [(key(run), run) for run in runs]
    known = [pair for pair in keyed if pair[0] == pair[0]]
    known.sort(key=lambda pair: pair[0], reverse=order.reverse)
    return [run for _, run in known] + [run for value, run in keyed if value != value]
