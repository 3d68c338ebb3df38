"""A program in a pseudo-terminal whose bytes are counted and timed: an emulator beside it would cost CPU."""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self, cast

import pexpect

PATIENCE_S = 60.0
_READ_BYTES = 1 << 16


class Watched:
    """Runs ``words`` in a terminal of ``columns`` x ``rows``; ``began_s`` is when it was started (monotonic)."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        folder: Path,
        columns: int,
        rows: int,
    ) -> None:
        plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLORTERM")}
        self.began_s = time.monotonic()
        self._child = pexpect.spawn(
            words[0],
            list(words[1:]),
            dimensions=(rows, columns),
            env={**plain, "TERM": "xterm-256color"},
            cwd=str(folder),
            encoding=None,
        )
        self._child.delaybeforesend = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill(signal.SIGKILL)
        self._child.wait()
        self._child.close(force=True)

    def press(self, key: str) -> None:
        """Send a key."""
        self._child.send(key)

    def read(self, within_s: float) -> bytes:
        """Return what it has written, waiting at most ``within_s`` for the first byte."""
        try:
            return cast(bytes, self._child.read_nonblocking(_READ_BYTES, timeout=within_s))
        except pexpect.TIMEOUT:
            return b""

    def read_until(self, text: bytes) -> float:
        """Return when (monotonic) ``text`` had come."""
        seen, until = b"", time.monotonic() + PATIENCE_S
        while text not in seen:
            if time.monotonic() > until:
                raise TimeoutError(f"{text!r} did not come; the last bytes were {seen[-500:]!r}")
            seen += self.read(0.1)
        return time.monotonic()

    def drain(self, quiet_s: float) -> int:
        """Read until nothing has come for ``quiet_s``; return how many bytes there were."""
        count = 0
        while data := self.read(quiet_s):
            count += len(data)
        return count

    def drain_for(self, time_s: float) -> int:
        """Read for ``time_s``; return how many bytes there were."""
        count, until = 0, time.monotonic() + time_s
        while (left := until - time.monotonic()) > 0:
            count += len(self.read(left))
        return count

    @property
    def peak_mb(self) -> float:
        """The most memory that its process has had so far, in MB (Linux)."""
        lines = Path(f"/proc/{self._child.pid}/status").read_text().splitlines()
        kilobytes = next(line for line in lines if line.startswith("VmHWM:")).split()[1]
        return int(kilobytes) * 1024 / 1e6

    @property
    def cpu_s(self) -> float:
        """CPU seconds that its process has used so far, all threads (Linux: its CPUCLOCK_SCHED)."""
        return time.clock_gettime((~self._child.pid << 3) | 2)
