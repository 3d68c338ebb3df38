"""The processes of a command: started in a session of their own, signalled together, and each of them reaped.

Where the system allows it, what a command leaves behind (a daemon, a child of a script that ended) is handed to this
process: so it is known which processes belong to it, and when the last of them is gone.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

import psutil

_SET_CHILD_SUBREAPER = 36
"""Of prctl(2), Linux."""
_ROUNDS = 5
"""A process that is being stopped may be starting another one; so often it is looked again."""


class Tree:
    """A running command and all that it started. ``status``: how the command itself ended, None while it runs: its exit
    status, or minus the number of the signal that ended it.
    """

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], output: int) -> None:
        """Start the command; it prints to the open file ``output``. Raises ``OSError`` if it cannot be started."""
        self.began_s = time.time()
        self.status: int | None = None
        self.last_status: int | None = None
        """How the process that ended last has ended, the command or what it left behind."""
        _adopt_orphans()
        self._process = subprocess.Popen(
            words,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # a signal to its group reaches all of it, and none of ours
        )

    @property
    def pid(self) -> int:
        """The process of the command itself."""
        return self._process.pid

    def reap(self) -> None:
        """Take note of what has ended."""
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                self.last_status = os.waitstatus_to_exitcode(status)
                if pid == self.pid:
                    self.status = self._process.returncode = self.last_status

    def members(self) -> list[psutil.Process]:
        """Return the processes that are alive now."""
        with suppress(psutil.Error, OSError):
            found = psutil.Process().children(recursive=True)
            return [each for each in found if _is_alive(each)]
        return []

    @property
    def is_gone(self) -> bool:
        """Whether none of it is left. How the last of it ended is known then."""
        if self.status is None or self.members():
            return False
        self.reap()  # what ended since the last look
        return True

    def signal(self, number: int) -> None:
        """Send the signal to the command's group, as a terminal does; to what it left behind where it has ended."""
        if self.status is not None:
            self.signal_each(number)
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def signal_each(self, number: int) -> None:
        """Send the signal to every process, also to those that have left the group, until there is no new one."""
        told: set[int] = set()
        for _ in range(_ROUNDS):
            new = [each for each in self.members() if each.pid not in told]
            for each in new:
                with suppress(psutil.Error, OSError):
                    each.send_signal(number)
            told.update(each.pid for each in new)
            if not new:
                return

    def pause(self) -> None:
        """Let every process stand still."""
        self.signal_each(signal.SIGSTOP)

    def resume(self) -> None:
        """Let every process go on."""
        self.signal_each(signal.SIGCONT)


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
