"""Hyperparameters of a person's own, told by their values: 3 is a whole number, 0.5 a number, (1, 2) two choices."""

import math

from dltui_trainers.configure import FALSE, TRUE, as_text
from dltui_trainers.hparam import Hparam, Scale

HELP = "of this task"
_EXPECTED = "a whole number, a number, a text, True or False, or a list of such choices"


def own_hparam(name: str, value: object, help: str = "") -> Hparam:
    """Return the description of the hyperparameter whose default, or whose choices, are ``value``.

    Raises ``ValueError`` with what is wrong with the value.
    """
    if isinstance(value, (list, tuple)):
        return _of_choices(name, value, help or HELP)
    if isinstance(value, bool):
        return _made(name, bool, value, "choice", help or HELP, (TRUE, FALSE))
    if isinstance(value, str):
        return _made(name, str, value, "text", help or HELP)
    if not isinstance(value, (int, float)):
        raise ValueError(f"is {_shown(value)}, and must be {_EXPECTED}")
    if not math.isfinite(value):
        raise ValueError(f"is {value}, and must be finite")
    whole = isinstance(value, int)
    return _made(name, int if whole else float, value, "log" if not whole and value > 0 else "linear", help or HELP)


def _of_choices(name: str, values: list[object] | tuple[object, ...], help: str) -> Hparam:
    """The first of them is the default."""
    if not values:
        raise ValueError(f"is an empty list, and must be {_EXPECTED}")
    described = [own_hparam(name, value) for value in values if not isinstance(value, (list, tuple))]
    kinds = {each.type for each in described}
    if kinds == {int, float}:
        kinds = {float}
    if len(described) < len(values) or len(kinds) > 1:
        raise ValueError("lists values of several kinds, and choices must be all numbers, or all texts")
    [kind] = kinds
    texts = tuple(dict.fromkeys(as_text(kind(each.default)) for each in described))
    return _made(name, kind, kind(described[0].default), "choice", help, texts)


def _made(name: str, kind: type, default: object, scale: Scale, help: str, choices: tuple[str, ...] = ()) -> Hparam:
    return Hparam(
        name=name,
        type=kind,
        default=default,
        family="task",
        scale=scale,
        help=help,
        low=-math.inf,
        choices=choices,
        means="a text" if scale == "text" else "",
    )


def _shown(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
