"""Reads a run's log as it grows: only what is new, only whole lines, and no line is fatal."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from dltui.runs.files import open_regular
from dltui.runs.update import Batch, Column, Rows
from dltui_trainers.runlog import (
    MANIFEST,
    METRICS,
    AnyRecord,
    EndRecord,
    EvalRecord,
    EventRecord,
    LayersRecord,
    Manifest,
    Record,
    StepRecord,
    SystemRecord,
    manifest_decoder,
    record_decoder,
)

CHUNK_BYTES = 4 << 20
"""Read at most this much at once: about 30 000 records, 30 ms."""
TAIL_BYTES = 64 << 10
LONGEST_LINE_BYTES = 16 << 20
"""A line that has not ended after this much is not a record of ours; it is counted and dropped."""

STEP_METRICS = ("train_loss", "lr", "grad_norm", "update_ratio", "throughput")
EVAL_METRICS = ("val_loss", "val_accuracy", "val_precision", "val_recall", "train_accuracy")

KINDS = frozenset({"step", "eval", "layers", "system", "event", "end"})
Kind = TypeVar("Kind", bound=Record)


class _AnyKind(msgspec.Struct):
    kind: str
    step: int
    time: float


_kind_decoder = msgspec.json.Decoder(_AnyKind)


@dataclass(frozen=True, slots=True)
class Reading:
    """One call of :meth:`LogReader.read`. ``more``: there is already more to read."""

    batch: Batch | None
    more: bool
    restarted: bool = False


class LogReader:
    """Follows ``metrics.jsonl`` of one run. Not thread-safe: one thread reads.

    A last line without its newline is waited for. A file that became shorter was replaced: reading begins anew and the
    reading says so (``restarted``). A missing file is an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / METRICS
        self._offset = 0
        self._inode = 0
        self._tail = b""
        self._dropping = False

    def read(self, max_bytes: int = CHUNK_BYTES) -> Reading:
        """Return what has come since the last call, at most ``max_bytes`` of it. An unreadable file is no news."""
        try:
            with open_regular(self._path) as file:
                status = os.fstat(file.fileno())
                restarted = self._notice_replacement(status)
                file.seek(self._offset)
                data = file.read(max_bytes)
        except OSError:
            return Reading(None, more=False)
        self._offset += len(data)
        batch = self._take_lines(data) if data else None
        return Reading(batch, more=self._offset < status.st_size, restarted=restarted)

    def _notice_replacement(self, status: os.stat_result) -> bool:
        replaced = self._offset > 0 and (status.st_size < self._offset or status.st_ino != self._inode)
        self._inode = status.st_ino
        if replaced:
            self._offset, self._tail, self._dropping = 0, b"", False
        return replaced

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
        return decode(lines + whole, skipped)

    def _keep(self, tail: bytes) -> None:
        if len(tail) > LONGEST_LINE_BYTES:
            self._dropping = True
        self._tail = b"" if self._dropping else tail


def decode(lines: bytes, skipped: int = 0) -> Batch:
    """Return the records of whole ``lines`` as columns; lines that are none are added to ``skipped``."""
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
    return Batch(
        steps=_rows([each for each in records if type(each) is StepRecord], STEP_METRICS),
        evals=_rows([each for each in records if type(each) is EvalRecord], EVAL_METRICS),
        layers=_last([each for each in records if type(each) is LayersRecord]),
        system=_last([each for each in records if type(each) is SystemRecord]),
        events=tuple(each for each in records if type(each) is EventRecord),
        end=_last([each for each in records if type(each) is EndRecord]),
        skipped=skipped,
    )


def _last(records: list[Kind]) -> Kind | None:
    return records[-1] if records else None


def _rows(records: list[StepRecord] | list[EvalRecord], metrics: tuple[str, ...]) -> Rows | None:
    if not records:
        return None
    values, unknown = {}, {}
    for name in metrics:
        given = list(map(attrgetter(name), records))
        values[name] = np.array(given, dtype=np.float64)  # None is read as NaN, "nan" and "inf" as what they say
        if None in given:
            unknown[name] = np.array([value is None for value in given], dtype=np.bool_)
    return Rows(
        step=_column(records, "step"),
        epoch=_column(records, "epoch"),
        time=_column(records, "time"),
        values=values,
        unknown=unknown,
    )


def _column(records: Sequence[Record], name: str) -> Column:
    return np.array(list(map(attrgetter(name), records)), dtype=np.float64)
