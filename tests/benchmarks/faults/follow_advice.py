"""Does what the advice says: train, diagnose, take the first change that can be set, train again with the same seed."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.config import Config
from benchmarks.faults.judge import Examine, finished
from benchmarks.faults.train import CACHE, run_of
from dltui.advice.change import Change
from dltui.diagnosis.finding import Diagnosis, Verdict
from dltui.series.state import RunState
from dltui_trainers.configure import as_text
from dltui_trainers.errors import TrainerError

Prescribe = Callable[[RunState, Diagnosis], tuple[Change, ...]]

TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One training and what was said of it. ``change``: what was then set, empty where nothing could be."""

    best_val_loss: float
    verdict: Verdict
    change: dict[str, str]
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Trail:
    """The trainings of one seed, the unchanged one first. It ends early where there is no more advice."""

    tries: tuple[Try, ...]

    def val_loss(self, changes: int) -> float:
        """Return the best validation loss of the training that was made after so many changes, or of the last one."""
        return self.tries[min(changes, len(self.tries) - 1)].best_val_loss

    def kept_val_loss(self, changes: int) -> float:
        """Return the best validation loss that stands after so many changes, those that made it worse undone."""
        return min(each.best_val_loss for each in self.tries[: changes + 1])

    @property
    def first(self) -> Try:
        """What was said of the configuration as it was."""
        return self.tries[0]


def trail(config: Config, examine: Examine, prescribe: Prescribe, cache: Path = CACHE) -> Trail:
    """Return what comes of following the advice up to ``TRIES`` times.

    A change that made the validation loss worse is undone, as its own text says, and the next advice for the
    configuration before it is taken.
    """
    tries: list[Try] = []
    tried = {config.key}
    kept, lowest = config, math.inf
    while True:
        state = finished(run_of(config, cache))
        found = best_val_loss(state)
        if found < lowest or not tries:
            kept, lowest = config, found
        else:
            state = finished(run_of(kept, cache))
        diagnosis = examine(state)
        options = _settable(prescribe(state, diagnosis)) if len(tries) < TRIES else []
        fresh = [each for each in options if _changed(kept, each).key not in tried]
        change = fresh[0] if fresh else {}
        changed = _changed(kept, change)
        refused = _why_refused(changed)
        tries.append(Try(best_val_loss=found, verdict=diagnosis.verdict, change=change, refused=refused))
        if refused or not change:
            return Trail(tuple(tries))
        tried.add(changed.key)
        config = changed


def _changed(config: Config, change: dict[str, str]) -> Config:
    return Config(task=config.task, settings=config.settings | change)


def best_val_loss(state: RunState) -> float:
    """Return the lowest validation loss of a run; infinity where none was a number."""
    return state.best.val_loss if state.best else math.inf


def _settable(changes: tuple[Change, ...]) -> list[dict[str, str]]:
    """What a person would type for each change that has a value, best first."""
    return [{name: as_text(value) for name, value in change.settings.items()} for change in changes if change.settings]


def _why_refused(config: Config) -> str:
    try:
        assert config.hparams
    except TrainerError as error:
        return str(error)
    return ""
