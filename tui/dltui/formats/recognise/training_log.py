"""Whether a file is the log of a training, told by its first bytes alone: what a walk through folders asks.

Stricter than opening: whoever names a file means it, but a walk also meets tables of data, settings and other programs'
logs. So a loss must be there *as a curve*: in a column of numbers, in records that repeat, in printed lines that count.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats.meaning.names import Meaning, Quantity, Split, meaning_of
from dltui.formats.meaning.records import cells_of
from dltui.formats.reading.source import HEAD_BYTES, decode, looks_binary, read_head
from dltui.formats.reading.sqlite_file import MAGIC, file_of
from dltui.formats.recognise.databases import owner_of
from dltui.formats.recognise.json_log import is_json_log, records_in
from dltui.formats.recognise.table_log import is_table_log
from dltui.formats.tensorboard import log as tensorboard_log
from dltui.formats.tensorboard.wire import begins_with_record
from dltui.formats.text.line import read_line
from dltui.runs.files import open_regular
from dltui.runs.reader import KINDS, read_manifest
from dltui_trainers.runlog import MANIFEST, METRICS

DLTUI, WANDB, MLFLOW = "dltui", "wandb", "mlflow"
_WANDB_MAGIC = b":W&B"
_MLFLOW_MANIFEST = "meta.yaml"
_TALKS_OF_TRAINING = re.compile(r"loss|acc|err|nll|mse|perplexity|trl|\btel", re.IGNORECASE)
_LEAST_LINES = 2
"""One printed line with a loss may be a sentence about it; a curve has two points."""
_MOST_LINES = 400
_LONGEST_LINE = 5_000


def is_training_log(path: Path) -> str | None:
    """Return the name of the format of the training log at ``path``, a file or a folder; None if it is none.

    Of a file only the first 64 kB are read, and of JSON the last. What cannot be read is none.
    """
    try:
        if path.is_dir():
            return _folder(path)
        path = file_of(path)  # a run in a database
        head = read_head(path)
        return _file(head, path) or _late_json(head, path)
    except (OSError, LogFormatError, ValueError):
        return None


def is_own_run(folder: Path) -> bool:
    """Return whether that is a run's folder of ours; another program's ``metrics.jsonl`` makes it none."""
    if read_manifest(folder) is not None:
        return True
    try:
        return (folder / METRICS).is_file() and _is_own(decode(read_head(folder / METRICS)))
    except (OSError, LogFormatError):
        return False


def _folder(folder: Path) -> str | None:
    if is_own_run(folder):
        return DLTUI
    if (folder / _MLFLOW_MANIFEST).is_file():
        return MLFLOW if _has_curve(folder / "metrics") else None
    return tensorboard_log.NAME if tensorboard_log.sniff(b"", folder) else None


def _has_curve(metrics: Path) -> bool:
    """Whether MLflow's folder of metrics has one that a training has; each is a file, ``a/b`` in a folder."""
    if not metrics.is_dir():
        return False
    names = (str(file.relative_to(metrics)) for file in sorted(metrics.glob("**/*"))[:200] if file.is_file())
    return any(_is_measure(meaning_of(name)) for name in names)


def _file(head: bytes, path: Path) -> str | None:
    if path.name == MANIFEST:
        return DLTUI if read_manifest(path.parent) is not None else None
    if not head.strip():
        return None
    if head.startswith(_WANDB_MAGIC):
        return WANDB
    if head.startswith(MAGIC):
        return owner_of(path)
    if begins_with_record(head):
        return tensorboard_log.NAME
    return None if looks_binary(head) else _text(decode(head), path)


def _late_json(head: bytes, path: Path) -> str | None:
    """JSON alone may have its curves at its end, after the labels of all samples."""
    if len(head) < HEAD_BYTES or head.lstrip()[:1] not in (b"{", b"[") or looks_binary(head):
        return None
    return "json" if is_json_log(decode(_last_bytes(path))) else None


def _last_bytes(path: Path) -> bytes:
    with open_regular(path) as file:
        file.seek(max(HEAD_BYTES, file.seek(0, os.SEEK_END) - HEAD_BYTES))
        return file.read(HEAD_BYTES)


def _text(text: str, path: Path) -> str | None:
    """The format of a text: records, a document, a table, or what was printed."""
    begin = text.lstrip("\ufeff \t\r\n")
    if begin.startswith("{") and _is_own(begin):
        return DLTUI
    records = records_in(begin)
    if records is not None:
        return "jsonl" if any(_is_measure(meaning) for meaning in _meanings(records)) else None
    if begin[:1] in ("{", "[") and begin[1:].lstrip()[:1] in ("{", "[", "]", '"', "}"):
        return "json" if is_json_log(begin) else None
    if is_table_log(begin, path):
        return "csv"
    return "text" if path.suffix.lower() not in (".csv", ".tsv") and _is_printed_log(begin) else None


def _meanings(records: list[dict[str, object]]) -> Iterator[Meaning]:
    """What the records of a log tell, nothing if they are none: evaluations of many models have a loss each, too."""
    named = [[meaning_of(name) for name, _ in cells_of(record)] for record in records]
    if any(each.quantity in (Quantity.STEP, Quantity.EPOCH) for record in named for each in record) or all(
        any(each.quantity is Quantity.LOSS and each.split is not Split.UNSAID for each in record) for record in named
    ):
        for record in named:
            yield from record


def _is_measure(meaning: Meaning) -> bool:
    return meaning.quantity in (Quantity.LOSS, Quantity.ACCURACY, Quantity.ERROR)


def _is_own(text: str) -> bool:
    records = records_in(text[: text.find("\n") + 1 or None], least=1) or [{}]
    return str(records[0].get("kind")) in KINDS and {"step", "time"} <= records[0].keys()


def _is_printed_log(text: str) -> bool:
    """Whether two of its lines have a measure, and one says at which step or epoch that was."""
    measured, placed = 0, False
    for line in re.split(r"[\r\n]+", text):
        if len(line) > _LONGEST_LINE or not any(map(str.isdigit, line)):
            continue
        if not _TALKS_OF_TRAINING.search(line) and "poch" not in line:
            continue
        found = read_line(line).quantities
        placed = placed or bool(found & {Quantity.STEP, Quantity.EPOCH})
        measured += bool(found & {Quantity.LOSS, Quantity.ACCURACY, Quantity.ERROR})
        if measured >= _LEAST_LINES and placed:
            return True
        if measured >= _MOST_LINES:
            return True
    return False
