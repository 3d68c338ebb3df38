"""What was changed while a training ran, as its events tell: the settings that hold now, whether it stands still."""

import math
from dataclasses import dataclass, replace

from dltui.runs.update import is_undo
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import EventRecord, Value

NEVER_UNDONE = "log"
"""The family of what is only about the log: it is set without a checkpoint, and an undo leaves it as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveChange:
    """What one command set, in one breath. ``undone_by``: the undo that took it back, None while it holds."""

    settings: tuple[EventRecord, ...]
    undone_by: EventRecord | None = None

    @property
    def step(self) -> int:
        """The steps that were done: the first one with the new values is the next."""
        return self.settings[0].step

    @property
    def can_be_undone(self) -> bool:
        """Whether it is about the training, and not only about its log."""
        return not all(map(is_of_log, self.settings))


class Live:
    """Takes events in the order of the log. ``changes``: all that were made, the oldest first, undone ones too.

    ``stood_until_s``: when the training went on after its last pause, undo or restart, in Unix seconds; NaN if there
    was none.
    """

    def __init__(self) -> None:
        self.changes: list[LiveChange] = []
        self.paused = False
        self.stood_until_s = math.nan

    def take(self, event: EventRecord) -> None:
        """Take note of an event; those that were refused change nothing."""
        if not event.done:
            return
        if event.name == "set":
            self._set(event)
        elif event.name == "undo":
            self._undo(event)
        elif is_undo(event):
            self._lose(event)
        elif event.name in ("paused", "resumed"):
            self.paused = event.name == "paused"
        if is_undo(event) or event.name == "resumed":
            self.stood_until_s = event.time

    def settings(self, until_step: float = math.inf) -> dict[str, Value]:
        """What was set until that step and holds, name -> value."""
        return {event.hparam: event.to for event in self.standing() if event.step <= until_step}

    def standing(self) -> list[EventRecord]:
        """Return the settings that hold or were replaced by later ones, but were not undone, oldest first."""
        return [
            event
            for change in self.changes
            for event in change.settings
            if change.undone_by is None or is_of_log(event)
        ]

    def _set(self, event: EventRecord) -> None:
        last = self.changes[-1] if self.changes else None
        if last is not None and event.id is not None and last.settings[0].id == event.id:
            self.changes[-1] = replace(last, settings=(*last.settings, event))
        else:
            self.changes.append(LiveChange(settings=(event,)))

    def _undo(self, event: EventRecord) -> None:
        for place in reversed(range(len(self.changes))):
            change = self.changes[place]
            if change.undone_by is None and change.can_be_undone:
                self.changes[place] = replace(change, undone_by=event)
                return

    def _lose(self, restart: EventRecord) -> None:
        """What was set after the checkpoint that the training began again from does not hold."""
        for place, change in enumerate(self.changes):
            if change.undone_by is None and change.can_be_undone and change.step > restart.step:
                self.changes[place] = replace(change, undone_by=restart)


def is_of_log(event: EventRecord) -> bool:
    """Whether it set something that is only about the log."""
    return event.hparam in CATALOGUE and CATALOGUE[event.hparam].family == NEVER_UNDONE
