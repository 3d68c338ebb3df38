"""The settings of a script with the changes of a branch: what came as text becomes what the script had there."""

import ast
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from dltui_trainers.runlog import Value

_NESTED = (list, tuple, set, frozenset, dict)


def change(settings: dict[str, object], changed: Mapping[str, Value]) -> None:
    """Put the values of ``changed`` in the place of those in ``settings``."""
    for name, value in changed.items():
        settings[name] = _like(settings[name], value) if name in settings else value


def _like(before: object, value: Value) -> object:
    """The value as the script would have it: a list where there was one, a path where there was one.

    A text that cannot become such a thing stays a text.
    """
    if isinstance(before, str):
        return value if isinstance(value, str) else str(value)
    if not isinstance(value, str):
        return value
    if isinstance(before, PurePath):
        return type(before)(value)
    return _written_in(value, before) if before is None or isinstance(before, _NESTED) else value


def _written_in(text: str, before: object) -> object:
    try:
        found = ast.literal_eval(text)
        kind: type[Any] = type(found) if before is None else type(before)
        return found if type(found) is kind else kind(found)
    except Exception:  # it is text, or the script's own kind of list
        return text
