"""The logs in ``formats/logs``, which ``make_logs.py`` beside them wrote with real tools, and what is known of them."""

from pathlib import Path

import numpy as np

from dltui.formats.reading.table import Table
from dltui.formats.reading.tail import PIECE_BYTES, LogTail

LOGS = Path(__file__).parent / "formats" / "logs"
EPOCHS, STEPS_PER_EPOCH, RATE = 6, 2, 0.1
STEPS = range(EPOCHS * STEPS_PER_EPOCH)
TRAIN = [0.64**step for step in STEPS]
"""The training's loss before each step: the weight is 0.8 of what it was after each, and the loss is its square."""
VAL = [(0.8 ** (STEPS_PER_EPOCH * epoch) - 0.5) ** 2 for epoch in range(1, EPOCHS + 1)]
"""The validation's loss after each epoch: validation wants the weight to be 0.5."""
SINGLE = 1e-6
"""The tools trained with numbers of 32 bits."""


def read(tail: LogTail, piece: int = PIECE_BYTES) -> Table:
    """Return the whole log."""
    while tail.advance(piece).more:
        pass
    tail.finish()
    return tail.table()


def cells(table: Table, name: str) -> list[float]:
    """Return the values of a column, without its gaps."""
    return table.columns[name].values.tolist()


def contents(table: Table) -> object:
    """Return all that a table has, to compare it with another's: NaN is like NaN, the order of columns is the same."""
    columns = [
        (name, np.arange(table.length)[each.at()].tolist(), each.values.tobytes())
        for name, each in table.columns.items()
    ]
    return columns, table.length, table.facts, table.skipped, table.failed, table.ended, table.known
