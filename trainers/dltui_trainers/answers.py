"""What a command asks for, read with care, and the event that answers it: for our own loop and for a user's script.

Nothing here needs torch.
"""

import time

from dltui_trainers.configure import as_text
from dltui_trainers.control import BySignal, Unusable
from dltui_trainers.errors import InvalidHyperparameterError
from dltui_trainers.runlog import Command, EventRecord, Value

MOST_TEXT = 60
"""A value of more characters is none that we know, and is cut off where the refusal repeats it."""
MOST_REASON = 1000
"""Characters of who asked and why that an answer repeats."""
_NAMES = {"pause": "paused", "resume": "resumed"}
"""A command -> the event that answers it, where the two differ."""


def wanted(command: Command) -> dict[str, str]:
    """Return what a ``set`` is to set, name -> text. Raises :class:`InvalidHyperparameterError`."""
    if command.hparam is None:
        raise InvalidHyperparameterError("set needs the name of a hyperparameter and a value")
    if command.hparam in command.also:
        raise InvalidHyperparameterError(f"set names {command.hparam[:MOST_TEXT]} twice")
    values: dict[str, Value] = {command.hparam: command.value, **command.also}
    texts = {}
    for name, value in values.items():
        if value is None:
            raise InvalidHyperparameterError(f"set {name[:MOST_TEXT]} has no value")
        texts[name[:MOST_TEXT]] = as_text(value)[:MOST_TEXT]
    return texts


def nothing_to_change(texts: dict[str, str]) -> InvalidHyperparameterError:
    """Return the refusal of a ``set`` after which everything would be as it is."""
    what = ", ".join(f"{name} is {text}" for name, text in texts.items())
    return InvalidHyperparameterError(f"{what} already: nothing was changed")


def answer(
    step: int,
    command: Command,
    name: str = "",
    *,
    from_: Value = None,
    to: Value = None,
    note: str = "",
) -> EventRecord:
    """Return the event that says that ``command`` was carried out after ``step`` steps."""
    return EventRecord(
        step=step,
        time=time.time(),
        name=name or _NAMES.get(command.command, command.command),
        from_=from_,
        to=to,
        by=command.by[:MOST_REASON],
        reason=command.reason[:MOST_REASON],
        note=note,
        id=None if isinstance(command, BySignal) else command.id,
    )


def refusal(step: int, asked: Command | Unusable, reason: str) -> EventRecord:
    """Return the event that says why ``asked`` was not carried out."""
    name = asked.name if isinstance(asked, Unusable) else _NAMES.get(asked.command, asked.command)
    return EventRecord(
        step=step,
        time=time.time(),
        name=name,
        hparam=(asked.hparam or "")[:MOST_TEXT] if isinstance(asked, Command) else "",
        by=asked.by[:MOST_REASON],
        reason=reason,
        id=asked.id,
        done=False,
    )
