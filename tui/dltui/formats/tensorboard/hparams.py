"""The settings that TensorBoard's hparams plugin keeps (``SummaryWriter.add_hparams``, Lightning, Keras)."""

import re
import struct
from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats.reading.protobuf import EIGHT_BYTES, LENGTH, VARINT, Damaged, fields, key, text
from dltui.formats.reading.source import HEAD_BYTES, read_head
from dltui_trainers.runlog import Value

MOST_SETTINGS = 500
"""More than these are no settings."""

_START, _END = key(3, LENGTH), key(4, LENGTH)
_HPARAMS, _NAME, _VALUE = key(1, LENGTH), key(1, LENGTH), key(2, LENGTH)
_NUMBER, _STRING, _BOOL = key(2, EIGHT_BYTES), key(3, LENGTH), key(4, VARINT)
_STATUS, _FAILURE = key(1, VARINT), 2
_DOUBLE = struct.Struct("<d")
_MADE_BY_TORCH = (b"_hparams_/experiment", b"_hparams_/session_start_info")
_UNIX_TIME = re.compile(r"\d{9,11}\.\d+")


def settings_in(content: bytes) -> dict[str, Value]:
    """Return the settings that a session of the plugin began with, none if these bytes tell other things."""
    settings: dict[str, Value] = {}
    try:
        for start in _inner(content, _START):
            for entry in _inner(start, _HPARAMS):
                name, value = _setting(entry)
                if name and value is not None and len(settings) < MOST_SETTINGS:
                    settings[name] = value
    except Damaged:
        return {}
    return settings


def tells_failure(content: bytes) -> bool:
    """Whether these bytes tell that a session ended in an error."""
    try:
        ends = [fields(end) for end in _inner(content, _END)]
        return any(found == _STATUS and number == _FAILURE for end in ends for found, number, _ in end)
    except Damaged:
        return False


def is_session_of_parent(folder: Path, files: list[Path]) -> bool:
    """Whether a folder is what ``add_hparams`` makes within a run: the run's settings and its last values.

    It is called after the time of its making unless the person names it, and holds little.
    """
    if _UNIX_TIME.fullmatch(folder.name):
        return True
    return bool(files) and all(_is_small_session(file) for file in files)


def _is_small_session(file: Path) -> bool:
    try:
        head = read_head(file)
    except LogFormatError:
        return False
    return len(head) < HEAD_BYTES and all(mark in head for mark in _MADE_BY_TORCH)


def _setting(entry: bytes) -> tuple[str, Value | None]:
    """One entry of the map: a name, and a value that is a number, a text, or true or false."""
    name, value = "", None
    for found, _, content in fields(entry):
        if found == _NAME:
            name = text(content)
        elif found == _VALUE:
            value = _plain(content)
    return name, value


def _plain(content: bytes) -> Value | None:
    value: Value | None = None
    for found, number, inner in fields(content):
        if found == _NUMBER:
            value = _DOUBLE.unpack(inner)[0]
        elif found == _STRING:
            value = text(inner)
        elif found == _BOOL:
            value = bool(number)
    return value


def _inner(message: bytes, wanted: int) -> list[bytes]:
    return [content for found, _, content in fields(message) if found == wanted]
