"""What can be set in a script while it trains, whatever it is made with; and the check of what somebody wants set."""

from collections.abc import Mapping
from typing import Protocol

from dltui_trainers.answers import nothing_to_change
from dltui_trainers.configure import parse
from dltui_trainers.errors import InvalidHyperparameterError, UnknownHyperparameterError, suggestion
from dltui_trainers.hparams import CATALOGUE

NAMES = ("lr", "weight_decay", "momentum", "dropout")
"""What a script may have, by the names and with the ranges of our own catalogue."""
NOT_WATCHED = "the script has shown no optimiser: run.watch(model, optimizer) lets lr and others be set"


class Dials(Protocol):
    """The parts of a script that can be turned; an integration with another library brings its own."""

    def present(self, name: str) -> float | None:
        """Return the value of one of ``NAMES`` as it is now; None where the script has none."""

    def why_not(self, name: str) -> str:
        """Return why one of ``NAMES`` cannot be set; nothing if it can."""

    def turn(self, values: Mapping[str, float]) -> str:
        """Let each have its value from the next step on; return what else is to be said."""


def settable(dials: Dials) -> list[str]:
    """Return the hyperparameters that the script has."""
    return [name for name in NAMES if dials.present(name) is not None]


def checked(dials: Dials | None, texts: Mapping[str, str]) -> dict[str, float]:
    """Return the values that ``texts`` write, all of which can be set.

    Raises :class:`~dltui_trainers.errors.TrainerError` with the reason why one of them cannot.
    """
    if dials is None:
        raise InvalidHyperparameterError(NOT_WATCHED)
    values: dict[str, float] = {}
    for name, text in texts.items():
        if reason := _why_not(dials, name):
            raise InvalidHyperparameterError(reason)
        values[name] = parse(CATALOGUE[name], text)
    if all(dials.present(name) == value for name, value in values.items()):
        raise nothing_to_change(dict(texts))
    return values


def _why_not(dials: Dials, name: str) -> str:
    if name in NAMES:
        return dials.why_not(name)
    can = f"in this script can be set: {', '.join(settable(dials)) or 'nothing'}"
    if name in CATALOGUE:
        return f"{name} is the script's own affair; {can}"
    raise UnknownHyperparameterError(f"There is no hyperparameter '{name}'.{suggestion(name, list(NAMES))} I{can[1:]}.")
