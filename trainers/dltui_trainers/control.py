"""Reads what somebody wants of the running training: lines of ``control.jsonl``, and signals.

Between two steps the training asks :meth:`Control.poll`; most of the time that is one look at a clock.
"""

import os
import signal
import time
from pathlib import Path
from types import FrameType

import msgspec

from dltui_trainers.runlog import CONTROL, Command, EventRecord, command_decoder

POLL_S = 0.01
"""Pause between two looks at the file: no person notices, and a stat each step would cost 1 us."""
REFUSED = "this version carries out stop only"


class Control:
    """The commands of a run, from the first line on: a folder is one run, and who opened it first may be in a hurry."""

    def __init__(self, folder: Path) -> None:
        self.stopping = False
        self.unread_lines = 0
        self._path = folder / CONTROL
        self._offset = 0
        self._next_look = 0.0
        self._signal: str | None = None

    def listen_to_signals(self) -> None:
        """Let SIGTERM and SIGINT stop the training as a command does; a closed terminal (SIGHUP) does nothing."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def poll(self, step: int) -> list[EventRecord]:
        """Return the answers to what has come since the last call; :attr:`stopping` says whether to stop."""
        now = time.monotonic()
        if now < self._next_look:
            return []
        self._next_look = now + POLL_S
        return [self._answer(command, step) for command in self._commands()]

    def _commands(self) -> list[Command | None]:
        commands: list[Command | None] = []
        if self._signal is not None:
            commands.append(Command(id=0, time=time.time(), command="stop", by="signal", reason=self._signal))
            self._signal = None
        return commands + [_parsed(line) for line in self._new_lines()]

    def _new_lines(self) -> list[bytes]:
        """Return the whole lines that are new. A torn last line waits until its end has come."""
        if _size(self._path) <= self._offset:
            return []
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                whole, newline, _ = file.read().rpartition(b"\n")
        except OSError:
            return []
        self._offset += len(whole) + len(newline)
        return [line for line in whole.split(b"\n") if line.strip()]

    def _answer(self, command: Command | None, step: int) -> EventRecord:
        if command is None:
            self.unread_lines += 1
            reason = f"a line of {CONTROL} is not a command and was skipped"
            return EventRecord(step=step, time=time.time(), name="unknown_command", reason=reason, done=False)
        done = command.command == "stop"
        self.stopping = self.stopping or done
        return EventRecord(
            step=step,
            time=time.time(),
            name=command.command,
            by=command.by,
            reason=command.reason if done else REFUSED,
            id=None if command.by == "signal" else command.id,
            done=done,
        )

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._signal = signal.Signals(number).name
        self._next_look = 0.0


def _parsed(line: bytes) -> Command | None:
    try:
        return command_decoder.decode(line)
    except msgspec.DecodeError:
        return None


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
