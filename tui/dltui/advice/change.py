"""One recommended change: which hyperparameter, from what to what, and how it can be done."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from dltui.diagnosis.finding import Symptom
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import Value

_FACTOR = re.compile(r"x[0-9.e-]+")


class Apply(StrEnum):
    """How a change can be made."""

    LIVE = "live"
    """It can be set in the running training."""
    BRANCH = "branch"
    """The training goes on from a checkpoint with the new value."""
    RESTART = "restart"
    """Only a new training can have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one hyperparameter, sometimes with others that must move with it.

    ``from_`` is None where the log does not tell it; ``to`` is then a value, or a factor such as ``"x0.3"``. ``key``
    names the texts (why, what to expect, how to see that it did not work, source) in the catalogue; ``numbers`` are
    what those sentences tell. ``with_``: further hyperparameters to set in the same breath, name -> value.
    ``at_step``: the step to go back to, for a branch. ``also_for``: other findings that the change serves too.
    """

    hyperparameter: str
    from_: Value
    to: Value
    apply: Apply
    symptom: Symptom
    key: str
    numbers: dict[str, float] = field(default_factory=dict)
    with_: dict[str, Value] = field(default_factory=dict)
    at_step: float | None = None
    also_for: tuple[Symptom, ...] = ()

    @property
    def is_factor(self) -> bool:
        """Whether ``to`` is only a factor, because the present value is not known."""
        return isinstance(self.to, str) and _FACTOR.fullmatch(self.to) is not None

    @property
    def settings(self) -> dict[str, Value]:
        """Everything that the changed training sets, name -> value; empty where no value is known, only a factor.

        What is no hyperparameter (more data, a second look at the labels) cannot be set either.
        """
        if self.hyperparameter not in CATALOGUE or self.is_factor:
            return {}
        return {self.hyperparameter: self.to, **self.with_}
