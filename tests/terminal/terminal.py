"""A terminal in memory with a program in it: what a person would see of dltui, and every byte that it was sent.

Waits are for a condition, never for a time: they end when it holds, or fail with what stands on the screen.
"""

import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self, cast

import pexpect
import pyte
import pytest
from pyte.screens import Char

DLTUI = (sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())")
"""The command ``dltui``, whether or not its script is installed."""
PATIENCE_S = 60.0
"""A loaded machine is slow; a condition that will never hold still ends."""
POLL_S = 0.02
_READ_BYTES = 1 << 16
_OURS = ("COLORTERM", "COLUMNS", "DLTUI_RUNS", "LINES", "NO_COLOR", "TERM", "TERM_PROGRAM", "TEXTUAL")
KEYS = {
    "home": "\x1b[H",
    "end": "\x1b[F",
    "enter": "\r",
    "escape": "\x1b",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "left": "\x1b[D",
    "right": "\x1b[C",
    "ctrl+left": "\x1b[1;5D",
    "ctrl+p": "\x10",
}


class Size(NamedTuple):
    """Cells of a terminal."""

    columns: int
    rows: int

    def __str__(self) -> str:
        return f"{self.columns}x{self.rows}"


SMALL, NORMAL, LARGE = Size(80, 24), Size(120, 35), Size(200, 50)
SIZES = (SMALL, pytest.param(NORMAL, marks=pytest.mark.long), pytest.param(LARGE, marks=pytest.mark.long))

Condition = str | Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Look:
    """How the cells of a text look."""

    foreground: str
    background: str
    bold: bool


class Terminal:
    """Runs ``words`` in a pseudo-terminal of ``size``; leave its ``with`` block and both are gone.

    ``environment`` is added to the present one, from which all that chooses colours or the size is taken out first.
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        folder: Path,
        size: Size = SMALL,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        self.raw = bytearray()
        """Every byte that was sent to the terminal."""
        self.screen = pyte.Screen(size.columns, size.rows)
        self._stream = pyte.ByteStream(self.screen)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # a fork beside torch's threads; an exec follows at once
            self.child = pexpect.spawn(
                words[0],
                list(words[1:]),
                dimensions=(size.rows, size.columns),
                env={**kept, "TERM": "xterm-256color", **(environment or {})},
                cwd=str(folder),
                encoding=None,
            )
        self.child.delaybeforesend = None
        self.child.delayafterclose = self.child.delayafterterminate = 0.01

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.child.closed:
            return
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
            self.child.wait()
        self.child.close(force=True)

    @property
    def pid(self) -> int:
        """The process of the program."""
        return cast(int, self.child.pid)

    @property
    def lines(self) -> list[str]:
        """The rows of the screen, as a person reads them."""
        return list(self.screen.display)

    @property
    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.lines)

    def look_of(self, text: str) -> Look:
        """Return how the first cell of ``text`` looks; it must be on the screen, within a row."""
        for row, line in enumerate(self.lines):
            column = line.find(text)
            if column >= 0:
                cell: Char = self.screen.buffer[row][column]
                return Look(cell.fg, cell.bg, cell.bold)
        raise AssertionError(f"{text!r} is not on the screen:\n{self.text}")

    def read(self, within_s: float = 0.0) -> bytes:
        """Take in what the program has written, waiting at most ``within_s`` for its beginning."""
        try:
            data = cast(bytes, self.child.read_nonblocking(_READ_BYTES, timeout=within_s))
        except pexpect.TIMEOUT:
            return b""
        except pexpect.EOF:
            if within_s:
                time.sleep(min(within_s, POLL_S))  # gone: there is nothing to wait on any more
            return b""
        self.raw += data
        self._stream.feed(data)
        return data

    def wait_for(self, condition: Condition, *, within_s: float = PATIENCE_S) -> None:
        """Return when ``condition`` holds: a text on the screen, or a function that says so."""
        until = time.monotonic() + within_s
        while not self._holds(condition):
            ended = not self.read(POLL_S) and not self.child.isalive()
            if (ended or time.monotonic() > until) and not self._holds(condition):
                why = "the program ended" if ended else f"{within_s:g} s went by"
                raise AssertionError(f"{why} waiting for {_in_words(condition)}; the screen:\n{self.text}")

    def wait_gone(self, text: str) -> None:
        """Return when ``text`` is no longer on the screen."""

        def gone() -> bool:
            return text not in self.text

        self.wait_for(gone)

    def wait_silent(self, for_s: float, *, within_s: float = PATIENCE_S) -> None:
        """Return when the program has written nothing for ``for_s``."""
        until = time.monotonic() + within_s
        while self.read(for_s):
            if time.monotonic() > until:
                raise AssertionError(f"waited {within_s:g} s for {for_s:g} s of silence; the screen:\n{self.text}")

    def press(self, *keys: str) -> None:
        """Send keys by their names, or as they are."""
        for key in keys:
            self.child.send(KEYS.get(key, key))

    def resize(self, size: Size) -> None:
        """Make the terminal larger or smaller, as a person drags its corner."""
        self.screen.resize(size.rows, size.columns)
        self.child.setwinsize(size.rows, size.columns)

    def hang_up(self) -> None:
        """Close the terminal, as a lost line does: the program gets SIGHUP, and writing fails from now on."""
        self.child.ptyproc.fileobj.close()
        self.child.closed = self.child.ptyproc.closed = True

    def wait_exit(self, *, within_s: float = PATIENCE_S) -> int:
        """Return the exit code of the program, or minus the signal that ended it."""
        if not self.child.closed:
            self.wait_for(self._has_ended, within_s=within_s)
            self.child.close(force=True)
            return cast(int, self.child.exitstatus if self.child.signalstatus is None else -self.child.signalstatus)
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)

    def _has_ended(self) -> bool:
        return not self.read() and not self.child.isalive()

    def _holds(self, condition: Condition) -> bool:
        return condition in self.text if isinstance(condition, str) else condition()


def _in_words(condition: Condition) -> str:
    return repr(condition) if isinstance(condition, str) else condition.__qualname__
