"""The table of the formats, and the one way in: look at the beginning of a file, ask each format, read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats import csv_log, json_log, jsonl_log, run_folder, text_log, tfevents_log
from dltui.formats.saved import SavedLog
from dltui.formats.source import looks_binary, read_head, shown
from dltui.log_options import AS_IT_IS, LogOptions

FOREIGN_NAMES = ("results.csv", "metrics.csv", "trainer_state.json", "training_log.csv", "history.json")
"""What other tools (YOLO, Lightning, Transformers, Keras examples) call the log in the folder that they make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format. ``sniff`` gets the first bytes of the file (none of a folder); ``read`` may still refuse the rest.

    A file that no format recognises goes to the last one, which tells best what is in it.
    """

    name: str
    sniff: Callable[[bytes, Path], bool]
    read: Callable[[Path], SavedLog]


FORMATS: tuple[Format, ...] = (
    Format(name=run_folder.NAME, sniff=run_folder.sniff, read=run_folder.read),
    Format(name=tfevents_log.NAME, sniff=tfevents_log.sniff, read=tfevents_log.read),
    Format(name=jsonl_log.NAME, sniff=jsonl_log.sniff, read=jsonl_log.read),
    Format(name=json_log.NAME, sniff=json_log.sniff, read=json_log.read),
    Format(name=csv_log.NAME, sniff=csv_log.sniff, read=csv_log.read),
    Format(name=text_log.NAME, sniff=text_log.sniff, read=text_log.read),
)


def open_log(path: Path, options: LogOptions = AS_IT_IS) -> SavedLog:
    """Read the training log at ``path``: a file of a known format, a run's folder, or a folder that holds a known one.

    Raises:
        LogFormatError: there is nothing at that path, it cannot be read, or it is no training log.
    """
    try:
        if path.is_dir():
            return run_folder.read(path) if run_folder.sniff(b"", path) else _open_in_folder(path)
    except OSError as error:  # a folder on the way that may not be entered
        raise LogFormatError(f"{shown(path)} cannot be read: {error.strerror}.") from None
    return _open_file(path)


def _open_file(path: Path) -> SavedLog:
    head = read_head(path)
    for each in FORMATS:
        if each.sniff(head, path):
            return each.read(path)
    if not head.strip():
        raise LogFormatError(f"{shown(path)} is empty: if the training has just begun, try again in a moment.")
    if looks_binary(head):
        raise LogFormatError(
            f"{shown(path)} is not a text file: dltui reads its own runs, TensorBoard's event files, "
            "and logs in CSV, JSON, JSON lines or plain text. Export it as one of them."
        )
    return FORMATS[-1].read(path)


def _open_in_folder(folder: Path) -> SavedLog:
    for name in FOREIGN_NAMES:
        if (folder / name).is_file():
            return open_log(folder / name)
    if tfevents_log.sniff(b"", folder):
        return tfevents_log.read(folder)
    raise LogFormatError(
        f"{shown(folder)} is a folder but not a run: it has no metrics.jsonl. Name the log file that is in it."
    )
