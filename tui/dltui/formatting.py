"""Numbers as a person reads them. What is not known is a dash; what was logged as NaN or infinite is said so."""

import math
import os
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from dltui.text import safe_text

if TYPE_CHECKING:
    from dltui_trainers.runlog import Value

Unit = Literal["number", "percent", "step", "epoch", "time"]
"""What an axis counts: ``percent`` shows the fraction 0.85 as 85%, ``time`` shows seconds as m:ss."""

UNKNOWN = "–"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_SHORT_S = 10
_SMALL = 1e-2
"""Below this a setting is written 3e-3: its power of ten is what matters."""


def format_time(seconds: float) -> str:
    """``0:42``, ``1:02:03``, ``2d 1:02:03``; below ten seconds with the decimals that it has."""
    if not math.isfinite(seconds) or abs(seconds) >= 1e12:
        return str(seconds) if math.isfinite(seconds) else format_value(seconds)
    sign, rest = ("-" if seconds < 0 else ""), abs(seconds)
    if rest < 10 and round(rest, 3) != int(rest):
        return f"{sign}{rest:.3g}s"
    minutes, second = divmod(round(rest), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{sign}{days}d {hour}:{minute:02}" + (f":{second:02}" if second else "")
    return f"{sign}{hour}:{minute:02}:{second:02}" if hour else f"{sign}{minute}:{second:02}"


def format_value(value: float, unit: Unit = "number") -> str:
    """A value for a readout, to four digits: ``0.0812``, ``1.2e-5``, ``85.2%``, ``step`` counts as ``12 500``."""
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if unit == "time":
        return format_time(value)
    if unit == "percent":
        return f"{value * 100:.4g}%"
    if unit in ("step", "epoch"):
        whole = value == int(value) or abs(value) >= 1000
        return f"{value:,.0f}".replace(",", " ") if whole and abs(value) < 1e15 else f"{value:.5g}"
    if value and not 1e-3 <= abs(value) < 1e5:
        return scientific(value)
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"


def scientific(value: float) -> str:
    mantissa, _, exponent = f"{value:.3e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def setting(value: "Value") -> str:
    """Return a hyperparameter's value as a person types it: ``1e-4``, ``0.3``, ``128``, ``cosine``."""
    if isinstance(value, str):
        return safe_text(value)
    if not isinstance(value, float) or not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return scientific(value) if abs(value) < _SMALL or abs(value) >= 1e6 else f"{value:.4g}"


def short_path(text: str, longest: int = 40) -> str:
    """Return a path with ``~`` for the own folder, and cut in its middle: where it begins, and its name, stay."""
    home = os.path.expanduser("~")
    if home not in ("", "~", os.sep) and (text == home or text.startswith(home + os.sep)):
        text = f"~{text[len(home) :]}"
    if len(text) <= longest:
        return safe_text(text)
    folder, name = os.path.split(text)
    # the name whole if the beginning keeps a few characters, else the end of it, where the suffix is
    tail = len(name) + 1 if folder and len(name) < longest - 6 else (longest - 1) * 2 // 3
    return safe_text(f"{text[: longest - 1 - tail]}…{text[len(text) - tail :]}")


def known(value: float) -> str:
    """Like :func:`format_value`, for a value that is NaN while it is not known yet."""
    return UNKNOWN if math.isnan(value) else format_value(value)


def count(value: float) -> str:
    """Return a count in groups of three: ``3 412``."""
    return format_value(value, "step")


def plan_of(epochs: float) -> str:
    """Return planned epochs: ``30``; ``4.348`` where the plan ends inside one; a dash while there is none."""
    if not math.isfinite(epochs):
        return UNKNOWN
    return f"{epochs:.0f}" if epochs == int(epochs) else f"{epochs:.4g}"


def percent(fraction: float) -> str:
    """Return a share as ``96.1 %``."""
    return UNKNOWN if math.isnan(fraction) else f"{100 * fraction:.1f} %"


def duration(seconds: float) -> str:
    """Return a time span in whole seconds: ``0:42``, ``1:02:03``, ``3d 3:00``; a dash where it is not known."""
    return format_time(float(round(max(0.0, seconds)))) if math.isfinite(seconds) else UNKNOWN


def time_of(seconds: float, whole_s: float) -> str:
    """Return a moment of a recording of ``whole_s``: ``0:42``; in a short one ``4.2 s``, so that one sees it go by."""
    if whole_s < _SHORT_S:
        return f"{seconds:.1f} s" if whole_s >= 1 else f"{seconds:.2f} s"
    return format_time(float(round(seconds)))


def ago(seconds: float) -> str:
    """Return how long ago something was, roughly: ``now``, ``4 min``, ``3 h``, ``5 d``."""
    if seconds < _MINUTE:
        return "now"
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return UNKNOWN


def size(number_of_bytes: float) -> str:
    """Return an amount of memory: ``312 MB``, ``1.4 GB``."""
    value = number_of_bytes / 1e6
    return f"{value:.0f} MB" if value < 1000 else f"{value / 1000:.1f} GB"


def rate(per_second: float) -> str:
    """Return steps a second, or seconds a step when that is slower: ``1 843 it/s``, ``2.4 s/it``."""
    if not (math.isfinite(per_second) and per_second > 0):
        return f"{UNKNOWN} it/s"
    if per_second >= 9.95:  # rounds to 10
        return f"{count(round(per_second))} it/s"
    return f"{per_second:.1f} it/s" if per_second >= 1 else f"{1 / per_second:.1f} s/it"


def seconds_of(moment: str) -> float:
    """Return the Unix seconds of an ISO 8601 moment, NaN if it is none."""
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return math.nan
