"""A command that is followed, without the interface: its output as it comes, and at the end a line on how it went."""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from dltui.diagnosis.examine import examine
from dltui.errors import LogFormatError
from dltui.formats import open_log, state_of
from dltui.formatting import count, known
from dltui.runs.launch import Launched
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui.text import safe_text
from dltui.texts import Texts
from dltui.wrapped.ending import exit_code
from dltui.wrapped.printed import HEAD_BYTES
from dltui_trainers.runlog import STDOUT

LOOK_EVERY_S = 0.05
PIECE_BYTES = 1 << 20
_REMEMBERED_BYTES = 4096


def pass_through(launched: Launched) -> int:
    """Print what the command prints until it ends, then what became of it to standard error; return its exit code."""
    output = _Output(launched.folder / STDOUT)
    while launched.process.poll() is None:
        if not output.pass_on():
            time.sleep(LOOK_EVERY_S)
    while output.pass_on():
        pass
    print(f"dltui: {verdict(launched.folder)}", file=sys.stderr, flush=True)
    return exit_code(launched.process.returncode)


def verdict(folder: Path) -> str:
    """Return how the run in ``folder`` went, in one line."""
    name = safe_text(folder.name)
    try:
        state = state_of(open_log(folder))
    except (LogFormatError, OSError):
        return f"{name}: its log is gone"
    ended = str(state.status)
    if state.end is not None and state.end.error:
        ended = f"{ended}: {safe_text(state.end.error)}"
    return "; ".join(part for part in (f"{name} {ended}", _best(state), _judged(state), f"dltui {folder}") if part)


def _best(state: RunState) -> str:
    if state.best is not None:
        return f"best validation loss {known(state.best.val_loss)} at step {count(state.best.step)}"
    if len(state.train_loss):
        return f"last training loss {known(float(state.train_loss.raw.values[-1]))}"
    return "no loss was found in what it printed or wrote"


def _judged(state: RunState) -> str:
    if not (len(state.train_loss) or len(state.val_loss)) or state.status is RunStatus.KILLED:
        return ""
    diagnosis = examine(state)
    return Texts.load().verdict(diagnosis.verdict) if diagnosis.findings else ""


class _Output:
    """The file that the command prints to, passed on byte by byte."""

    def __init__(self, path: Path) -> None:
        self._offset = 0
        self._fd = -1
        with suppress(OSError):  # the command may have deleted it already
            self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._last = b""

    def pass_on(self) -> bool:
        """Print what is new; return whether there was anything."""
        if self._fd < 0:
            return False
        if os.fstat(self._fd).st_size < self._offset:
            self._offset = self._place_after_cut()
        data = os.pread(self._fd, PIECE_BYTES, self._offset)
        self._offset += len(data)
        self._last = (self._last + data)[-_REMEMBERED_BYTES:]
        if data:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        return bool(data)

    def _place_after_cut(self) -> int:
        """Where what was printed last stands now, in a file of which the middle was left out."""
        size = os.fstat(self._fd).st_size
        found = os.pread(self._fd, size, 0).rfind(self._last)
        return min(size, HEAD_BYTES) if found < 0 else found + len(self._last)  # there it says what is left out
