"""What a person asks of a command that is followed: to stand still, to go on, to stop. Signals do it."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

from dltui.wrapped.tree import Tree
from dltui_trainers.control import KINDS, BySignal, Control, Unusable
from dltui_trainers.runlog import Command, EventRecord

COMMANDS = ("pause", "resume", "stop")
TERMINATE_AFTER_S = 10.0
KILL_AFTER_S = 30.0
"""After it was asked to stop; a training that saves its state at Ctrl-C has this long to do so."""
_STAGES = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_PYTHON = "import dltui; run = dltui.start_run(...)"
_INSTEAD = {
    "set": f"hyperparameters can be set in a script that says '{_PYTHON}; run.watch(model, optimizer)'",
    "checkpoint": f"checkpoints can be asked of a script that says '{_PYTHON}; run.checkpoint(state)'",
    "undo": "nothing was set, so there is nothing to undo",
}


class Signals:
    """The signals that were sent to this process and are meant for the command; a closed terminal does nothing.

    Made before the command is started: what is ignored here (a shell's ``&`` does that) would be ignored there too.
    """

    def __init__(self) -> None:
        self.waiting: list[int] = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: self.waiting.append(number))
        signal.signal(signal.SIGHUP, lambda *_: None)


class Asked:
    """Carries out the commands in the run's folder, and says what became of them by ``write``."""

    def __init__(
        self,
        folder: Path,
        tree: Tree,
        signals: Signals,
        write: Callable[[EventRecord], None],
        step: Callable[[], int],
    ) -> None:
        self._control = Control(folder, KINDS)
        self._tree = tree
        self._write = write
        self._step = step
        self._stage = 0
        self._asked_s = 0.0
        self._signals = signals
        self.is_paused = False

    @property
    def was_stopped(self) -> bool:
        """Whether it was asked to stop."""
        return self._stage > 0

    def look(self, *, is_ours: bool) -> None:
        """Do what has been asked for. ``is_ours``: nobody else reads the commands of this run."""
        while self._signals.waiting:
            self._by_signal(self._signals.waiting.pop(0))
        if is_ours:
            for command in self._control.poll():
                self._carry_out(command)
        self._press_on()

    def _by_signal(self, number: int) -> None:
        """The first interruption interrupts, the next one terminates."""
        self._stop(max(1 if number == signal.SIGINT else 2, min(self._stage + 1, 2)), is_timed=False)

    def _carry_out(self, command: Command | Unusable) -> None:
        if isinstance(command, Unusable):
            self._answer(command.name, command, done=False, reason=command.reason)
        elif command.command == "stop":
            self._stop(min(self._stage + 1, len(_STAGES)), is_timed=True)
            self._answer("stop", command, reason=command.reason)
        elif command.command == "pause":
            self._pause(command)
        elif command.command == "resume":
            self._resume(command)
        else:
            self._answer(command.command, command, done=False, reason=_why_not(command.command))

    def _pause(self, command: Command) -> None:
        if self.was_stopped:
            self._answer("paused", command, done=False, reason="it is about to stop")
            return
        self._tree.pause()
        self.is_paused = True
        self._answer("paused", command, reason=command.reason)

    def _resume(self, command: Command) -> None:
        self._tree.resume()
        self.is_paused = False
        self._answer("resumed", command, reason=command.reason)

    def _stop(self, stage: int, *, is_timed: bool) -> None:
        """Send the signal of that stage. ``is_timed``: the next ones follow by themselves."""
        if stage <= self._stage:
            return
        if not self.was_stopped and is_timed:
            self._asked_s = time.monotonic()
        self._stage = stage
        number = _STAGES[stage - 1]
        (self._tree.signal if number == signal.SIGINT else self._tree.signal_each)(number)
        self._tree.resume()  # what stands still does not hear it
        self.is_paused = False

    def _press_on(self) -> None:
        if not self._asked_s:
            return
        waited_s = time.monotonic() - self._asked_s
        if waited_s >= KILL_AFTER_S:
            self._stop(3, is_timed=True)
        elif waited_s >= TERMINATE_AFTER_S:
            self._stop(2, is_timed=True)

    def _answer(self, name: str, to: Command | Unusable, *, done: bool = True, reason: str = "") -> None:
        id = None if isinstance(to, BySignal) else to.id
        self._write(
            EventRecord(step=self._step(), time=time.time(), name=name, by=to.by, reason=reason, id=id, done=done)
        )


def _why_not(command: str) -> str:
    """Why a command that runs as it is cannot do that, and what would help."""
    return f"this command runs as it is and cannot be asked for that; {_INSTEAD[command]}"
