"""A CSV file as a table: what stands in it comes back, however it is written, and nothing but DataError is raised."""

import csv
import gzip
import io
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dltui_trainers.choices import Missing, TextColumns
from dltui_trainers.errors import DataError
from dltui_trainers.hparams import Hparams
from dltui_trainers.named_task import find_task
from dltui_trainers.sources.tables import lines as csv_lines
from dltui_trainers.sources.tables import rows as csv_rows
from dltui_trainers.sources.tables.resolver import resolve
from dltui_trainers.sources.tables.rows import SEPARATORS, separator_of
from dltui_trainers.sources.tables.table import Table, is_missing, read_table

HURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    """Write a file anew; it is never taken for the one before."""
    file = folder / name
    file.unlink(missing_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def as_csv(rows: list[list[str]], separator: str = ",", end: str = "\r\n") -> str:
    """Return what Python's own writer makes of ``rows``."""
    text = io.StringIO()
    # Before Python 3.13 a carriage return alone gets its quotes only where it is part of the lines' end.
    quoting = csv.QUOTE_ALL if "\r" not in end and any("\r" in cell for row in rows for cell in row) else 0
    csv.writer(text, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
    return text.getvalue()


def cells(table: Table) -> list[list[str | float | None]]:
    """The rows of a table; None where nothing is."""
    columns: list[list[str | float | None]] = []
    for column in range(len(table.names)):
        if column in table.words:
            known = [*table.words[column].known, None]  # -1, for nothing, is the last one
            columns.append([known[code] for code in table.words[column].codes])
        else:
            columns.append([None if math.isnan(each) else each for each in table.numbers[:, column].tolist()])
    return [list(row) for row in zip(*columns, strict=True)]


def number(word: str) -> float | None:
    """The number that a cell holds, if it is one."""
    try:
        return None if "_" in word else float(word)
    except ValueError:
        return None


def meant(rows: list[list[str]]) -> list[list[str | float | None]]:
    """What should be read of ``rows``: a column is numbers if it holds nothing else."""
    columns = [[cell.strip() for cell in column] for column in zip(*rows, strict=True)]
    read: list[list[str | float | None]] = []
    for column in columns:
        is_words = any(number(cell) is None for cell in column if not is_missing(cell))
        read.append([None if is_missing(cell) else cell if is_words else number(cell) for cell in column])
    return [list(row) for row in zip(*read, strict=True)]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0;\t"), max_size=8)
VALUES = st.one_of(TEXTS, st.floats().map(repr), st.integers().map(str), st.sampled_from(["", "NA", "?", "-", "1_0"]))
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(VALUES, min_size=width, max_size=width), min_size=1, max_size=8)
)


@HURRIED
@given(rows=TABLES, end=st.sampled_from(["\n", "\r\n"]), block=st.sampled_from([16, 1 << 22]))
@example(rows=[["1", "2"], ["3", "a"], ["4", "5"]], end="\n", block=16)
@example(rows=[["", "\n"]], end="\n", block=16)
def test_what_was_written_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[list[str]], end: str, block: int
) -> None:
    monkeypatch.setattr(csv_lines, "BLOCK_BYTES", block)
    monkeypatch.setattr(csv_rows, "CHUNK_ROWS", 3)
    names = [f"name {place}" for place in range(len(rows[0]))]
    table = read_table(written(tmp_path, as_csv([names, *rows], end=end)))
    assert table.names == tuple(names)
    np.testing.assert_equal(cells(table), [_without_nan(row) for row in meant(rows)])
    if len(table.lines):
        assert table.lines[-1] == as_csv([names, *rows], end=end).count("\n")


def _without_nan(row: list[str | float | None]) -> list[str | float | None]:
    return [None if isinstance(each, float) and math.isnan(each) else each for each in row]


@HURRIED
@given(content=st.one_of(st.binary(max_size=200), TABLES.map(lambda rows: as_csv(rows).encode())))
@example(content=b"")
@example(content=b"\xef\xbb\xbf")
@example(content=b"a,b\n1,2")
@example(content=b'"')
@example(content=gzip.compress(b"a,b\n1,2\n")[:-4])
def test_any_bytes_are_a_table_or_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = written(tmp_path, content)
    for words, missing in ((TextColumns.REFUSE, Missing.REFUSE), (TextColumns.ONE_HOT, Missing.MEAN)):
        try:
            task, changed = resolve(find_task("tabular"), Hparams(data=str(file), text_columns=words, missing=missing))
        except DataError as error:
            assert str(error).isprintable() and str(error).endswith((".", "?"))
        else:
            assert task.n_train > 0 and changed == {"data": str(file)}


@HURRIED
@given(
    rows=st.lists(st.lists(st.text("ab1 .\"'", max_size=5), min_size=3, max_size=3), min_size=1),
    separator=st.sampled_from(SEPARATORS),
)
def test_the_separator_is_told_from_the_rows(rows: list[list[str]], separator: str) -> None:
    assert separator_of(as_csv([["x", "y", "z"], *rows], separator)) == separator


@pytest.mark.parametrize(
    ("head", "separator"),
    [
        ("a;b\n1,5;2,5\n", ";"),
        ('a,b\n"x;y",1\n', ","),
        ("a;b,c\n1,2\n3,4\n", ","),
        ("a\tb c\n1\t2,3\n", "\t"),
        ("a,b\n1\n", ","),
        ("a\n1\n", ","),
        ('a,b\n1,"', ","),
    ],
)
def test_odd_separators(head: str, separator: str) -> None:
    assert separator_of(head) == separator


PLAIN = "x,y\n1,2.5\n-3e2,4\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.rstrip("\n"),
        "\ufeff" + PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", " , "),
        PLAIN.replace("x", '"x"').replace("2.5", '"2.5"'),
        PLAIN.replace("\n", "\n\n"),
        gzip.compress(PLAIN.encode()),
        gzip.compress(b"x,y\n") + gzip.compress(b"1,2.5\n-300,4"),
    ],
)
def test_the_same_table_in_many_hands(tmp_path: Path, content: str | bytes) -> None:
    table = read_table(written(tmp_path, content))
    assert (table.names, cells(table)) == (("x", "y"), [[1.0, 2.5], [-300.0, 4.0]])


def test_a_word_that_comes_late_makes_words_of_the_whole_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_lines, "BLOCK_BYTES", 64)
    rows = [["1.0", str(n)] for n in range(100)] + [["late", "7"]]
    table = read_table(written(tmp_path, as_csv([["x", "y"], *rows])))
    assert table.words.keys() == {0} and table.words[0].sample == ("late", 102)
    assert cells(table) == [[word, float(n)] for word, n in rows]


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, '"x\nx",y\n\n1,2\n\n"3",4\n5,"6\n"\n'))
    assert table.names == ("x\nx", "y")
    assert table.lines.tolist() == [4, 6, 8]


def test_a_column_without_a_name_is_called_by_its_place(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, ",x\n0,1\n")).names == ("column 1", "x")


@pytest.mark.parametrize("most", [0, 5])
def test_a_table_that_does_not_fit_is_not_taken_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("dltui_trainers.sources.tables.table.MOST_CELLS", most)
    with pytest.raises(DataError, match="in memory"):
        read_table(written(tmp_path, "x,y\n1,2\n3,4\n5,6\n"))


def test_a_line_without_an_end_is_not_taken_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_lines, "BLOCK_BYTES", 8)
    monkeypatch.setattr(csv_lines, "LONGEST_LINE", 100)
    with pytest.raises(DataError, match="line 2: it is longer"):
        read_table(written(tmp_path, "x,y\n" + "1" * 1000))
