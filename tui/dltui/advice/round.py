"""Numbers that a person would choose."""

import math


def nice(value: float) -> float:
    """Return ``value`` to one digit, or two where it begins with a 1: 0.000312 -> 0.0003, 1270 -> 1300."""
    if not 1e-300 < abs(value) < 1e300:  # 0, infinity, or nothing that a person would choose
        return value
    exponent = math.floor(math.log10(abs(value)))
    digits = 1 - exponent if abs(value) / 10**exponent < 2 else -exponent
    return round(value, digits)
