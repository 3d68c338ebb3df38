"""The last lines of what a training printed, and the place of its traceback."""

from collections import deque
from pathlib import Path

from dltui.runs.files import open_regular
from dltui_trainers.runlog import STDOUT

TAIL_BYTES = 64 << 10
TAIL_LINES = 400
_TRACEBACK = b"Traceback (most recent call last)"


class OutputReader:
    """Reads the end of a file of lines again when it has grown. Not thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = -1

    def read(self) -> tuple[str, ...] | None:
        """Return the last lines, or None if nothing was printed since the last call or there is no such file."""
        try:
            size = self._path.stat().st_size
            if size == self._size:
                return None
            with open_regular(self._path) as file:
                file.seek(max(0, size - TAIL_BYTES))
                data = file.read(TAIL_BYTES)
        except OSError:
            return None
        self._size = size
        return _last_lines(data, whole=size <= TAIL_BYTES)


def find_traceback(folder: Path) -> int | None:
    """Return the number of the line in ``stdout.log`` at which its last traceback begins, counted from 1."""
    line, found = 1, None
    try:
        with open_regular(folder / STDOUT) as file:
            for text in file:
                if _TRACEBACK in text:
                    found = line
                line += 1
    except OSError:
        return None
    return found


def _last_lines(data: bytes, whole: bool) -> tuple[str, ...]:
    lines = data.decode(errors="replace").split("\n")
    if not whole:
        lines = lines[1:]  # its beginning was not read
    if lines and not lines[-1]:
        lines.pop()
    # a progress bar rewrites its line with carriage returns: the last one is what a terminal would show
    shown = (line.rstrip("\r").rpartition("\r")[2] for line in lines)
    return tuple(deque(shown, maxlen=TAIL_LINES))
