"""What a search and a tuning see of the trials that they ask for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from dltui.search.study.options import Change
from dltui.search.study.study import Study, TrialEntry
from dltui.series.state import RunState
from dltui_trainers.runlog import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A trial to be run; see :class:`dltui.search.study.records.Asked`. ``seeds``: one training with each."""

    settings: Mapping[str, Value]
    seeds: Sequence[int] = (0,)
    parent: int | None = None
    at_step: int | None = None
    change: Change = field(default_factory=dict)
    symptom: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A trial whose trainings have ended and that is not told yet. ``states``: its runs as their logs tell them.

    ``value``: the objective at its best, of several seeds the mean; None where a training has no finite one. ``best``:
    the place in ``runs`` of the one that stands for it, and ``step`` where that was at its best. ``pruned_by``: why it
    was stopped early, empty otherwise; ``error``: why it failed, empty otherwise.
    """

    trial: TrialEntry
    states: Sequence[RunState]
    runs: Sequence[str]
    seconds: float
    value: float | None = None
    best: int = 0
    step: int = 0
    pruned_by: str = ""
    error: str = ""


class StopAskedError(Exception):
    """A person wants the search to stop: what is under way is let end, and gone on with later."""


class BudgetSpentError(Exception):
    """The time that the search may take is over."""


class Trials(Protocol):
    """The trials of one study. All that it is told and finds out is in the study's file before it returns."""

    @property
    def folder(self) -> Path:
        """The folder of the study, with those of its runs in it."""

    @property
    def study(self) -> Study:
        """The study as it stands."""

    @property
    def free(self) -> int:
        """How many trials may be begun now."""

    def begin(self, request: Request) -> int:
        """Begin a trial and return its number."""

    def poll(self, wait_s: float) -> list[Ended]:
        """Look after those at work, for at most ``wait_s``; return those that have ended, each once.

        A trial that had ended before a kill and was not told comes again. Raises :class:`StopAskedError` when a person
        wants it to stop and :class:`BudgetSpentError` when its time is over, for the supervisor to see to;
        :class:`dltui.errors.EngineError`, and :class:`dltui.errors.SearchError` for a metric that there is not.
        """

    def tell(self, ended: Ended, *, outcome: str = "", kept: bool = False) -> None:
        """Write what a trial came to: its objective, its verdict, and of a tuning what the change did."""
