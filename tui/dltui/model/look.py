"""One look at the model of a run: its rows at a moment, in an order, filtered, with the totals."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from dltui.diagnosis.finding import Diagnosis
from dltui.model.order import Order
from dltui.model.rows import ModelRow, matching, model_rows, ordered
from dltui.model.totals import Totals, totals_of
from dltui.series.parameters import records_of
from dltui.series.state import RunState
from dltui_trainers.runlog import ParametersRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person wants to see of it."""

    order: Order = Order.MODEL
    words: str = ""
    weights_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """All ``rows`` in the order of the model, those that are ``shown``, and the ``records`` of the whole run.

    ``at``: which of the records is looked at; None: the newest, or none where there is none.
    """

    rows: tuple[ModelRow, ...]
    shown: tuple[ModelRow, ...]
    records: Sequence[ParametersRecord]
    at: int | None
    totals: Totals
    wanted: Wanted
    is_foreign: bool

    @property
    def number(self) -> int:
        """The number of the record, counted from 1; 0 where nothing was measured."""
        return len(self.records) if self.at is None else self.at + 1

    @property
    def step(self) -> int | None:
        """The step of the record."""
        return self.records[self.number - 1].step if self.number else None

    @property
    def names(self) -> list[str]:
        """The names of all parameters, in the order of the model."""
        return [row.name for row in self.rows]


def look(state: RunState, diagnosis: Diagnosis | None, wanted: Wanted, at: int | None = None) -> Look:
    """Return what is to be seen in record ``at`` (None: the newest). ``diagnosis``: that of the same moment."""
    records = records_of(state)
    rows = model_rows(state, diagnosis, at)
    shown = ordered(matching(rows, wanted.words, wanted.weights_only), wanted.order)
    known = records[: len(records) if at is None else at + 1]
    return Look(
        rows=tuple(rows),
        shown=tuple(shown),
        records=records,
        at=at,
        totals=totals_of(state, rows, known),
        wanted=wanted,
        is_foreign=bool(state.format),
    )


def record_at(state: RunState, step: float | None) -> int | None:
    """Return which record was the newest at that step (None: the newest of all); -1 where none was written by then."""
    records = records_of(state)
    if step is None or not records or step >= records[-1].step:
        return None
    return bisect_right([record.step for record in records], step) - 1
