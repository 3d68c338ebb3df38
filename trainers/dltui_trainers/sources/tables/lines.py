"""The lines of a text file, plain or gzip, in blocks: whatever a stranger has put there, only DataError is raised."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dltui_trainers.errors import DataError
from dltui_trainers.sources.files import shown, unreadable

BLOCK_BYTES = 1 << 22
LONGEST_LINE = 1 << 26
"""A longer line is no row of a table, and is not taken into memory."""
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_FOREIGN = {
    b"PK\x03\x04": "is a spreadsheet or another zip file; save the table as CSV",
    b"PAR1": "is a Parquet file; save the table as CSV",
    b"\xff\xfe": "is UTF-16; save it as UTF-8",
    b"\xfe\xff": "is UTF-16; save it as UTF-8",
}


def blocks(path: Path) -> Iterator[str]:
    """Yield the text of a file in blocks of whole lines, their ends as they are. Raises :class:`DataError`."""
    line = 1
    with _opened(path) as file:
        while block := _next_block(path, file, line):
            if line == 1:
                _refuse_foreign(path, block)
                block = block.removeprefix(_BOM)
            yield _text(path, block, line)
            line += block.count(b"\n")


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    try:
        with path.open("rb") as raw:
            packed = raw.read(len(_GZIP)) == _GZIP
            raw.seek(0)
            if not packed:
                yield raw
                return
            with gzip.open(raw) as unpacked:
                yield unpacked
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        reason = str(error).rstrip(".")
        raise DataError(f"{shown(path)} is torn, or no gzip file ({reason}); copy it anew.") from error
    except OSError as error:
        raise unreadable(path, error) from error


def _refuse_foreign(path: Path, block: bytes) -> None:
    for magic, what in _FOREIGN.items():
        if block.startswith(magic):
            raise DataError(f"{shown(path)} {what}.")


def _next_block(path: Path, file: IO[bytes] | gzip.GzipFile, line: int) -> bytes:
    block = file.read(BLOCK_BYTES)
    if block and not block.endswith(b"\n"):
        block += file.readline(LONGEST_LINE)
        if len(block) >= LONGEST_LINE:
            last = line + block.count(b"\n")
            raise DataError(f"{shown(path)}, line {last}: it is longer than 64 MiB, so it is no row of a table.")
    return block


def _text(path: Path, block: bytes, line: int) -> str:
    place = block.find(b"\0")
    if place >= 0:
        at = line + block.count(b"\n", 0, place)
        raise DataError(f"{shown(path)}, line {at}: it has a NUL byte, so it is no text; save the table as CSV.")
    try:
        return block.decode()
    except UnicodeDecodeError as error:
        at = line + block.count(b"\n", 0, error.start)
        raise DataError(
            f"{shown(path)}, line {at}: the byte 0x{block[error.start]:02x} is no UTF-8; save the table as UTF-8"
            " (iconv -f latin1 -t utf8 does it for a Latin-1 file)."
        ) from None
