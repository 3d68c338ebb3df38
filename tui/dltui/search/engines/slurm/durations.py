"""Slurm's way to write how long something may take: ``90``, ``30:00``, ``12:00:00``, ``2-12``, ``2-12:30:00``."""

import re

_PATTERN = re.compile(r"(?:(?P<days>\d+)-)?(?P<parts>\d+(?::\d+){0,2})")
_IN_DAY, _SHORT = (3600, 60, 1), {1: (60,), 2: (60, 1), 3: (3600, 60, 1)}


def seconds_in(text: str) -> int | None:
    """Return the seconds, None where there is no limit or ``text`` is not of that form."""
    found = _PATTERN.fullmatch(text.strip())
    if found is None:
        return None
    parts = [int(each) for each in found["parts"].split(":")]
    units = _SHORT[len(parts)] if found["days"] is None else _IN_DAY
    return int(found["days"] or 0) * 86400 + sum(each * unit for each, unit in zip(parts, units, strict=False))
