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
        """Return the best validation loss after so many changes, or after all that were advised."""
        return self.tries[min(changes, len(self.tries) - 1)].best_val_loss

    @property
    def first(self) -> Try:
        """What was said of the configuration as it was."""
        return self.tries[0]


def trail(config: Config, examine: Examine, prescribe: Prescribe, cache: Path = CACHE) -> Trail:
    """Return what comes of following the advice up to ``TRIES`` times."""
    tries: list[Try] = []
    while True:
        state = finished(run_of(config, cache))
        diagnosis = examine(state)
        change = _first_settable(prescribe(state, diagnosis)) if len(tries) < TRIES else {}
        changed = Config(task=config.task, settings=config.settings | change)
        refused = _why_refused(changed)
        tries.append(Try(best_val_loss=best_val_loss(state), verdict=diagnosis.verdict, change=change, refused=refused))
        if refused or changed.key == config.key:
            return Trail(tuple(tries))
        config = changed


def best_val_loss(state: RunState) -> float:
    """Return the lowest validation loss of a run; infinity where none was a number."""
    return state.best.val_loss if state.best else math.inf


def _first_settable(changes: tuple[Change, ...]) -> dict[str, str]:
    """What a person would type for the first change that has a value."""
    chosen = next((change.settings for change in changes if change.settings), {})
    return {name: as_text(value) for name, value in chosen.items()}


def _why_refused(config: Config) -> str:
    try:
        assert config.hparams
    except TrainerError as error:
        return str(error)
    return ""
