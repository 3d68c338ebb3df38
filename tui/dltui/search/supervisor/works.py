"""What a supervisor does with a study: one function for each kind of it."""

from collections.abc import Callable
from importlib import import_module
from typing import cast

from dltui.search.study.records import Begun
from dltui.search.trials.trials import Trials

Work = Callable[[Trials], None]
"""Asks for trials until there is nothing left to try. What the trials raise is the supervisor's to see to."""

SEARCH, TUNING = "dltui.search.supervisor.searching", "dltui.tune.tuning"
"""The modules that have a function ``work``; each is imported only where it is needed."""


def work_of(begun: Begun) -> Work:
    """Return what is to be done with a study that begins so."""
    return cast(Work, import_module(TUNING if begun.tuning is not None else SEARCH).work)
