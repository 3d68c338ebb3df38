"""Training logs of any known format, read into the rows that the rest of the program works on.

    log = open_log(Path("results.csv"))
    state = state_of(log)

Each format is a folder whose ``log.py`` has two functions, ``sniff`` (is this one of mine?) and ``tail`` (which reads
it, whole or as it grows); ``known.py`` lists them in the order in which they are asked. They stand on ``reading/``.
What a column means is decided in one place for all of them, ``meaning/``; ``following/`` looks again and again at a log
that is being written; ``recognise/`` tells which files are logs at all.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dltui.formats.known import FORMATS, open_log
    from dltui.formats.saved import ColumnRole, SavedLog, state_of

__all__ = ["FORMATS", "ColumnRole", "SavedLog", "open_log", "state_of"]
_HOME = {"FORMATS": "known", "open_log": "known", "ColumnRole": "saved", "SavedLog": "saved", "state_of": "saved"}


def __getattr__(name: str) -> object:
    """Import what is asked for, and only that: not every reader is needed by everybody who needs one."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
