"""Saved training logs of any known format, read whole into the rows that the rest of the program works on.

    log = open_log(Path("results.csv"))
    state = state_of(log)

Each format is one file with two functions, ``sniff`` (is this one of mine?) and ``read``; ``known.py`` lists them in
the order in which they are asked. What a column means is decided in one place for all of them, ``columns.py``.
"""

from dltui.formats.known import FORMATS, open_log
from dltui.formats.saved import ColumnRole, SavedLog, state_of

__all__ = ["FORMATS", "ColumnRole", "SavedLog", "open_log", "state_of"]
