"""One hyperparameter, described: what the command line, the new-run form and the search read."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Family = Literal["training", "architecture", "regularisation", "data", "task", "log"]
""""task": what a person's own task file adds."""
Scale = Literal["log", "linear", "choice", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hparam:
    """One hyperparameter.

    ``low`` and ``high`` bound what can work at all (a value outside is refused; ``low_open`` excludes ``low`` itself),
    ``typical`` is the range in which practice finds good values and the default search space. For a choice both are
    unused and ``choices`` lists the values. ``many``: several values, joined by commas. A text (``scale`` "text") has
    no range but ``means``, which says what is expected. ``zero`` says what 0 means where it switches something off.
    ``live``: can be changed while the training runs.
    """

    name: str
    type: type
    default: Any
    family: Family
    scale: Scale
    help: str
    low: float = 0.0
    high: float = float("inf")
    low_open: bool = False
    typical: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    many: bool = False
    means: str = ""
    zero: str = ""
    live: bool = False

    @property
    def range_text(self) -> str:
        """The values that can work, for a person: ``sgd | adam`` or ``0 to 0.95``."""
        if self.choices:
            return " | ".join(self.choices)
        if self.scale == "text":
            return self.means
        if self.low == float("-inf"):
            return self.kind_text
        if self.high == float("inf"):
            return f"{'above' if self.low_open else 'at least'} {_plain(self.low)}"
        if self.low_open:
            return f"above {_plain(self.low)}, at most {_plain(self.high)}"
        return f"{_plain(self.low)} to {_plain(self.high)}"

    @property
    def kind_text(self) -> str:
        """What a number of it is called."""
        return "a whole number" if self.type is int else "a number"

    @property
    def typical_text(self) -> str:
        """The typical range for a person, empty where there is none."""
        return f"{_plain(self.typical[0])} to {_plain(self.typical[1])}" if self.typical else ""


def _plain(value: float) -> str:
    """A number as a person writes it: 1e-5 where Python writes 1e-05, and whole numbers in full."""
    if value == int(value):
        return str(int(value))
    mantissa, exponent, power = f"{value:g}".partition("e")
    return f"{mantissa}e{int(power)}" if exponent else mantissa


def number(default: float, family: Family, scale: Scale, help: str, **rest: Any) -> Any:
    """Return the field of a number; an ``int`` default makes it an integer. ``rest``: see :class:`Hparam`."""
    return _field(default, type(default), family, scale, help, rest)


def numbers(family: Family, help: str, **rest: Any) -> Any:
    """Return the field of several numbers, none by default."""
    return _field((), float, family, "linear", help, {"many": True, **rest})


def choice(default: StrEnum, family: Family, help: str, **rest: Any) -> Any:
    """Return the field of a choice."""
    return _field(default, type(default), family, "choice", help, {"choices": tuple(type(default)), **rest})


def choices(kind: type[StrEnum], family: Family, help: str, **rest: Any) -> Any:
    """Return the field of several choices, none by default."""
    return _field((), kind, family, "choice", help, {"choices": tuple(kind), "many": True, **rest})


def text(family: Family, help: str, *, means: str, **rest: Any) -> Any:
    """Return the field of a text, empty by default."""
    return _field("", str, family, "text", help, {"means": means, **rest})


def _field(default: Any, kind: type, family: Family, scale: Scale, help: str, rest: dict[str, Any]) -> Any:
    return field(default=default, metadata={"type": kind, "family": family, "scale": scale, "help": help, **rest})
