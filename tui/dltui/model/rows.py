"""The rows of the table: parameters with their marks, in an order, and those that a filter leaves."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dltui.diagnosis.finding import Diagnosis
from dltui.diagnosis.layer_marks import Mark, layer_marks
from dltui.diagnosis.update_ratio import HIGH, LOW, NOTE_HIGH, NOTE_LOW
from dltui.model.order import Order
from dltui.series.parameters import Parameter, parameters_at, records_of
from dltui.series.state import RunState

TARGET = 1e-3
"""What an update should be of the weights (CS231n, neural-networks-3: "somewhere around 1e-3")."""


class Distance(StrEnum):
    """How far the updates of a weight are from what they should be: the limits are those of the diagnosis."""

    FAR_ABOVE = "▲"
    ABOVE = "△"
    NEAR = " "
    BELOW = "▽"
    FAR_BELOW = "▼"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One parameter and what is to be said of it. ``place``: where it stands in the model."""

    parameter: Parameter
    mark: Mark
    place: int

    @property
    def name(self) -> str:
        """The name of the parameter."""
        return self.parameter.name

    @property
    def distance(self) -> Distance:
        """How far its updates are from 1e-3; biases and norms, which begin at 0 or 1, are held against nothing."""
        ratio = self.parameter.update_ratio
        if ratio is None or not self.parameter.part.is_matrix or math.isnan(ratio):
            return Distance.NEAR
        if ratio > NOTE_HIGH:
            return Distance.FAR_ABOVE if ratio > HIGH else Distance.ABOVE
        if ratio < NOTE_LOW:
            return Distance.FAR_BELOW if ratio < LOW else Distance.BELOW
        return Distance.NEAR


def model_rows(state: RunState, diagnosis: Diagnosis | None = None, at: int | None = None) -> list[ModelRow]:
    """Return every parameter of the run as its record number ``at`` tells it (None: the newest), in the model's order.

    ``diagnosis``: what was found in the run at that moment; without one only facts are told.
    """
    records = records_of(state)
    known = records[: len(records) if at is None else at + 1]
    record = known[-1] if known else None
    parameters = parameters_at(state, record)
    findings = diagnosis.findings if diagnosis is not None else ()
    marks = layer_marks(parameters, findings)
    return [ModelRow(*each) for each in zip(parameters, marks, range(len(parameters)), strict=True)]


def ordered(rows: Sequence[ModelRow], order: Order) -> list[ModelRow]:
    """Return the rows in that order; equal ones stay in that of the model, and what is not known is last."""
    return sorted(rows, key=_KEYS[order])


def matching(rows: Sequence[ModelRow], words: str, weights_only: bool = False) -> list[ModelRow]:
    """Return the rows in which every word is found, and none that is written with a minus before it.

    A word is looked for in the name, the kind (``bias``) and the health (``dead``), upper and lower case alike.
    """
    wanted = words.lower().split()
    return [
        row
        for row in rows
        if (row.parameter.part.is_matrix or not weights_only) and all(_has(row, word) for word in wanted)
    ]


def _has(row: ModelRow, word: str) -> bool:
    text = f"{row.name} {row.parameter.part} {row.mark}".lower()
    excluded = word.startswith("-") and len(word) > 1
    return (word[1:] not in text) if excluded else word in text


def _largest_first(value: float | None) -> float:
    """A number that is none is worth more of a look than any."""
    return math.inf if value is None else (-math.inf if math.isnan(value) else -value)


def _far_first(row: ModelRow) -> float:
    ratio = row.parameter.update_ratio
    if ratio is None or not row.parameter.part.is_matrix:
        return math.inf
    return -abs(math.log10(ratio / TARGET)) if 0 < ratio < math.inf else -math.inf


_KEYS: dict[Order, Callable[[ModelRow], float]] = {
    Order.MODEL: lambda row: row.place,
    Order.HEALTH: lambda row: row.mark.rank,
    Order.COUNT: lambda row: -(row.parameter.count or 0),
    Order.RATIO: _far_first,
    Order.GRADIENT: lambda row: _largest_first(row.parameter.grad_norm),
    Order.DEAD: lambda row: _largest_first(_worst_share(row.parameter)),
}


def _worst_share(parameter: Parameter) -> float | None:
    return max((each for each in (parameter.dead, parameter.saturated) if each is not None), default=None)
