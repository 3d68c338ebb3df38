"""Numbers as logs write them: ``1e-05``, ``nan``, ``-inf``, ``76.5%``, ``1.3m``."""

import math
import re
from datetime import UTC, datetime

SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
"""Units of time that stand right behind a number, in seconds. A percent sign is dropped: the column tells its scale."""

_PLAIN = re.compile(
    r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf|infinity))\s*(%|[a-z]{1,3})?\s*", re.I
)
LONGEST = 64
"""A number with more characters than this is none that was measured."""


def parse(text: str) -> float | None:
    """Return the number that ``text`` is, None if it is none. Times with a unit become seconds."""
    if len(text) > LONGEST or not text:
        return None
    if text[-1].isdigit() and "_" not in text:  # most of them by far; Python reads 1_000, a log does not mean it
        try:
            return float(text)
        except ValueError:
            return None
    match = _PLAIN.fullmatch(text)
    if match is None:
        return None
    number, unit = match.groups()
    if unit is None or unit == "%":
        return float(number)
    factor = SECONDS.get(unit)
    return None if factor is None else float(number) * factor


def parse_moment(text: str) -> float | None:
    """Return an ISO date and time as Unix seconds (UTC where it names no zone), None if it is none."""
    try:
        moment = datetime.fromisoformat(text.strip().replace(",", "."))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def as_float(value: object) -> float | None:
    """Return a value that was decoded from JSON as a number: ``"nan"`` is one, ``true`` and ``null`` are none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return parse(value)
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:  # a whole number with more than 308 digits
            return math.inf if value > 0 else -math.inf
    return None
