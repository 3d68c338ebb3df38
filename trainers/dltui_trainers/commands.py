"""Carries out what somebody wants of the running training, between two of its steps, and answers each command.

The order in the control file decides, whoever wrote to it. An answer is one event (a ``set`` of several hyperparameters
has one for each) with the id of the command, done or refused with the reason: nothing is done in silence.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from msgspec import structs

from dltui_trainers.answers import answer, refusal
from dltui_trainers.checkpoint import Saved
from dltui_trainers.control import POLL_S, BySignal, Control, Unusable
from dltui_trainers.errors import OriginError, TrainerError
from dltui_trainers.hparams import CATALOGUE, Hparams
from dltui_trainers.loop import Training
from dltui_trainers.resume import go_back, load_snapshot
from dltui_trainers.runlog import Command, EventRecord
from dltui_trainers.wish import present, wish

Answers: TypeAlias = list[EventRecord]

NOTHING_CHANGED = "nothing was changed in this run that could be undone"
ANOTHER = "the change that was meant is not the last one any more"
NOTHING_LEFT = "the changes before are too long ago to be undone"
LATE_BLOCKS = 8
"""So many reads of the file at the end: whoever floods it must not keep the training from ending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A change that can be undone: its command's id, the way back, and the hyperparameters that hold there."""

    id: int
    saved: Saved
    hparams: Hparams


class Commands:
    """Who listens to the commands of one training."""

    def __init__(self, control: Control) -> None:
        self.stopping = False
        self.paused = False
        self._control = control
        self._changes: list[_Change] = []
        self._carry_out: dict[str, Callable[[Training, Command], Answers]] = {
            "set": self._set,
            "pause": self._pause,
            "resume": self._resume,
            "stop": self._stop,
            "checkpoint": self._checkpoint,
            "undo": self._undo,
        }

    def listen(self, training: Training) -> None:
        """Do what has been asked for since the last call; while the training is paused, wait for more."""
        found = self._control.poll()
        if found or self.paused:
            self._attend(training, found)

    def dismiss(self, training: Training) -> None:
        """Refuse what was asked for too late."""
        for _ in range(LATE_BLOCKS):
            for each in self._control.poll(at_once=True):
                if not isinstance(each, BySignal):
                    reason = each.reason if isinstance(each, Unusable) else "the training is over"
                    self._write(training, [refusal(training.step, each, reason)])

    def _attend(self, training: Training, found: list[Command | Unusable]) -> None:
        was_paused = False
        while True:
            for each in found:
                self._answer(training, each)
            if not self.paused or self.stopping:
                break
            if not was_paused:  # it may last, and who knows what happens meanwhile
                training.save_now()
            was_paused = True
            time.sleep(POLL_S)
            training.log.rest(training.step)
            found = self._control.poll()

    def _answer(self, training: Training, each: Command | Unusable) -> None:
        if isinstance(each, Unusable):
            self._write(training, [refusal(training.step, each, each.reason)])
        elif self.stopping:
            self._write(training, [refusal(training.step, each, "the training is about to end")])
        else:
            self._write(training, self._carry_out[each.command](training, each))

    def _write(self, training: Training, answers: Answers) -> None:
        for each in answers:
            training.log.write(each)

    def _set(self, training: Training, command: Command) -> Answers:
        try:
            wanted = wish(training, command)
            saved = training.checkpoints.save_before_change(training.state()) if wanted.changes_training else None
        except TrainerError as error:
            return [refusal(training.step, command, str(error))]
        except OSError as error:
            reason = f"the checkpoint before the change could not be written ({error.strerror or error})"
            return [refusal(training.step, command, reason)]
        if saved is not None:
            self._changes.append(_Change(id=command.id, saved=saved, hparams=training.hparams))
        before = {name: present(training, name) for name in wanted.names}
        notes = [*wanted.warnings, training.turn(wanted.hparams, wanted.names)]
        answered = answer(training.step, command, note=" ".join(filter(None, notes)))
        return [
            structs.replace(answered, hparam=name, from_=before[name], to=present(training, name))
            for name in wanted.names
        ]

    def _undo(self, training: Training, command: Command) -> Answers:
        change = self._last_change(training)
        if change is None:
            return [refusal(training.step, command, NOTHING_LEFT if self._changes else NOTHING_CHANGED)]
        if command.value not in (None, change.id):
            return [refusal(training.step, command, ANOTHER)]
        step = training.step
        # What is told and kept is not undone: it is no part of what was learned.
        told = {name: getattr(training.hparams, name) for name, each in CATALOGUE.items() if each.family == "log"}
        try:
            go_back(training, load_snapshot(change.saved.path), replace(change.hparams, **told))
        except OriginError as error:
            return [refusal(training.step, command, str(error))]
        self._changes.pop()
        training.checkpoints.go_back(change.saved)
        return [answer(training.step, command, from_=step, to=training.step)]

    def _last_change(self, training: Training) -> _Change | None:
        change = self._changes[-1] if self._changes else None
        return change if change and change.saved == training.checkpoints.last_saved else None

    def _pause(self, training: Training, command: Command) -> Answers:
        note = "it was paused already" if self.paused else ""
        self.paused = True
        return [answer(training.step, command, note=note)]

    def _resume(self, training: Training, command: Command) -> Answers:
        note = "" if self.paused else "it was not paused"
        self.paused = False
        return [answer(training.step, command, note=note)]

    def _stop(self, training: Training, command: Command) -> Answers:
        self.stopping = True
        return [answer(training.step, command)]

    def _checkpoint(self, training: Training, command: Command) -> Answers:
        try:
            path = training.checkpoints.write_asked(training.state())
        except TrainerError as error:
            return [refusal(training.step, command, str(error))]
        except OSError as error:
            return [refusal(training.step, command, f"the checkpoint could not be written ({error.strerror or error})")]
        return [answer(training.step, command, to=path.name)]
