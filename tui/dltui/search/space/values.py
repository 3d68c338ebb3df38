"""The values in a described space, checked against the catalogue, each complaint with the place where it stands."""

import math

from dltui.errors import SpaceError
from dltui.search.space.said import Said
from dltui.text import safe_text
from dltui_trainers.configure import as_text, parse
from dltui_trainers.errors import TrainerError
from dltui_trainers.hparam import Hparam
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

MOST_VALUES = 1000
_LONGEST = 200


def listed(task: TaskInfo, hparam: Hparam, said: Said, key: str, values: object) -> tuple[Value, ...]:
    """Return the values of a list that is meant for ``key``, numbers in their order. Raises :class:`SpaceError`."""
    values = values if isinstance(values, list) else [values]
    if not values:
        raise SpaceError(f"{said.where}: the list of {key} is empty; name the values to try.")
    if len(values) > MOST_VALUES:
        raise SpaceError(f"{said.where}: {key} lists {len(values)} values, more than {MOST_VALUES}; give a range.")
    found = [_value(task, hparam, said, key, each) for each in values]
    twice = next((each for place, each in enumerate(found) if each in found[:place]), None)
    if twice is not None:
        raise SpaceError(f"{said.where}: {key} names {as_text(twice)} twice; each value is tried once.")
    numbers = [each for each in found if isinstance(each, (int, float)) and not isinstance(each, bool)]
    return tuple(sorted(numbers)) if len(numbers) == len(found) else tuple(found)


def number(hparam: Hparam, said: Said, key: str, value: object) -> int | float:
    """Return a number of ``hparam``, the one that is meant for ``key``. Raises :class:`SpaceError`."""
    found = _parsed(hparam, said, key, value)
    assert isinstance(found, (int, float))
    return found


def plain_number(said: Said, key: str, value: object, whole: bool) -> float:
    """Return a number that is no value of the hyperparameter: a step, a count. Raises :class:`SpaceError`."""
    try:
        found = math.nan if isinstance(value, (bool, list, dict)) else float(str(value))
    except ValueError:
        found = math.nan
    text_in_file = said.typed and isinstance(value, str)
    if text_in_file or not (math.isfinite(found) and found > 0) or (whole and found != round(found)):
        meant = "a whole number" if whole else "a number"
        raise SpaceError(f"{said.where}: {key} = {shown(value)} cannot be; it must be {meant} above 0.")
    return found


def shown(value: object) -> str:
    """Return a value from a file for a sentence: short, and harmless for the terminal."""
    if isinstance(value, str):
        return f"'{safe_text(value[:40])}'"
    if isinstance(value, bool):
        return as_text(value)
    if isinstance(value, (int, float)):
        return as_text(value) if abs(value) < 1e15 else "so large a number"
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else f"a {type(value).__name__}"


def _value(task: TaskInfo, hparam: Hparam, said: Said, key: str, value: object) -> Value:
    found = _parsed(hparam, said, key, value)
    possible = task.choices(hparam.name)
    words = found if isinstance(found, tuple) else (found,)
    missing = [each for each in words if hparam.choices and as_text(each) not in possible]
    if missing:
        raise SpaceError(
            f"{said.where}: {hparam.name} = {as_text(missing[0])} does not exist for {task.title};"
            f" take {', '.join(possible) or 'none'}."
        )
    if isinstance(found, tuple):
        return as_text(found)
    return str(found) if isinstance(found, str) else found


def _parsed(hparam: Hparam, said: Said, key: str, value: object) -> bool | int | float | str | tuple[object, ...]:
    is_number = hparam.scale in ("log", "linear") and not hparam.many
    if isinstance(value, str) and said.typed and is_number:
        raise SpaceError(
            f"{said.where}: {key} = {shown(value)} is a text where a number is meant; leave out the quotes."
        )
    is_bool_for_number = isinstance(value, bool) and hparam.type is not bool
    if is_bool_for_number or not isinstance(value, (str, int, float)) or len(text := as_text(value)) > _LONGEST:
        kind = hparam.kind_text if is_number else "one of its values"
        raise SpaceError(f"{said.where}: {key} = {shown(value)} cannot be; it must be {kind}.")
    try:
        found: bool | int | float | str | tuple[object, ...] = parse(hparam, safe_text(text))
    except TrainerError as error:
        raise SpaceError(f"{said.where}: {error}") from None
    return found
