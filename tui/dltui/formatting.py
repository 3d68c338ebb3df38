"""Numbers as a person reads them. Everything here takes NaN and answers with a dash."""

import math
from datetime import datetime

UNKNOWN = "–"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def short(value: float | None, digits: int = 3) -> str:
    """Return ``value`` with ``digits`` significant digits: ``0.0812``, ``1e-04`` as ``1e-4``, ``nan``, ``inf``."""
    if value is None:
        return UNKNOWN
    if not math.isfinite(value):
        return str(value)
    text = f"{value:.{digits}g}"
    mantissa, exponent, power = text.partition("e")
    return f"{mantissa}e{int(power)}" if exponent else text


def known(value: float, digits: int = 3) -> str:
    """Like :func:`short`, for a value that is NaN while it is not known yet."""
    return UNKNOWN if math.isnan(value) else short(value, digits)


def count(value: float) -> str:
    """Return a count in groups of three: ``3 412``."""
    return f"{value:,.0f}".replace(",", " ")


def percent(fraction: float) -> str:
    """Return a share as ``96.1 %``."""
    return UNKNOWN if math.isnan(fraction) else f"{100 * fraction:.1f} %"


def duration(seconds: float | None) -> str:
    """Return a time span: ``0:42``, ``1:02:03``, ``2 d 3 h``."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    whole = max(0, round(seconds))
    if whole >= 2 * _DAY:
        return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"
    hours, rest = divmod(whole, _HOUR)
    minutes, second = divmod(rest, _MINUTE)
    return f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes}:{second:02}"


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


def rate(per_second: float | None) -> str:
    """Return steps a second, or seconds a step when that is slower: ``1 843 it/s``, ``2.4 s/it``."""
    if per_second is None or not math.isfinite(per_second) or per_second <= 0:
        return f"{UNKNOWN} it/s"
    if per_second >= 10:
        return f"{count(per_second)} it/s"
    return f"{per_second:.1f} it/s" if per_second >= 1 else f"{1 / per_second:.1f} s/it"


def seconds_of(moment: str) -> float:
    """Return the Unix seconds of an ISO 8601 moment, NaN if it is none."""
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return math.nan
