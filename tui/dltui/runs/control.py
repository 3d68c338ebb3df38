"""Asks a training for something: one line appended to the control file in its folder, and what it answers."""

import errno
import os
import stat
import threading
import time
from collections.abc import Mapping
from math import isfinite
from pathlib import Path

from dltui.errors import ControlError
from dltui.text import safe_text
from dltui_trainers.control import BLOCK_BYTES
from dltui_trainers.runlog import CONTROL, Command, EventRecord, Value, to_line

_SAME_MOMENT_NS = 1 << 12
_HOW = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def ask(
    folder: Path,
    command: str,
    *,
    hparam: str | None = None,
    value: Value = None,
    also: Mapping[str, Value] | None = None,
    by: str = "user",
    reason: str = "",
) -> int:
    """Ask the training in ``folder`` for something, and return the id that its answers will have.

    ``set`` takes ``hparam`` and ``value``, and in ``also`` what is to be set in the same breath. Whether it makes sense
    is for the training to say; raises :class:`ControlError` for what cannot be written.
    """
    for name, each in {hparam or "value": value, **(also or {})}.items():
        if isinstance(each, float) and not isfinite(each):  # JSON would make null of it
            raise ControlError(f"{safe_text(name)} cannot be set to {each}: it is not a finite number.")
    asked = Command(
        id=_ids.new(),
        time=time.time(),
        command=command,
        hparam=hparam,
        value=value,
        also=dict(also or {}),
        by=_writable(by),
        reason=_writable(reason),
    )
    line = to_line(asked)
    if len(line) > BLOCK_BYTES:
        raise ControlError(
            f"A command of {len(line)} bytes is more than a training reads, {BLOCK_BYTES}: shorten the reason."
        )
    try:
        _append(folder / CONTROL, line)
    except OSError as error:
        raise ControlError(f"Cannot hand the command to {safe_text(folder.name)}: {_why(error)}.") from error
    return asked.id


def stop(folder: Path, by: str = "user", reason: str = "") -> int:
    """Ask the training in ``folder`` to stop after its current step; return the command's id.

    It saves its checkpoints and ends its log as ``stopped``. Raises :class:`ControlError` if that cannot be written.
    """
    return ask(folder, "stop", by=by, reason=reason)


def await_answer(folder: Path, id: int, timeout_s: float, since: int | None = None) -> tuple[EventRecord, ...]:
    """Return the answers to the command ``id``; empty if none has come in time, or if the training is gone.

    ``since``: where its log ended before it was asked (:func:`dltui.runs.answered.end_of_log`); without it, an answer
    is looked for in the last records and in those that come.
    """
    from dltui.runs.answered import answers  # it needs numpy, and the first paint needs this module

    return answers(folder, id, timeout_s, since)


class _Ids:
    """Ids for commands that are distinct between any number of interfaces without asking anybody.

    They are the nanoseconds of the clock. Two processes may read the same ones where the clock is coarse: so the last
    digits are random. Within a process each is above the one before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def new(self) -> int:
        digits = int.from_bytes(os.urandom(2), "big") % _SAME_MOMENT_NS
        with self._lock:
            moment = time.time_ns() // _SAME_MOMENT_NS * _SAME_MOMENT_NS
            self._last = max(self._last + 1, moment + digits)
            return self._last


_ids = _Ids()


def _append(path: Path, line: bytes) -> None:
    """Append the line in one piece, whatever lies there and whoever else appends. Raises OSError."""
    descriptor = os.open(path, _HOW, 0o600)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, f"{path.name} is not a regular file")
        if status.st_size and os.pread(descriptor, 1, status.st_size - 1) != b"\n":
            line = b"\n" + line  # somebody's line was cut short: it must not swallow this one
        if os.write(descriptor, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(descriptor)


def _why(error: OSError) -> str:
    match error.errno:
        case errno.ELOOP:
            return f"{CONTROL} is a link, which may lead anywhere"
        case errno.ENOENT | errno.ENOTDIR:
            return "its folder is no longer there"
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full"
        case _:
            return error.strerror or str(error)


def _writable(text: str) -> str:
    """What a terminal in another encoding made of the text may be none: what cannot be written becomes ``?``."""
    return text.encode("utf-8", "replace").decode()
