"""What a step comes to, as a value: screens, reports and ``--json`` draw from it, and the guide's folder keeps it.

Sentences are keys and numbers here; the words are in ``texts``.
"""

import math
from enum import StrEnum
from typing import Literal

import msgspec

from dltui.texts.guide import Said
from dltui_trainers.runlog import Number, Value, number


class Judgement(StrEnum):
    """What there is to say of a step, or of one thing in it."""

    SOUND = "sound"
    DOUBTFUL = "doubtful"
    """Worth a look; the guide goes on with it."""
    FAULT = "fault"
    """Something is wrong that no hyperparameter mends; what to check is told."""

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return (Judgement.FAULT, Judgement.DOUBTFUL, Judgement.SOUND).index(self)


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at. Of a fault it names the next thing to check."""

    judgement: Judgement
    said: Said


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One curve. ``y`` may hold what is no number; ``role`` says what it is beside the others."""

    name: Said
    x: list[float]
    y: list[Number]
    role: Literal["main", "other", "faint", "bad"] = "other"


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """A horizontal line: the loss that was expected, or that of the untrained network."""

    name: Said
    y: float


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A place along x that is marked: what was chosen, or where it diverged."""

    name: Said
    x: float


class Curves(msgspec.Struct, frozen=True, kw_only=True, tag="curves"):
    """Curves over steps, epochs, or learning rates (on a logarithmic axis). ``band``: of x, from and to."""

    title: Said
    x: Literal["step", "epoch", "lr"]
    lines: list[Line]
    levels: list[Level] = []
    spots: list[Spot] = []
    band: tuple[float, float] | None = None
    y_log: bool = False


class Bars(msgspec.Struct, frozen=True, kw_only=True, tag="bars"):
    """A bar for each label, one beside the other for each group: samples of each class, losses of each start."""

    title: Said
    labels: list[str]
    groups: list[Said]
    values: list[list[Number]]
    level: Level | None = None


class HeatMap(msgspec.Struct, frozen=True, kw_only=True, tag="heat_map"):
    """A value for each pair of two hyperparameters; low is good. ``states``: what is to be said of a cell."""

    title: Said
    row_name: str
    column_name: str
    rows: list[str]
    columns: list[str]
    values: list[list[Number | None]]
    states: list[list[Literal["", "best", "kept", "stopped", "diverged", "failed"]]]


Plot = Curves | Bars | HeatMap


TableCell = Number | str | Said | None
"""A number, a setting or a name, something in words, or what is not known."""


def known_number(value: float) -> Number | None:
    """Return a number as a cell; None for NaN."""
    return None if math.isnan(value) else number(value)


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers in columns, and what there is to say of them."""

    columns: list[Said]
    rows: list[list[TableCell]]


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """What a step hands on: settings that hold from here on, and those that the next step is to choose from.

    ``final``: the trial of this step that the whole guide led to.
    """

    settings: dict[str, Value] = {}
    candidates: list[dict[str, Value]] = []
    final: str = ""


class StepResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a step found. ``said`` is the one sentence; ``checks`` are further ones, the worst first."""

    judgement: Judgement
    said: Said
    checks: list[Check] = []
    handed: Handed = Handed()
    plot: Plot | None = None
    table: Table | None = None
