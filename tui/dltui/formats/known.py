"""The table of the formats, and the one way in: look at the beginning of a file, ask each format, read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats import run_folder
from dltui.formats.csv import log as csv_log
from dltui.formats.following import kept_log
from dltui.formats.json import log as json_log
from dltui.formats.jsonl import log as jsonl_log
from dltui.formats.mlflow import log as mlflow_log
from dltui.formats.reading.source import looks_binary, read_head, shown
from dltui.formats.reading.sqlite_file import in_sqlite
from dltui.formats.reading.tail import LogTail
from dltui.formats.recognise.logs_in import told_of
from dltui.formats.recognise.other_files import refusal
from dltui.formats.saved import SavedLog, from_table
from dltui.formats.tensorboard import log as tensorboard_log
from dltui.formats.tensorboard.wire import begins_with_record
from dltui.formats.text import log as text_log
from dltui.formats.trackio import log as trackio_log
from dltui.formats.wandb import log as wandb_log
from dltui.log_options import AS_IT_IS, LogOptions

FOREIGN_NAMES = ("results.csv", "metrics.csv", "trainer_state.json", "training_log.csv", "history.json")
"""What other tools (YOLO, Lightning, Transformers, Keras examples) call the log in the folder that they make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format of another program. ``sniff`` gets the first bytes of a file (none of a folder); ``tail`` reads it,
    and may still refuse the rest.
    """

    name: str
    sniff: Callable[[bytes, Path], bool]
    tail: Callable[[Path, LogOptions], LogTail]


TEXT = Format(name=text_log.NAME, sniff=text_log.sniff, tail=text_log.tail)
"""A file that no other format recognises goes to this one, which tells best what is in it."""
FORMATS: tuple[Format, ...] = (
    Format(name=tensorboard_log.NAME, sniff=tensorboard_log.sniff, tail=tensorboard_log.tail),
    Format(name=wandb_log.NAME, sniff=wandb_log.sniff, tail=wandb_log.tail),
    Format(name=mlflow_log.NAME, sniff=mlflow_log.sniff, tail=mlflow_log.tail),
    Format(name=trackio_log.NAME, sniff=trackio_log.sniff, tail=trackio_log.tail),
    Format(name=jsonl_log.NAME, sniff=jsonl_log.sniff, tail=jsonl_log.tail),
    Format(name=json_log.NAME, sniff=json_log.sniff, tail=json_log.tail),
    Format(name=csv_log.NAME, sniff=csv_log.sniff, tail=csv_log.tail),
    TEXT,
)


_FORMAT = {each.name: each for each in FORMATS}
_BENEATH = ((wandb_log.NAME, wandb_log.runs_beneath), (mlflow_log.NAME, mlflow_log.runs_beneath))
"""Who keeps a folder for each run in one folder that a person may name."""


@dataclass(frozen=True, slots=True)
class Found:
    """A log of another program: where it is, in the folder that was named, and its format."""

    path: Path
    format: Format


def open_log(path: Path, options: LogOptions = AS_IT_IS) -> SavedLog:
    """Read the training log at ``path``: a file of a known format, a run's folder, or a folder that holds a known one.

    Raises:
        LogFormatError: there is nothing at that path, it cannot be read, or it is no training log.
    """
    stamp = kept_log.stamp_of(path)
    kept = kept_log.load(path, options, stamp)
    if kept is not None:
        return kept
    found = find_format(path, options)
    if found is None:
        return run_folder.read(path)
    tail = found.format.tail(found.path, options)
    while tail.advance().more:
        pass
    tail.finish()
    log = from_table(found.path, found.format.name, tail.table(), options)
    kept_log.keep(path, options, log, stamp)
    return log


def find_format(path: Path, options: LogOptions = AS_IT_IS) -> Found | None:
    """Return which log of another program is at ``path``; None if it is a run of our own.

    Raises:
        LogFormatError: as :func:`open_log`, as far as the beginning of the file tells.
    """
    try:
        if path.is_dir():
            return None if run_folder.sniff(b"", path) else _in_folder(path)
    except OSError as error:  # a folder on the way that may not be entered
        raise LogFormatError(f"{shown(path)} cannot be read: {error.strerror}.") from None
    if in_sqlite(path) is not None:  # a run in a file, as if that were a folder
        return next(Found(path, each) for each in FORMATS if each.sniff(b"", path))
    return _of_file(path, options)


def _of_file(path: Path, options: LogOptions) -> Found | None:
    head = read_head(path)
    if not head.strip():
        raise LogFormatError(f"{shown(path)} is empty: if the training has just begun, try again in a moment.")
    reason = "" if begins_with_record(head) else refusal(head)
    if reason:
        raise LogFormatError(f"{shown(path)} {reason}")
    if options.pattern:
        return Found(path, TEXT)
    if run_folder.sniff(head, path):
        return None
    for each in FORMATS:
        if each.sniff(head, path):
            if each.name == csv_log.NAME and csv_log.has_old_ends(head):
                raise LogFormatError(
                    f"{shown(path)} ends its lines with carriage returns alone, as no training does: save it with line "
                    "feeds (tr '\\r' '\\n')."
                )
            return Found(path, each)
    if looks_binary(head):
        raise LogFormatError(
            f"{shown(path)} is not a text file: dltui reads its own runs, those of TensorBoard, W&B, MLflow and "
            "trackio, and logs in CSV, JSON, JSON lines or plain text. Export it as one of them."
        )
    return Found(path, TEXT)


def _in_folder(folder: Path) -> Found:
    for name in FOREIGN_NAMES:
        if (folder / name).is_file():
            found = _of_file(folder / name, AS_IT_IS)
            if found is not None:
                return found
    for each in FORMATS:
        if each.sniff(b"", folder):
            return Found(folder, each)
    for name, runs in ((each, beneath(folder)) for each, beneath in _BENEATH):
        if len(runs) == 1:
            return Found(runs[0], _FORMAT[name])
        if runs:
            raise LogFormatError(f"{shown(folder)} holds {len(runs)} runs: name one of them, as {shown(runs[0])}.")
    raise LogFormatError(tensorboard_log.several_in(folder) or told_of(folder))
