"""Reads a run's log as it grows: only what is new, only whole lines, and no line is fatal."""

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
import numpy as np

from dltui.cache import Stamp
from dltui.runs.files import open_regular
from dltui.runs.joined import joined
from dltui.runs.update import Batch, Column, Mask, Rows, all_nan, all_true, newest_metrics
from dltui_trainers.runlog import (
    EVAL_METRICS,
    MANIFEST,
    METRICS,
    STEP_METRICS,
    AnyRecord,
    EndRecord,
    EvalRecord,
    EventRecord,
    LayersRecord,
    Manifest,
    MetricsRecord,
    Number,
    ParametersRecord,
    Record,
    StepRecord,
    SystemRecord,
    manifest_decoder,
    record_decoder,
)

CHUNK_BYTES = 6 << 20
"""Hand on at most this much at once: about 50 000 records, 25 ms. Each reading costs the interface a millisecond."""
BLOCK_BYTES = 256 << 10
"""Read and decode this much at once: the records become columns while they are still in the processor's cache."""
TAIL_BYTES = 64 << 10
LONGEST_LINE_BYTES = 16 << 20
"""A line that has not ended after this much is not a record of ours; it is counted and dropped."""

NEVER_UNKNOWN = frozenset({"train_loss"})

KINDS = frozenset({"step", "eval", "layers", "parameters", "system", "metrics", "event", "end"})
Kind = TypeVar("Kind", bound=Record)


class _AnyKind(msgspec.Struct):
    kind: str
    step: int
    time: float


