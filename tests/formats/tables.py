"""Tables beside each other: what tests of readers compare."""

from pathlib import Path

import numpy as np

from dltui.formats.reading.table import Table
from dltui.formats.reading.tail import LogTail


def read_whole(tail: LogTail, most: int = 4 << 20) -> Table:
    """Return the table of a log that is read to its end, ``most`` bytes at once."""
    while tail.advance(most).more:
        pass
    tail.finish()
    return tail.table()


def written(folder: Path, name: str, text: str | bytes) -> Path:
    """Write a log and return where it is."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def assert_same(one: Table, other: Table) -> None:
    """Compare all that two tables hold, the order of the columns and the bits of the numbers too."""
    assert list(one.columns) == list(other.columns)
    assert (one.length, one.skipped, one.known) == (other.length, other.skipped, other.known)
    assert one.facts == other.facts
    for name, cells in one.columns.items():
        ours, theirs = cells.dense(one.length), other.columns[name].dense(one.length)
        assert np.array_equal(ours.present, theirs.present), name
        # a NaN has more than one pattern of bits; two zeros have two signs
        assert np.array_equal(ours.values, theirs.values, equal_nan=True), name
        assert np.array_equal(np.signbit(ours.given), np.signbit(theirs.given)) or np.isnan(ours.given).any(), name
