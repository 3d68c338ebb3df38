"""Runs a person's command when something happened to a training, with the facts in environment variables.

The facts come from logs and are data: they are in the environment only, never in the words that the shell reads.
"""

import math
import os
import signal
import subprocess
import tempfile
import time
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dltui.alerts.happening import Happening, HappeningKind

SHELL = "/bin/sh"
LONGEST_S = 30.0
"""A command that takes longer is ended: one that waits for something would wait again and again."""
EVERY_S = 5.0
"""Of one kind and one run not more often; what came meanwhile is told by its newest."""
_LONGEST_TEXT = 1_000
_COMPLAINT_BYTES = 400

Key = tuple[HappeningKind, Path]


@dataclass(slots=True)
class _Call:
    process: "subprocess.Popen[bytes]"
    until: float
    said: IO[bytes]


class Notifier:
    """Runs ``command`` for each happening. ``complain`` is told once that it fails, in a sentence.

    One thread uses it. :meth:`work` is called now and then.
    """

    def __init__(
        self, command: str, complain: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._command = command
        self._complain = complain
        self._clock = clock
        self._called: dict[Key, float] = {}
        self._waiting: dict[Key, Happening] = {}
        self._calls: list[_Call] = []
        self._has_complained = False

    def tell(self, happening: Happening) -> None:
        """Run the command for it, now or when the last time is long enough ago."""
        self._waiting[(happening.kind, happening.run.folder)] = happening
        self.work()

    def work(self) -> None:
        """Start what is due, look how the others did, end what takes too long."""
        now = self._clock()
        due = [key for key in self._waiting if now - self._called.get(key, -math.inf) >= EVERY_S]
        for key in due:
            self._called[key] = now
            self._start(self._waiting.pop(key), now)
        self._calls = [call for call in self._calls if not self._has_ended(call, now)]

    def close(self) -> None:
        """Start what still waited; what runs goes on by itself."""
        self._called.clear()
        self.work()
        for call in self._calls:
            call.said.close()
            call.process.returncode = call.process.poll() or 0  # it is left alone: nobody will ask what became of it
        self._calls = []

    def _start(self, happening: Happening, now: float) -> None:
        said = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed when the process has ended
        try:
            process = subprocess.Popen(
                [SHELL, "-c", self._command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env={**os.environ, **facts(happening)},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            said.close()
            self._tell_trouble(str(error))
            return
        self._calls.append(_Call(process, now + LONGEST_S, said))

    def _has_ended(self, call: _Call, now: float) -> bool:
        code = call.process.poll()
        if code is None and now < call.until:
            return False
        if code is None:
            _kill(call.process)
            self._tell_trouble(f"it took longer than {LONGEST_S:g} s and was ended")
        elif code != 0:
            call.said.seek(0)
            words = " ".join(call.said.read(_COMPLAINT_BYTES).decode("utf-8", errors="replace").split())
            self._tell_trouble(f"exit code {code}" + (f": {words}" if words else ""))
        call.said.close()
        return True

    def _tell_trouble(self, reason: str) -> None:
        if not self._has_complained:
            self._has_complained = True
            self._complain(f"The command of --notify failed: {reason}. It is run again next time, and not told again.")


def facts(happening: Happening) -> dict[str, str]:
    """Return the environment variables that tell what happened; a number that is not known is empty."""
    run = happening.run
    told: dict[str, str | float] = {
        "EVENT": str(happening.kind),
        "RUN": run.name,
        "PATH": str(run.folder.absolute()),
        "FORMAT": run.format,
        "STATUS": str(run.status),
        "VERDICT": run.verdict,
        "VERDICT_BEFORE": happening.verdict_before,
        "STEP": float(run.step),
        "EPOCH": run.epoch,
        "TRAIN_LOSS": run.train_loss,
        "VAL_LOSS": run.val_loss,
        "BEST_VAL_LOSS": run.best_val_loss,
        "TEXT": happening.sentence,
    }
    return {f"DLTUI_{name}": _plain(value) for name, value in told.items()}


def _plain(value: str | float) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.10g}"
    kept = (character for character in value[:_LONGEST_TEXT] if unicodedata.category(character) not in ("Cc", "Cf"))
    return "".join(kept)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