_kind_decoder = msgspec.json.Decoder(_AnyKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One call of :meth:`LogReader.read`. ``more``: there is already more to read.

    ``offset``: where in the log the records of all readings end. ``stamp``: the log as it was when it was read, None if
    it cannot be read.
    """

    batch: Batch | None = None
    more: bool = False
    restarted: bool = False
    offset: int = 0
    stamp: Stamp | None = None

    @property
    def share(self) -> float:
        """How much of the log is read, 0 to 1; NaN for an empty one."""
        size = self.stamp.size if self.stamp else 0
        return min(1.0, self.offset / size) if size else math.nan


class LogReader:
    """Follows ``metrics.jsonl`` of one run, or a copy of it under another ``name``. Not thread-safe: one thread reads.

    A last line without its newline is waited for. A file that became shorter was replaced: reading begins anew and the
    reading says so (``restarted``). A missing file is an empty one.
    """

    def __init__(self, folder: Path, name: str = METRICS) -> None:
        self._path = folder / name
        self._offset = 0
        self._inode = 0
        self._tail = b""
        self._dropping = False

    def read(self, max_bytes: int = CHUNK_BYTES) -> Reading:
        """Return what has come since the last call, at most ``max_bytes`` of it. An unreadable file is no news."""
        batches: list[Batch] = []
        try:
            with open_regular(self._path) as file:
                status = os.fstat(file.fileno())
                restarted = self._notice_replacement(status)
                file.seek(self._offset)
                batches.extend(self._read_blocks(file, max_bytes))
        except OSError:
            if not batches:  # what was read before the trouble counts
                return Reading()
        return Reading(
            batch=joined(batches) if batches else None,
            more=self._offset < status.st_size,
            restarted=restarted,
            offset=self._offset - len(self._tail),
            stamp=Stamp.of(status),
        )

    @property
    def in_dropped_line(self) -> bool:
        """Whether it is inside a line that is too long to be one of ours."""
        return self._dropping

    def go_on_from(self, offset: int, inode: int) -> None:
        """Begin at ``offset``, the beginning of a line: what lies before it is known already."""
        self._offset, self._inode = offset, inode

    def _notice_replacement(self, status: os.stat_result) -> bool:
        replaced = self._offset > 0 and (status.st_size < self._offset or status.st_ino != self._inode)
        self._inode = status.st_ino
        if replaced:
            self._offset, self._tail, self._dropping = 0, b"", False
        return replaced

    def _read_blocks(self, file: BinaryIO, max_bytes: int) -> Iterator[Batch]:
        """Read on, and yield what each block gives; the offset is that of what was taken in, whatever happens next."""
        end = self._offset + max_bytes
        while data := file.read(min(BLOCK_BYTES, end - self._offset)):
            self._offset += len(data)
            batch = self._take_lines(data)
            if batch is not None:
                yield batch

    def _take_lines(self, data: bytes) -> Batch | None:
        whole, newline, rest = data.rpartition(b"\n")
        if not newline:
            self._keep(self._tail + data)
            return None
        lines = b"" if self._dropping else self._tail
        if self._dropping:
            whole = whole.partition(b"\n")[2]
        skipped = int(self._dropping)
        self._dropping = False
        self._tail = b""
        self._keep(rest)
        return _decode(lines + whole, skipped)

    def _keep(self, tail: bytes) -> None:
        if len(tail) > LONGEST_LINE_BYTES:
            self._dropping = True
        self._tail = b"" if self._dropping else tail


def decode(lines: bytes, skipped: int = 0) -> Batch:
    """Return the records of whole ``lines`` as columns; lines that are none are added to ``skipped``."""
    return joined([_decode(block, 0) for block in _blocks(lines)], skipped)


def _blocks(lines: bytes) -> Iterator[bytes]:
    """Cut whole lines into pieces of whole lines."""
    start = 0
    while start < len(lines):
        stop = lines.find(b"\n", start + BLOCK_BYTES)
        stop = len(lines) if stop < 0 else stop
        yield lines[start:stop]
        start = stop + 1


def _decode(lines: bytes, skipped: int) -> Batch:
    try:
        records: list[AnyRecord] = record_decoder.decode_lines(lines)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        records, bad = _decode_one_by_one(lines)
        skipped += bad
    return _as_batch(records, skipped)


def read_tail(folder: Path) -> Batch | None:
    """Return the last records of the run's log, enough to hold how it ended; None if there is no log."""
    try:
        with open_regular(folder / METRICS) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            data = file.read(TAIL_BYTES)
    except OSError:
        return None
    if size > TAIL_BYTES:
        data = data.partition(b"\n")[2]
    return decode(data.rpartition(b"\n")[0])


def read_manifest(folder: Path) -> Manifest | None:
    """Return the run's manifest, or None while there is none or if it is not one of ours."""
    try:
        with open_regular(folder / MANIFEST) as file:
            return manifest_decoder.decode(file.read(LONGEST_LINE_BYTES))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _decode_one_by_one(lines: bytes) -> tuple[list[AnyRecord], int]:
    records: list[AnyRecord] = []
    bad = 0
    for line in lines.split(b"\n"):
        if not line.strip():
            continue
        try:
            records.append(record_decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            bad += not _is_of_unknown_kind(line)
    return records, bad


def _is_of_unknown_kind(line: bytes) -> bool:
    """Return whether a newer version may have written the line: a record as ours are, of a kind that we do not know."""
    try:
        return _kind_decoder.decode(line).kind not in KINDS
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _as_batch(records: list[AnyRecord], skipped: int) -> Batch:
    steps = [each for each in records if type(each) is StepRecord]
    others = [each for each in records if type(each) is not StepRecord]
    return Batch(
        steps=_rows(steps, STEP_METRICS),
        evals=_rows([each for each in others if type(each) is EvalRecord], EVAL_METRICS),
        layers=_last([each for each in others if type(each) is LayersRecord]),
        parameters=tuple(each for each in others if type(each) is ParametersRecord),
        metrics=newest_metrics(each for each in others if type(each) is MetricsRecord),
        system=_last([each for each in others if type(each) is SystemRecord]),
        events=tuple(each for each in others if type(each) is EventRecord),
        rows_before=_rows_before(records, others),
        end=_end(records),
        skipped=skipped,
    )


def _rows_before(records: list[AnyRecord], others: list[AnyRecord]) -> tuple[tuple[int, int], ...]:
    """For each event, how many steps and validations come before it."""
    if not any(type(each) is EventRecord for each in others):
        return ()
    before, steps, evals = [], 0, 0
    for record in records:
        steps += type(record) is StepRecord
        evals += type(record) is EvalRecord
        if type(record) is EventRecord:
            before.append((steps, evals))
    return tuple(before)


def _end(records: list[AnyRecord]) -> EndRecord | None:
    """The last record if it ends the log: a training that was continued in the same folder has not ended."""
    for record in reversed(records):
        if type(record) is EndRecord:
            return record
        if type(record) is StepRecord:
            break
    return None


def _last(records: list[Kind]) -> Kind | None:
    return records[-1] if records else None


def _rows(records: list[StepRecord] | list[EvalRecord], metrics: tuple[str, ...]) -> Rows | None:
    if not records:
        return None
    values, unknown = {}, {}
    for name in metrics:
        if name in NEVER_UNKNOWN:
            values[name] = _column(records, name)
            continue
        values[name], missing = _metric(list(map(attrgetter(name), records)))
        if missing is not None:
            unknown[name] = missing
    return Rows(
        step=_column(records, "step"),
        epoch=_column(records, "epoch"),
        time=_column(records, "time"),
        values=values,
        unknown=unknown,
    )


def _metric(given: list[Number | None]) -> tuple[Column, Mask | None]:
    """The column of a metric, and where it is unknown; None if it is known everywhere. None is read as NaN."""
    missing = given.count(None)
    if missing == len(given):
        return all_nan(missing), all_true(missing)
    column = np.fromiter(given, np.float64, len(given))
    if not missing:
        return column, None
    unknown = np.isnan(column)
    if np.count_nonzero(unknown) > missing:  # some were logged as NaN
        unknown = np.fromiter((value is None for value in given), np.bool_, len(given))
    return column, unknown


def _column(records: Sequence[Record], name: str) -> Column:
    """A column of numbers; "nan" and "inf" are read as what they say."""
    return np.fromiter(map(attrgetter(name), records), np.float64, len(records))
