"""Ctrl-C while a command runs in the foreground: meant for the command, from its first moment on."""

import os
import signal
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Self


class Interruptions:
    """Within its ``with`` block they are handed on to a process; those that come before it is known wait for it."""

    def __init__(self) -> None:
        self._pid = 0
        self._waiting = 0
        self._before: Any = signal.SIG_DFL

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def hand_to(self, pid: int) -> None:
        """Hand them to the process ``pid`` from now on."""
        self._pid = pid
        while self._waiting:
            self._waiting -= 1
            self._take(signal.SIGINT, None)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if not self._pid:
            self._waiting += 1
            return
        with suppress(ProcessLookupError):
            os.kill(self._pid, number)
