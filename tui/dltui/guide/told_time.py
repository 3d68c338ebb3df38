"""A time span as a person types it: ``90``, ``90s``, ``5m``, ``1.5h``."""

import math
import re

from dltui.errors import UsageError

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_SPAN = re.compile(r"([0-9.]+(?:e[0-9]+)?)\s*(s|m|min|h)?")


def seconds_in(text: str) -> float:
    """Return the seconds. Raises :class:`UsageError` for what is no time span, or none above 0."""
    found = _SPAN.fullmatch(text.strip().lower())
    try:
        seconds = float(found[1]) * _UNITS[found[2] or ""] if found else math.nan
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise UsageError(f"'{text}' is no time: give seconds, or such as 90s, 5m, 1h.")
    if seconds <= 0:
        raise UsageError(f"A budget of {text} leaves no time for anything: take some seconds at least, such as 60.")
    return seconds


def time_text(seconds: float) -> str:
    """Return it as a person would type it; empty for 0, which is not known yet."""
    if not seconds:
        return ""
    for unit in ("h", "m"):
        if seconds >= _UNITS[unit] and seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:.0f}{unit}"
    return f"{seconds:g}s"
