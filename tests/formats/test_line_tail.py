"""A file of lines that grows, is cut, replaced, or written in another encoding: the lines that it hands on."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dltui.errors import LogFormatError
from dltui.formats.reading.line_tail import LONGEST_LINE_BYTES, LineTail
from dltui.formats.reading.table import Table, TableBuilder


class Lengths:
    """A parser that keeps the length of each line, and the lines."""

    def __init__(self) -> None:
        self.table = TableBuilder()
        self.lines: list[bytes] = []

    def take(self, lines: bytes) -> None:
        assert lines.endswith(b"\n")
        for line in lines.splitlines():
            self.lines.append(line)
            self.table.add([("length", float(len(line)))])

    def finish(self, rest: bytes) -> None:
        if rest:
            self.take(rest + b"\n")

    def build(self) -> Table:
        return self.table.build()


class Followed:
    """A log, its tail, and the parsers that the tail has made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.parsers: list[Lengths] = []
        self.tail = LineTail(path, self._make)

    def _make(self) -> Lengths:
        self.parsers.append(Lengths())
        return self.parsers[-1]

    @property
    def lines(self) -> list[bytes]:
        return self.parsers[-1].lines

    def read(self, piece: int = 1 << 20) -> list[bytes]:
        while self.tail.advance(piece).more:
            pass
        return self.lines


@pytest.fixture
def followed(tmp_path: Path) -> Followed:
    return Followed(tmp_path / "log.txt")


def test_a_line_is_handed_on_when_it_has_ended(followed: Followed) -> None:
    followed.path.write_bytes(b"one\ntw")
    assert followed.read() == [b"one"]
    with followed.path.open("ab") as file:
        file.write(b"o\nthree")
    assert followed.read() == [b"one", b"two"]
    assert not followed.tail.advance().changed
    followed.tail.finish()
    assert followed.lines == [b"one", b"two", b"three"]


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-16"])
def test_pieces_of_any_size_give_the_same_lines(followed: Followed, encoding: str, piece: int) -> None:
    mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
    text = "épôque 1\nloss 0.5\n\nΔ 💡\n"
    followed.path.write_bytes((mark + text).encode(encoding))
    assert followed.read(piece) == [line.encode() for line in text.splitlines()]


def test_bytes_that_are_no_text_are_handed_on(followed: Followed) -> None:
    followed.path.write_bytes(b"\xff\xffloss\n\x80\n")
    assert followed.read() == [b"\xff\xffloss", b"\x80"]


@pytest.mark.parametrize(
    "replace",
    [
        lambda path: path.write_bytes(b"new\n"),  # shorter
        lambda path: path.write_bytes(b"another beginning, and longer than it was\n"),  # the same file, written anew
        lambda path: (path.with_suffix(".new").write_bytes(b"old\nold\nold\nand more\n"), _move(path)),  # rotated
    ],
    ids=["truncated", "rewritten", "rotated"],
)
def test_a_file_that_was_replaced_is_read_anew(followed: Followed, replace: object) -> None:
    followed.path.write_bytes(b"old\nold\nold\n")
    followed.read()
    assert callable(replace)
    replace(followed.path)
    assert followed.tail.advance().changed
    assert len(followed.parsers) == 2
    assert b"\n".join(followed.lines) + b"\n" == followed.path.read_bytes()


def _move(path: Path) -> None:
    os.replace(path.with_suffix(".new"), path)


def test_a_line_without_an_end_costs_no_memory_and_the_next_one_is_read(followed: Followed) -> None:
    with followed.path.open("wb") as file:
        file.write(b"first\n")
        for _ in range(8):
            file.write(b"x" * LONGEST_LINE_BYTES)
        file.write(b"\nlast\n")
    assert followed.read() == [b"first", b"last"]
    assert followed.tail.table().skipped == 1


def test_a_file_that_is_gone_is_told_and_read_anew_when_it_is_back(followed: Followed) -> None:
    followed.path.write_bytes(b"one\n")
    followed.read()
    followed.path.unlink()
    with pytest.raises(LogFormatError, match="no file"):
        followed.tail.advance()
    assert followed.lines == [b"one"]
    followed.path.write_bytes(b"one\ntwo\n")
    assert followed.read() == [b"one", b"two"]


def test_what_is_read_of_it_is_told(followed: Followed) -> None:
    followed.path.write_bytes(b"0123456\n" * 4)
    shares = [followed.tail.advance(8).share for _ in range(4)]
    assert shares == [0.25, 0.5, 0.75, 1.0]


def test_a_table_does_not_change_when_more_is_read(followed: Followed) -> None:
    followed.path.write_bytes(b"one\n")
    followed.read()
    table = followed.tail.table()
    with followed.path.open("ab") as file:
        file.write(b"two\n")
    followed.read()
    assert (table.length, len(table.columns["length"])) == (1, 1)
    assert followed.tail.table().length == 2


def test_a_log_that_was_written_anew_and_is_longer_now_is_read_again(followed: Followed) -> None:
    """A training that was started anew writes the same header into the same file."""
    header = b"# " + b"x" * 400 + b"\n"
    followed.path.write_bytes(header + b"1,0.5\n")
    followed.read()
    followed.path.write_bytes(header + b"1,0.7\n2,0.6\n")
    followed.read()
    assert [parser.lines[1:] for parser in followed.parsers] == [[b"1,0.5"], [b"1,0.7", b"2,0.6"]]


@pytest.mark.parametrize("piece", [1, 7, 40, 1000])
def test_a_line_that_is_too_long_is_skipped_however_it_comes(
    followed: Followed, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dltui.formats.reading.line_tail.LONGEST_LINE_BYTES", 40)
    followed.path.write_bytes(b"x" * 45 + b"\none\ntwo\n")
    while followed.tail.advance(piece).more:
        pass
    table = followed.tail.table()
    assert (table.length, table.skipped) == (2, 1)


def test_a_file_with_nothing_to_say_now_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's own log is such a file: to be read at once it gives neither bytes nor an end."""
    path = tmp_path / "kmsg"
    path.write_bytes(b"4,1,2,-;loss 0.5\n")

    class Silent(io.FileIO):
        def read(self, size: int | None = -1, /) -> Any:
            return None

    @contextmanager
    def opened(path: Path) -> Iterator[Silent]:
        with Silent(path) as file:
            yield file

    monkeypatch.setattr("dltui.formats.reading.growing_file.opened", opened)
    with pytest.raises(LogFormatError, match="nothing that can be read now"):
        LineTail(path, TableBuilder).advance()
