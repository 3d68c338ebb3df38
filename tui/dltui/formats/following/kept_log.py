"""Another program's log that was read once and kept, so that it opens at once the next time."""

import math
import time
from pathlib import Path

import msgspec

from dltui import cache
from dltui.formats.meaning.columns import ColumnRole
from dltui.formats.reading.sqlite_file import file_of
from dltui.formats.saved import SavedLog
from dltui.log_options import LogOptions, Role
from dltui.runs.kept_batch import from_columns, to_columns
from dltui.runs.status import RunStatus
from dltui_trainers.runlog import Value

VARIANT = "log 2"
"""Goes up when the same log is read as something else than before."""
SETTLED_AFTER_S = 10.0
"""A log that was written a moment ago will be another one soon: keeping it would be of no use."""


class _Header(msgspec.Struct, kw_only=True):
    """What of a log is no column."""

    rest: bytes
    format: str
    status: RunStatus
    told_end: bool
    planned_epochs: float
    hparams: dict[str, Value]
    roles: list[tuple[str, Role]]


_decoder = msgspec.msgpack.Decoder(_Header)


def stamp_of(path: Path) -> cache.Stamp | None:
    """Return what tells that a file is another one than before; None for a folder, where the files in it do.

    None also for a run in a database, and for one that has a writer: what is new is in a file beside it at first.
    """
    try:
        if path.is_dir() or file_of(path) != path or path.with_name(f"{path.name}-wal").exists():
            return None
        return cache.Stamp.of(path.stat())
    except OSError:
        return cache.Stamp(size=-1, mtime_ns=0, inode=0)


def load(path: Path, options: LogOptions, stamp: cache.Stamp | None) -> SavedLog | None:
    """Return the log in the file at ``path`` as it was kept; None if it was not, or is another one now."""
    if stamp is None or stamp.size < cache.WORTH_KEEPING_BYTES:
        return None
    kept = cache.load(path, _variant(options))
    if kept is None:
        return None
    part = kept.part(0) if len(kept) == 1 else None
    kept.close()
    return None if part is None else _saved(path, part)


def keep(path: Path, options: LogOptions, log: SavedLog, stamp: cache.Stamp | None) -> None:
    """Keep ``log``, which was read to the end of the file at ``path`` when that had this ``stamp``. Never raises."""
    if stamp is None or stamp.size < cache.WORTH_KEEPING_BYTES:
        return
    if time.time() - stamp.mtime_ns / 1e9 < SETTLED_AFTER_S:
        return
    columns, rest = to_columns(log.batch)
    header = _Header(
        rest=rest,
        format=log.format,
        status=log.status,
        told_end=log.told_end,
        planned_epochs=log.planned_epochs if math.isfinite(log.planned_epochs) else 0.0,
        hparams=log.hparams,
        roles=[(each.name, each.role) for each in log.columns],
    )
    cache.save(path, columns, stamp=stamp, header=msgspec.msgpack.encode(header), variant=_variant(options))


def _saved(path: Path, part: cache.Part) -> SavedLog | None:
    try:
        header = _decoder.decode(part.header)
        batch = from_columns(part.columns, header.rest)
    except (ValueError, msgspec.DecodeError):
        return None
    return SavedLog(
        path=path,
        format=header.format,
        batch=batch,
        status=header.status,
        told_end=header.told_end,
        columns=tuple(ColumnRole(name, role) for name, role in header.roles),
        planned_epochs=header.planned_epochs or math.nan,
        hparams=header.hparams,
    )


def _variant(options: LogOptions) -> str:
    return f"{VARIANT} {options.roles} {options.pattern}"
