"""Follows a file of lines: only what is new is read, only whole lines are handed on, and no line is fatal."""

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from dltui.formats.reading.growing_file import GrowingFile
from dltui.formats.reading.table import Table, TableBuilder
from dltui.formats.reading.tail import PIECE_BYTES, Advance

LONGEST_LINE_BYTES = 4 << 20
"""A line that has not ended after this much tells nothing of a training: it is counted as skipped, and not kept."""
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class LineParser(Protocol):
    """Turns lines into rows of a table."""

    @property
    def table(self) -> TableBuilder:
        """What was read."""
        ...

    def take(self, lines: bytes) -> None:
        """Take whole lines in UTF-8, each with its end; bytes that are no UTF-8 may be among them."""
        ...

    def finish(self, rest: bytes) -> None:
        """Take a last line without an end, as far as it is one; empty if there is none."""
        ...

    def build(self) -> Table:
        """Return what was read so far; it does not change when more comes."""
        ...


class LineTail:
    """A :class:`~dltui.formats.reading.tail.LogTail` of one file. ``ends``: the bytes that may end a line.

    A file that is another one than before is read from its beginning by a new parser.
    """

    def __init__(self, path: Path, make_parser: Callable[[], LineParser], ends: bytes = b"\n") -> None:
        self._file = GrowingFile(path)
        self._make_parser = make_parser
        self._ends = ends
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._parser = self._make_parser()
        self._undecided: bytes | None = b""
        self._rest = b""
        self._dropping = False
        self._decoder: codecs.IncrementalDecoder | None = None

    def advance(self, most: int = PIECE_BYTES) -> Advance:
        """Read what is new. Raises LogFormatError if the file is gone or may not be read."""
        gain = self._file.read(most)
        if gain.anew:
            self._begin_anew()
        before = self._parser.table.length + self._parser.table.skipped
        self._take(self._as_utf8(gain.data))
        changed = gain.anew or self._parser.table.length + self._parser.table.skipped != before
        return Advance(changed=changed, more=gain.more, share=gain.share)

    def finish(self) -> None:
        """Take the last line although it has no end."""
        self._parser.finish(self._rest)
        self._rest = b""

    def table(self) -> Table:
        """Return what was read so far."""
        return self._parser.build()

    def _as_utf8(self, data: bytes) -> bytes:
        """The text as UTF-8 without a mark at its beginning; PowerShell's ``>`` writes UTF-16."""
        if self._undecided is not None:
            data = self._undecided + data
            if any(mark.startswith(data) and mark != data for mark in _MARKS):  # what has come may still become one
                self._undecided = data
                return b""
            self._undecided = None
            if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                self._decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
            data = data.removeprefix(codecs.BOM_UTF8)
        return data if self._decoder is None else self._decoder.decode(data).encode(errors="replace")

    def _take(self, data: bytes) -> None:
        end = max(data.rfind(bytes((byte,))) for byte in self._ends) + 1
        if not end:
            self._keep(self._rest + data)
            return
        lines = data[:end]
        first = min(at for byte in self._ends if (at := lines.find(bytes((byte,)))) >= 0) + 1
        if not self._dropping and len(self._rest) + first - 1 > LONGEST_LINE_BYTES:
            self._keep(self._rest + lines[:first])
        lines = lines[first:] if self._dropping else self._rest + lines
        self._rest, self._dropping = b"", False
        if lines:
            self._parser.take(lines)
        self._keep(data[end:])

    def _keep(self, rest: bytes) -> None:
        if len(rest) > LONGEST_LINE_BYTES and not self._dropping:
            self._dropping = True
            self._parser.table.skipped += 1
        self._rest = b"" if self._dropping else rest
