"""A file's bytes and text, whatever somebody gave as a log: missing, huge, binary, or in another encoding."""

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dltui.errors import LogFormatError
from dltui.runs.files import open_regular
from dltui.text import safe_text

HEAD_BYTES = 64 << 10
"""Enough to hold the first lines of any log that we know; one line of a DETR log is 5 kB."""
MARKS_OF_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_TEXT_CONTROLS = frozenset(b"\t\n\r\x08\x0b\x0c\x1b")
_MOST_CONTROLS = 0.1
"""Share of control characters beyond which a file is no text. Logs of progress bars have some, compressed data 10 %."""
_NAMES_SHOWN = 8


def shown(path: Path) -> str:
    """Return the path as it may stand in a message."""
    return f"'{safe_text(str(path))}'"


def named(names: list[str]) -> str:
    """Return some names for a message, the first of many."""
    short = [safe_text(name[:40]) or "(no name)" for name in names[:_NAMES_SHOWN]]
    return ", ".join(short) + (", ..." if len(names) > _NAMES_SHOWN else "")


def read_head(path: Path) -> bytes:
    """Return the first bytes of a file. Raises LogFormatError if there is none, or none that may be read."""
    return _read(path, HEAD_BYTES)


def read_text(path: Path) -> str:
    """Return the whole text of a file; bytes that are no UTF-8 are replaced, the rest of the log counts."""
    return decode(_read(path, -1))


def decode(data: bytes) -> str:
    """Return the text of ``data``: UTF-8, or UTF-16 where a mark says so (PowerShell's ``>`` writes it)."""
    if data.startswith(MARKS_OF_UTF_16):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8-sig", errors="replace")


def looks_binary(head: bytes) -> bool:
    """Whether these first bytes are no text."""
    if head.startswith(MARKS_OF_UTF_16):
        return False
    controls = sum(byte < 0x20 and byte not in _TEXT_CONTROLS for byte in head)
    return b"\0" in head or controls > _MOST_CONTROLS * len(head)


def first_lines(head: bytes, count: int) -> list[str]:
    """Return the first lines that are not blank, without their ends."""
    lines = (line.strip("\ufeff") for line in decode(head).splitlines())
    found = []
    for line in lines:
        if line.strip():
            found.append(line)
        if len(found) == count:
            break
    return found


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file to read it piece by piece. Raises LogFormatError if there is none, or none that may be read."""
    try:
        with open_regular(path) as file:
            yield file
    except FileNotFoundError:
        if path.is_symlink():
            raise LogFormatError(f"{shown(path)} is a link to what is not there: has the log moved?") from None
        raise LogFormatError(f"There is no file or folder {shown(path)}: check the path.") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise LogFormatError(f"{shown(path)} cannot be read: {safe_text(str(reason))}.") from None


def read_from(file: BinaryIO, path: Path, most: int) -> bytes:
    """Return the next bytes of the file opened at ``path``. Raises LogFormatError where there may be some later only:
    the kernel shows as files what has nothing to say now.
    """
    data: bytes | None = file.read(most)
    if data is None:
        raise LogFormatError(f"{shown(path)} has nothing that can be read now: is it a log?")
    return data


def _read(path: Path, most: int) -> bytes:
    with opened(path) as file:
        return read_from(file, path, most)
