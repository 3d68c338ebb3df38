"""Carries out what somebody wants of the running training, between two of its steps, and answers each command.

The order in the control file decides, whoever wrote to it. An answer is one event (a ``set`` of several hyperparameters
has one for each) with the id of the command, done or refused with the reason: nothing is done in silence.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from msgspec import structs

from dltui_trainers.checkpoint import Saved
from dltui_trainers.control import POLL_S, BySignal, Control, Unusable
from dltui_trainers.errors import OriginError, TrainerError
from dltui_trainers.hparams import CATALOGUE, Hparams
from dltui_trainers.loop import Training
from dltui_trainers.resume import go_back, load_snapshot
from dltui_trainers.runlog import Command, EventRecord, Value
from dltui_trainers.wish import MOST_TEXT, present, wish

Answers: TypeAlias = list[EventRecord]

NOTHING_CHANGED = "nothing was changed in this run that could be undone"
ANOTHER = "the change that was meant is not the last one any more"
NOTHING_LEFT = "the changes before are too long ago to be undone"
LATE_BLOCKS = 8
"""So many reads of the file at the end: whoever floods it must not keep the training from ending."""
MOST_REASON = 1000
"""Characters of who asked and why that an answer repeats."""


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
                    self._write(training, [_refusal(training, each, reason)])

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
            self._write(training, [_refusal(training, each, each.reason)])
        elif self.stopping:
            self._write(training, [_refusal(training, each, "the training is about to end")])
        else:
            self._write(training, self._carry_out[each.command](training, each))

    def _write(self, training: Training, answers: Answers) -> None:
        for answer in answers:
            training.log.write(answer)

    def _set(self, training: Training, command: Command) -> Answers:
        try:
            wanted = wish(training, command)
            saved = training.checkpoints.save_before_change(training.state()) if wanted.changes_training else None
        except TrainerError as error:
            return [_refusal(training, command, str(error))]
        except OSError as error:
            reason = f"the checkpoint before the change could not be written ({error.strerror or error})"
            return [_refusal(training, command, reason)]
        if saved is not None:
            self._changes.append(_Change(id=command.id, saved=saved, hparams=training.hparams))
        before = {name: present(training, name) for name in wanted.names}
        notes = [*wanted.warnings, training.turn(wanted.hparams, wanted.names)]
        answer = _event(training, command, "set", note=" ".join(filter(None, notes)))
        return [
            structs.replace(answer, hparam=name, from_=before[name], to=present(training, name))
            for name in wanted.names
        ]

    def _undo(self, training: Training, command: Command) -> Answers:
        change = self._last_change(training)
        if change is None:
            return [_refusal(training, command, NOTHING_LEFT if self._changes else NOTHING_CHANGED)]
        if command.value not in (None, change.id):
            return [_refusal(training, command, ANOTHER)]
        step = training.step
        # What is told and kept is not undone: it is no part of what was learned.
        told = {name: getattr(training.hparams, name) for name, each in CATALOGUE.items() if each.family == "log"}
        try:
            go_back(training, load_snapshot(change.saved.path), replace(change.hparams, **told))
        except OriginError as error:
            return [_refusal(training, command, str(error))]
        self._changes.pop()
        training.checkpoints.go_back(change.saved)
        return [_event(training, command, "undo", from_=step, to=training.step)]

    def _last_change(self, training: Training) -> _Change | None:
        change = self._changes[-1] if self._changes else None
        return change if change and change.saved == training.checkpoints.last_saved else None

    def _pause(self, training: Training, command: Command) -> Answers:
        note = "it was paused already" if self.paused else ""
        self.paused = True
        return [_event(training, command, "paused", note=note)]

    def _resume(self, training: Training, command: Command) -> Answers:
        note = "" if self.paused else "it was not paused"
        self.paused = False
        return [_event(training, command, "resumed", note=note)]

    def _stop(self, training: Training, command: Command) -> Answers:
        self.stopping = True
        return [_event(training, command, "stop")]

    def _checkpoint(self, training: Training, command: Command) -> Answers:
        try:
            path = training.checkpoints.write_asked(training.state())
        except TrainerError as error:
            return [_refusal(training, command, str(error))]
        except OSError as error:
            return [_refusal(training, command, f"the checkpoint could not be written ({error.strerror or error})")]
        return [_event(training, command, "checkpoint", to=path.name)]


_NAMES = {"pause": "paused", "resume": "resumed"}
"""A command -> the event that answers it, where the two differ."""


def _event(
    training: Training,
    command: Command,
    name: str,
    *,
    from_: Value = None,
    to: Value = None,
    note: str = "",
) -> EventRecord:
    return EventRecord(
        step=training.step,
        time=time.time(),
        name=name,
        from_=from_,
        to=to,
        by=command.by[:MOST_REASON],
        reason=command.reason[:MOST_REASON],
        note=note,
        id=None if isinstance(command, BySignal) else command.id,
    )


def _refusal(training: Training, asked: Command | Unusable, reason: str) -> EventRecord:
    name = asked.name if isinstance(asked, Unusable) else _NAMES.get(asked.command, asked.command)
    return EventRecord(
        step=training.step,
        time=time.time(),
        name=name,
        hparam=(asked.hparam or "")[:MOST_TEXT] if isinstance(asked, Command) else "",
        by=asked.by[:MOST_REASON],
        reason=reason,
        id=asked.id,
        done=False,
    )
