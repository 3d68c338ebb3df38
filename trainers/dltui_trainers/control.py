"""Reads what somebody wants of the running training: lines of ``control.jsonl``, and signals.

Between two steps the training asks :meth:`Control.poll`; most of the time that is one look at a clock. What a command
does is decided in :mod:`dltui_trainers.commands`.
"""

import os
import signal
import stat
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import msgspec

from dltui_trainers.runlog import CONTROL, Command, command_decoder

POLL_S = 0.01
"""Pause between two looks at the file: no person notices, and a stat each step would cost 1 us."""
BLOCK_BYTES = 1 << 20
"""Read at most this much at a time: the training waits meanwhile."""
EARLY_S = 60.0
"""A folder is one run, and who opened it first may be in a hurry: a command may be older than the training by the time
that it takes to start."""
KINDS = ("set", "pause", "resume", "stop", "checkpoint", "undo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A line that asks for nothing that could be done, and why. ``name`` is the command, where it is one."""

    name: str
    reason: str
    id: int | None = None
    by: str = ""


class BySignal(Command):
    """A command that stands in no file, so nobody waits for an answer to its id."""


class Control:
    """The commands of a run, in the order of the file: any number of interfaces may write to it."""

    def __init__(
        self,
        folder: Path,
        kinds: Collection[str] = KINDS,
        answered: Iterable[int] = (),
        offset: int = 0,
        lasting: Collection[str] = (),
    ) -> None:
        """``kinds``: the commands that there are; ``answered``: ids of those that were carried out before; ``offset``:
        from where on the file is read; ``lasting``: commands that hold however long nobody was there to hear them."""
        self._path = folder / CONTROL
        self._kinds = kinds
        self._lasting = lasting
        self._offset = offset
        self._tail = b""
        self._is_torn = False
        self._next_look = 0.0
        self._signal: str | None = None
        self._seen: set[int] = set(answered)
        self._began = time.time()

    def listen_to_signals(self) -> None:
        """Let SIGTERM and SIGINT stop the training as a command does; a closed terminal (SIGHUP) does nothing."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def poll(self, *, at_once: bool = False) -> list[Command | Unusable]:
        """Return what has come since the last call; unless ``at_once``, the file is looked at every 10 ms at most."""
        now = time.monotonic()
        if now < self._next_look and not at_once:
            return []
        self._next_look = now + POLL_S
        return self._signals() + [self._checked(line) for line in self._new_lines()]

    def _signals(self) -> list[Command | Unusable]:
        if self._signal is None:
            return []
        reason, self._signal = self._signal, None
        return [BySignal(id=0, time=time.time(), command="stop", by="signal", reason=reason)]

    def _new_lines(self) -> list[bytes]:
        """Return the whole lines that are new. A torn last line waits until its end has come."""
        size = _size(self._path)
        if size < self._offset:  # replaced by another file: what was carried out is known by its id
            self._offset, self._tail, self._is_torn = 0, b"", False
        if size <= self._offset:
            return []
        *lines, rest = (self._tail + self._read()).split(b"\n")
        if lines and self._is_torn:
            lines[0], self._is_torn = b"?", False
        if len(rest) > BLOCK_BYTES:  # nobody asks for so much: the line is dropped, and told of when it ends
            rest, self._is_torn = b"", True
        self._tail = rest
        return [line for line in lines if line.strip()]

    def _read(self) -> bytes:
        try:
            # A FIFO in its place must not stop the training.
            fd = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return b""
        try:
            found = os.pread(fd, BLOCK_BYTES, self._offset)
        except OSError:
            return b""
        finally:
            os.close(fd)
        self._offset += len(found)
        return found

    def _checked(self, line: bytes) -> Command | Unusable:
        try:
            command = command_decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Unusable(name="unknown_command", reason=f"a line of {CONTROL} is not a command and was skipped")
        why_not = self._why_not(command)
        self._seen.add(command.id)
        if not why_not:
            return command
        name = command.command if command.command in self._kinds else "unknown_command"
        return Unusable(name=name, reason=why_not, id=command.id, by=command.by)

    def _why_not(self, command: Command) -> str:
        if command.id in self._seen:
            return "a command with this id has been answered already"
        if command.command not in self._lasting and not command.time >= self._began - EARLY_S:
            return "the command is older than this training"
        if command.command not in self._kinds:
            return f"there is no such command; there are {', '.join(self._kinds)}"
        return ""

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._signal = signal.Signals(number).name
        self._next_look = 0.0


def _size(path: Path) -> int:
    """How long the file is; 0 for what is none."""
    try:
        status = os.stat(path)
    except OSError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0
