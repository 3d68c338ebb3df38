"""A text file as numbers, in one byte a character where it has up to 256 different ones: from here on no text is read.

The file is UTF-8, with or without a byte order mark, or that in gzip. The ends of its lines become ``\\n``, whichever
they were: a model should not spend its characters on how a file was saved.
"""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from dltui_trainers.errors import DataError
from dltui_trainers.sources.files import Stamp, shown, stamp_of, unreadable

Codes = NDArray[np.unsignedinteger[Any]]

MOST_BYTES = 256 * 2**20
"""A text of this size is read in 5 s and takes up to 1.5 GiB; by a measurement on 96 MiB."""
MOST_CHARACTERS = 2**16
"""More different characters than that no script has, nor all of them that people write."""
BLOCK = 2**20
CODE_POINTS = 0x110000
GZIP = b"\x1f\x8b"
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
ENGLISH = "the English that Python brings along"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Characters:
    """A text: ``codes`` tells for each place which character of the ``alphabet`` (code points, sorted) stands there."""

    name: str
    alphabet: NDArray[np.uint32]
    codes: Codes


def read_characters(data: str) -> tuple[Characters, str]:
    """Return the characters of the file ``data`` and its absolute path; the English of Python for an empty one.

    Raises :class:`DataError`. What was read last is kept, so that asking again costs nothing.
    """
    if not data:
        return _english(), ""
    stamp = stamp_of(data, "a text file")
    return _read(stamp), str(stamp.path)


@lru_cache(maxsize=1)
def _english() -> Characters:
    """The help on the language, which ``help()`` shows: its words differ a little from one Python to the next.

    Its topics quote each other at length. Each paragraph is taken once, or a validation would ask what was learned.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError:
        raise DataError("This Python comes without its help texts; name a text file with data=FILE.") from None
    paragraphs = dict.fromkeys("\n\n".join(topics.values()).split("\n\n"))
    return _as_codes(ENGLISH, ["\n\n".join(paragraphs)])


@lru_cache(maxsize=1)
def _read(stamp: Stamp) -> Characters:
    return _as_codes(shown(stamp.path), _texts(stamp.path))


def _texts(path: Path) -> Iterator[str]:
    """Yield the text in blocks. Raises :class:`DataError` with the place of what is no text."""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    decoder = io.IncrementalNewlineDecoder(utf8, translate=True)
    line = 1
    before = start = 0
    for block in _blocks(path):
        if not before and block.startswith(WIDE):
            raise DataError(f"{shown(path)} is UTF-16; make it UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW.")
        if (place := block.find(0)) >= 0:
            line += block.count(b"\n", 0, place)
            raise DataError(f"{shown(path)} is not text: its byte {before + place + 1}, in line {line}, is 0.")
        try:
            start = before - len(utf8.getstate()[0])
            text = decoder.decode(block)
        except UnicodeDecodeError as error:
            raise _not_utf8(path, error, start, line) from None
        yield text if before else text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
        line += block.count(b"\n")
        before += len(block)
    try:
        start = before - len(utf8.getstate()[0])
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _not_utf8(path, error, start, line) from None


def _not_utf8(path: Path, error: UnicodeDecodeError, start: int, line: int) -> DataError:
    line += error.object.count(b"\n", 0, error.start)
    return DataError(
        f"{shown(path)} is not UTF-8: its byte {start + error.start + 1}, in line {line}, is"
        f" 0x{error.object[error.start]:02x}; if it is text, convert it: iconv -f LATIN1 -t UTF-8 FILE > NEW."
    )


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of the file, or of what is packed in it. Raises :class:`DataError`."""
    try:
        with path.open("rb") as file:
            packed = file.read(len(GZIP)) == GZIP
            file.seek(0)
            yield from _bounded(path, gzip.GzipFile(fileobj=file) if packed else file)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise DataError(
            f"{shown(path)} is torn or damaged: its gzip data cannot be unpacked to the end; copy it again."
        ) from None
    except OSError as error:
        raise unreadable(path, error) from error


def _bounded(path: Path, file: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    done = 0
    while block := file.read(BLOCK):
        done += len(block)
        if done > MOST_BYTES:
            mib = MOST_BYTES // 2**20
            raise DataError(
                f"{shown(path)} holds more than {mib} MiB of text; take a part of it: head -c {mib}M FILE > NEW."
            )
        yield block


def _as_codes(name: str, texts: Iterable[str]) -> Characters:
    """Number the characters as they come, then by their order: each block is gone through once while it is fresh."""
    numbers = np.full(CODE_POINTS, -1, np.int32)
    found: list[NDArray[np.uint32]] = []
    count, parts = 0, []
    for text in texts:
        points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
        new = np.unique(points[numbers[points] < 0])
        numbers[new] = np.arange(count, count + len(new))
        found.append(new)
        count += len(new)
        if count > MOST_CHARACTERS:
            raise DataError(f"{name} is not text: it has more than {MOST_CHARACTERS} different characters.")
        parts.append(numbers[points].astype(np.uint16))
    alphabet = np.concatenate(found) if found else np.empty(0, np.uint32)
    ranks = np.empty(count, np.uint8 if count <= 256 else np.uint16)
    ranks[np.argsort(alphabet)] = np.arange(count)
    codes = np.concatenate(parts) if parts else np.empty(0, np.uint16)
    return Characters(name=name, alphabet=np.sort(alphabet), codes=looked_up(ranks, codes))


def looked_up(table: NDArray[Any], codes: Codes) -> NDArray[Any]:
    """Return what ``table`` says of each code; a block at a time, because numpy makes 8 bytes of each index."""
    out = np.empty(len(codes), table.dtype)
    for start in range(0, len(codes), BLOCK):
        out[start : start + BLOCK] = table[codes[start : start + BLOCK]]
    return out
