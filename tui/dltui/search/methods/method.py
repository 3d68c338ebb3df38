"""What chooses the trials of a search. A method is a function of what is known: asked again, it answers the same."""

from collections.abc import Sequence
from typing import Protocol

from dltui.search.study.study import TrialEntry
from dltui_trainers.runlog import Value


class Method(Protocol):
    """One way of searching. Nothing of it is kept but the study, so that a killed search goes on as it would have."""

    nothing_left: str
    """A sentence on why :meth:`ask` returns None."""

    def count(self) -> int:
        """Return how many trials there are to be asked for in all, 0 where nobody knows."""

    def ask(self, number: int, trials: Sequence[TrialEntry]) -> dict[str, Value] | None:
        """Return the settings of trial ``number``, or None if there is nothing left to try.

        ``trials`` are all before it, some still at work. A name that has no effect with the others is left out.
        """


class Pruner(Protocol):
    """Decides while a trial is at work whether it is worth its time."""

    def wants_to_prune(self, number: int, trials: Sequence[TrialEntry]) -> str:
        """Return why trial ``number`` is to be stopped (``median``, ``hyperband``), empty if it is not."""
