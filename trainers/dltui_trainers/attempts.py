"""How the attempts of a training stand that something may have cut short; see :mod:`dltui_trainers.job_spec`.

All that is known of them lies in their folders. No torch is needed.
"""

import fcntl
import os
import stat
import time
from contextlib import suppress
from pathlib import Path
from socket import gethostname

import msgspec

from dltui_trainers.control import BLOCK_BYTES
from dltui_trainers.errors import OriginError
from dltui_trainers.job_spec import BY_SUPERVISOR, STOPPED_BY
from dltui_trainers.kept import Kept, choose, is_whole, kept_in
from dltui_trainers.origin import At, Origin
from dltui_trainers.output import say
from dltui_trainers.plan import read_parent
from dltui_trainers.runlog import (
    CONTROL,
    METRICS,
    Command,
    EndRecord,
    EvalRecord,
    StepRecord,
    command_decoder,
    record_decoder,
    to_line,
)

LOOK_EVERY_S = 0.2
SILENT_AFTER_S = 30.0
"""A training on a machine whose locks are not seen here writes every few seconds; after so long it is gone."""
_FOREIGN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def is_final(folder: Path) -> bool:
    """Whether the training in ``folder`` came to its own end, or was ended for good; it is not gone on with."""
    end = end_of(folder)
    return end is not None and (end.status != "stopped" or bool(stopped_for_good(folder)))


def has_kept_its_state(folder: Path) -> bool:
    """Whether the training in ``folder`` ended well before its time, so that nothing of it is done again."""
    return end_of(folder) is not None and any(True for _ in kept_in(folder))


def end_of(folder: Path) -> EndRecord | None:
    """Return the last record of the run in ``folder``; None if it has none, as one that was killed."""
    for line in reversed(_tail(folder / METRICS).split(b"\n")[:-1]):
        try:
            record = record_decoder.decode(line)
        except _FOREIGN:
            continue
        if isinstance(record, EndRecord | StepRecord):
            return record if isinstance(record, EndRecord) else None
    return None


def stopped_for_good(folder: Path) -> str:
    """Return why the training in ``folder`` was asked to stop for good, or by whom; empty if it was not."""
    found = ""
    for line in _tail(folder / CONTROL).split(b"\n"):
        with suppress(*_FOREIGN):
            command: Command = command_decoder.decode(line)
            if command.command == "stop" and command.by != BY_SUPERVISOR:
                found = found or (command.reason if command.by == STOPPED_BY else "") or command.by or "user"
    return found


def wait_until_left(folder: Path) -> None:
    """Return when nobody trains in ``folder``.

    Where a lock would not be seen, because the training is on another machine or the file system has none, a log that
    does not grow tells that it is gone; one that has ended is not waited for.
    """
    log, elsewhere, told = folder / METRICS, _is_elsewhere(folder), False
    seen = _changed(log)
    quiet_since = time.monotonic() - min(max(0.0, time.time() - seen), SILENT_AFTER_S)
    while not _is_left(folder, elsewhere=elsewhere, is_quiet=time.monotonic() - quiet_since >= SILENT_AFTER_S):
        if not told:
            say(f"{folder.name} is still at work: waiting for its end")
            told = True
        time.sleep(LOOK_EVERY_S)
        if _changed(log) != seen:
            seen, quiet_since = _changed(log), time.monotonic()


def newest_checkpoint(folder: Path) -> tuple[At, Kept] | None:
    """Return the newest checkpoint of the run in ``folder`` whose every byte is as it was written, and how to ask for
    it; None where there is none."""
    steps = sorted({each.step for each in kept_in(folder)}, reverse=True)
    asked: list[At] = ["last", *steps]
    for at in asked:
        with suppress(OriginError):
            kept = choose(Origin(folder=folder), at)
            if is_whole(kept.path):
                return at, kept
    return None


def is_done(kept: Kept) -> bool:
    """Whether nothing is left to be trained after that checkpoint: all is done that was planned, or early stopping has
    given up."""
    epochs, most, patience = (_count(kept, name) for name in ("epochs", "max_steps", "early_stop_patience"))
    return 0 < epochs <= kept.epoch or 0 < most <= kept.step or 0 < patience <= kept.waited


def write_end(folder: Path, step: int) -> None:
    """Give the log in ``folder``, of a training that had done all when it was killed, the last record that it lacks."""
    best = _best(folder / METRICS)
    record = EndRecord(step=step, time=time.time(), status="finished")
    if best is not None:
        record.best_step, record.best_val_loss = best.step, best.val_loss
    line = to_line(record)
    with (folder / METRICS).open("rb+") as log:
        if log.seek(0, os.SEEK_END):
            log.seek(-1, os.SEEK_END)
            line = line if log.read(1) == b"\n" else b"\n" + line
        log.write(line)


def _best(log: Path) -> EvalRecord | None:
    best = None
    with log.open("rb") as file:
        for line in file:
            with suppress(*_FOREIGN):
                record = record_decoder.decode(line)
                if isinstance(record, EvalRecord) and record.val_loss is not None:
                    better = best is None or best.val_loss is None or float(record.val_loss) < float(best.val_loss)
                    best = record if better and float(record.val_loss) < float("inf") else best
    return best


def _count(kept: Kept, name: str) -> int:
    value = kept.hparams.get(name)
    return value if isinstance(value, int) else 0


def _is_left(folder: Path, *, elsewhere: bool, is_quiet: bool) -> bool:
    held = _is_held(folder / METRICS)
    if held is False and not elsewhere:
        return True
    return not held and (is_quiet or end_of(folder) is not None)


def _is_held(log: Path) -> bool | None:
    """Whether a training holds the lock of that log; None where the file system has no locks."""
    try:
        fd = os.open(log, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(fd)
    return False


def _is_elsewhere(folder: Path) -> bool:
    try:
        return read_parent(Origin(folder=folder)).host != gethostname()
    except OriginError:
        return False


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _tail(path: Path) -> bytes:
    """The end of a file; nothing of one that is none: a pipe would be waited for."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return b""
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            return b""
        file.seek(max(0, status.st_size - BLOCK_BYTES))
        return file.read(BLOCK_BYTES)
