"""What the training tells in words. The launcher keeps it in ``stdout.log``, on the same disk as the run log."""

import contextlib
import os
import sys
from io import TextIOWrapper
from pathlib import Path


def say(text: str) -> None:
    """Print ``text`` as whole lines; a full disk or a closed terminal never stops the training.

    Not ``print``: its buffer would keep what could not be written, and raise again at every later line and at exit.
    """
    with contextlib.suppress(OSError):
        os.write(1, text.encode(errors="replace") + b"\n")


def write_to(path: Path) -> None:
    """Let all that this process prints from now on go to the end of ``path``. Raises ``OSError``."""
    output = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    by_lines()


def by_lines() -> None:
    """A task may print; its lines come at once, in order with ours."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
