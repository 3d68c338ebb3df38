"""A run of our own: its folder, its ``metrics.jsonl``, or a copy of that file under any name."""

from pathlib import Path

import msgspec

from dltui.errors import LogFormatError
from dltui.formats.reading.source import first_lines, read_text, shown
from dltui.formats.saved import OWN_FORMAT, SavedLog
from dltui.runs.find import is_run
from dltui.runs.kept_run import read_whole
from dltui.runs.liveness import judge
from dltui.runs.reader import KINDS, decode, read_manifest
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch
from dltui_trainers.runlog import MANIFEST, METRICS

NAME = OWN_FORMAT


class _Begin(msgspec.Struct):
    kind: str
    step: int
    time: float


_begin = msgspec.json.Decoder(_Begin)


def sniff(head: bytes, path: Path) -> bool:
    """Whether it is a run's folder, its manifest, or a file that begins with a record of ours."""
    if path.is_dir():
        return is_run(path)
    if path.name == MANIFEST and read_manifest(path.parent) is not None:
        return True
    return any(_is_record(line) for line in first_lines(head, 1))


def read(path: Path) -> SavedLog:
    """Read the run. A copied log has no manifest, and how it ended is told by its last record alone."""
    if path.is_dir():
        return _read_folder(path, path)
    if path.name in (METRICS, MANIFEST):
        return _read_folder(path.parent, path)
    data = read_text(path).encode("utf-8", errors="replace")
    batch = decode(data.rpartition(b"\n")[0])
    return SavedLog(path=path, format=NAME, batch=batch, status=_how_it_ended(batch) or RunStatus.FINISHED)


def _read_folder(folder: Path, asked: Path) -> SavedLog:
    manifest = read_manifest(folder)
    process = judge(folder, manifest, None)  # asked before the log is read: what is found dead writes no more
    batch = _read_log(folder, asked)
    return SavedLog(
        path=asked,
        format=NAME,
        batch=batch,
        manifest=manifest,
        status=_how_it_ended(batch) or process,
        planned_epochs=float(manifest.epochs) if manifest else float("nan"),
        hparams=dict(manifest.hparams) if manifest else {},
    )


def _read_log(folder: Path, asked: Path) -> Batch:
    """Read all that there is now; a training at work may write on meanwhile."""
    try:
        (folder / METRICS).stat()
    except FileNotFoundError:
        return Batch()  # killed before its first record
    except OSError as error:
        raise LogFormatError(f"{shown(asked)} cannot be read: {error.strerror}.") from None
    return read_whole(folder)


def _how_it_ended(batch: Batch) -> RunStatus | None:
    return RunStatus(batch.end.status) if batch.end is not None else None


def _is_record(line: str) -> bool:
    try:
        return _begin.decode(line).kind in KINDS
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
