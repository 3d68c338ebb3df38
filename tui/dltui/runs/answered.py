"""Waits for what a training answers to a command: the events of its log that have the command's id."""

import math
import os
import time
from collections.abc import Iterator
from pathlib import Path

from dltui.runs.liveness import judge
from dltui.runs.reader import TAIL_BYTES, LogReader, Reading, read_manifest
from dltui.runs.update import Batch
from dltui_trainers.runlog import METRICS, EventRecord

POLL_S = 0.02
SETTLED_S = 0.1
"""The answers to one command are written one after the other: so long without a record, and there is no other."""


def end_of_log(folder: Path) -> int:
    """Return where the log of the run in ``folder`` ends now, in bytes: what is answered from now on stands beyond."""
    return _place(folder)[0]


def answers(folder: Path, id: int, timeout_s: float, since: int | None = None) -> tuple[EventRecord, ...]:
    """See :func:`dltui.runs.control.await_answer`."""
    found: list[EventRecord] = []
    until, settled = time.monotonic() + timeout_s, math.inf
    for reading, is_alive in _looks(folder, since):
        batch = reading.batch or Batch()
        new = [event for event in batch.events if event.id == id]
        found += new
        now = time.monotonic()
        settled = now + SETTLED_S if new else settled
        if found and not new and (_went_on(batch) or now >= settled):
            break
        if reading.more:
            continue
        if not is_alive or batch.end is not None or now >= until:
            break
        time.sleep(POLL_S)
    return tuple(found)


def _looks(folder: Path, since: int | None) -> Iterator[tuple[Reading, bool]]:
    """Read what is new, again and again, and whether there is a training that may write more."""
    size, inode = _place(folder)
    reader, manifest = LogReader(folder), None
    reader.go_on_from(max(0, size - TAIL_BYTES) if since is None else since, inode)
    while True:
        manifest = manifest or read_manifest(folder)
        # Asked before the log is read: a training found dead has written all that it ever will.
        is_alive = judge(folder, manifest, None).alive
        yield reader.read(), is_alive


def _went_on(batch: Batch) -> bool:
    """Whether the training did something else. What the machine does may be written at any time."""
    return bool(batch.events) or batch.steps is not None or batch.evals is not None


def _place(folder: Path) -> tuple[int, int]:
    """Size and inode of the log; zeros where there is none."""
    try:
        status = os.stat(folder / METRICS)
    except OSError:
        return 0, 0
    return status.st_size, status.st_ino
