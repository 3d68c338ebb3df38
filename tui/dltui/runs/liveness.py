"""Tells from a run's folder alone whether its training is at work, has ended, or was killed."""

import fcntl
import os
import time
from pathlib import Path
from socket import gethostname

from dltui.runs.status import RunStatus
from dltui_trainers.runlog import METRICS, EndRecord, Manifest

SILENT_AFTER_S = 30.0
"""A training on another machine writes its system record every few seconds; this long without one means it is gone."""


def judge(folder: Path, manifest: Manifest | None, end: EndRecord | None) -> RunStatus:
    """Return the state of the run in ``folder``. ``end``: its last record, if it has come.

    A training holds a lock on its log for as long as it lives, so a process that is gone cannot be mistaken for a new
    one with the same number. The lock does not cross machines everywhere (NFS without lockd): there silence decides.
    """
    if end is not None:
        return RunStatus(end.status)
    log = folder / METRICS
    elsewhere = manifest is not None and manifest.host != gethostname()
    if is_locked(log) or (elsewhere and _age_s(log) < SILENT_AFTER_S):
        return RunStatus.STARTING if manifest is None else RunStatus.RUNNING
    return RunStatus.KILLED


def is_locked(log: Path) -> bool:
    """Return whether a process of this machine holds the lock of that log. A missing or unreadable one is free."""
    try:
        descriptor = os.open(log, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    finally:
        os.close(descriptor)
    return False


def _age_s(log: Path) -> float:
    try:
        return time.time() - log.stat().st_mtime
    except OSError:
        return float("inf")
