"""A training that goes on from what a callback has kept, and the keeping. Nothing of torch is imported here."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from dltui_trainers.recorder import Run
from dltui_trainers.recorder.ending import sentence
from dltui_trainers.runlog import EventRecord

KEEP_S = 1.0
COST_LIMIT = 0.01
"""Keeping at the ends of epochs may take this share of the time, and is not done more often than each second."""


class UnfitStateError(Exception):
    """What was kept does not fit what is there now; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a training begins to count: at nothing, or where the run that it goes on from was."""

    step: int = 0
    epoch: float = 0.0

    def last_of(self, total: float) -> float | None:
        """Return at which step (or epoch) it is to end when all of the training has ``total``.

        None where the framework ends it by itself: it begins from nothing, its length is unknown, or it goes on from
        the end of a training, and then trains as long again.
        """
        return total if self.step and not self.is_over(total) and total else None

    def is_over(self, total: float) -> bool:
        """Whether what it goes on from had come to its end."""
        return bool(total) and self.step >= total


def bring_back(run: Run, put: Callable[[Mapping[str, Any]], str]) -> Start:
    """Let ``put`` put back what ``run`` goes on from, and return where that was.

    ``put`` returns what could not be put back beside the weights, and raises if these do not fit: then, as whenever
    anything is wrong, that is told, and the training begins from nothing.
    """
    if run.branch is None or (kept := run.restore()) is None:
        return Start()
    try:
        start = Start(int(kept["global_step"]), float(kept["epoch"]))
        note = put(kept)
    except Exception as error:  # the border: what was kept may be a script's own state, or of another model
        reason = str(error) if isinstance(error, UnfitStateError) else f"no state of this callback ({sentence(error)})"
        _tell(run, f"what was kept at step {run.branch.step} does not fit: {reason}; the training begins from nothing")
        return Start()
    if note:
        _tell(run, f"of what was kept at step {run.branch.step} {note}")
    return start


def _tell(run: Run, reason: str) -> None:
    run.warner.once("restore", f"{reason}.")
    run.write(EventRecord(step=run.step, time=time.time(), name="restore", reason=reason, done=False))


def tell_first_rate(run: Run, optimizer: Any, tell: Callable[[float], None]) -> None:
    """Tell the rate of the first step of a branch: what it changes holds from there, and was not there before it."""
    if run.branch is None or not hasattr(optimizer, "register_step_pre_hook"):
        return

    is_told = False

    def first_step(*_: object) -> None:
        nonlocal is_told
        if not is_told:  # a hook that takes itself away breaks the loop over the hooks
            is_told = True
            with suppress(Exception):
                tell(float(optimizer.param_groups[0]["lr"]))

    optimizer.register_step_pre_hook(first_step)


class Keeping:
    """Keeps states from which a branch may go on: whenever one is wanted, and at the ends of epochs."""

    def __init__(self, run: Run, state: Callable[[], dict[str, Any]]) -> None:
        self._run, self._state = run, state
        self._next = 0.0
        run.checkpoint(state)

    def keep(self) -> None:
        """Keep the state of now, unless it was done a moment ago."""
        began = time.monotonic()
        if began < self._next or self._run.folder is None:
            return
        self._run.checkpoint(self._state())
        now = time.monotonic()
        self._next = now + max(KEEP_S, (now - began) / COST_LIMIT)
