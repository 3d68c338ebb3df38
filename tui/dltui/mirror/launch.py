"""Starts mirrors: processes and sessions of their own, which outlive the interface as the training does."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from dltui.mirror.state import take_lock
from dltui.mirror.wanted import Wanted

_mirrors: list[subprocess.Popen[bytes]] = []
"""Those that this process has started: kept, so that each is waited for once it has ended."""


def start_mirrors(folder: Path, mirrors: Iterable[Wanted]) -> "list[subprocess.Popen[bytes]]":
    """Start each of ``mirrors`` of the run in ``folder``; return their processes.

    Raises :class:`~dltui.errors.MirrorError`.
    """
    started = []
    for wanted in mirrors:
        lock = take_lock(folder, wanted)
        try:
            words = [
                sys.executable,
                "-P",
                "-m",
                "dltui.mirror",
                str(folder.absolute()),
                str(wanted),
                "--lock-fd",
                str(lock),
            ]
            mirror = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=lock, stderr=lock, pass_fds=(lock,), start_new_session=True
            )
        finally:
            os.close(lock)  # the mirror has its own copy
        started.append(mirror)
    _mirrors[:] = [each for each in (*_mirrors, *started) if each.poll() is None]
    return started
