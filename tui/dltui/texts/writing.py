"""Numbers inside a sentence: an evidence by its unit, other numbers by their name, settings as a person types them."""

import math
import re
from collections.abc import Mapping
from string import Formatter

from dltui.diagnosis.finding import Unit
from dltui.formatting import count, duration, format_value, scientific
from dltui.formatting import setting as setting

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_GROUPED = 1000
_TIMES = 100
"""From 10 000 % on a multiple is easier to grasp."""
_ROUND_TO_WHOLE = 0.1
"""From 10 % on the digits after the point say nothing that a curve could bear out."""


def measured(value: float, unit: Unit) -> str:
    """Return the value of an evidence: ``14 %``, ``2.5x``, ``1 200``, ``0.0812``."""
    if not math.isfinite(value):
        return format_value(value)
    if unit is Unit.RATIO:
        return _ratio(value)
    if unit is Unit.FACTOR:
        return f"{scientific(value) if 0 < abs(value) < 1e-2 else plain_number(float(f'{value:.3g}'))}x"
    if unit is Unit.SECONDS:
        return duration(value)
    return count(value) if unit in (Unit.STEP, Unit.EPOCH) else plain_number(value)


def named(name: str, value: float, unit: Unit | None = None) -> str:
    """Return a further number of a sentence; its name says what it counts, and beside seconds it is a time too."""
    if name.endswith("_share"):
        return f"{100 * value:.1f}".removesuffix(".0") + " %" if math.isfinite(value) else format_value(value)
    if name.endswith(("_step", "_epoch")) or name in ("step", "epoch"):
        return count(value)
    return duration(value) if unit is Unit.SECONDS and math.isfinite(value) else plain_number(value)


def plain_number(value: float) -> str:
    """Return a number to four digits; large whole ones in groups of three."""
    whole = math.isfinite(value) and value == int(value) and abs(value) >= _GROUPED
    return count(value) if whole else format_value(value)


def fill(template: str, places: Mapping[str, str]) -> str:
    """Put ``places`` into ``template``; a part in [brackets] that lacks one of its places is left out.

    Raises :class:`KeyError` if a place outside brackets is not given.
    """
    kept = _OPTIONAL.sub(
        lambda part: part[1] if all(name in places for name in placeholders(part[1])) else "", template
    )
    return kept.format_map(places)


def placeholders(template: str) -> frozenset[str]:
    """Return the names of the ``{places}`` of a template."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def _ratio(fraction: float) -> str:
    if abs(fraction) >= _TIMES:
        return f"{plain_number(float(f'{fraction:.3g}'))}x"
    if abs(fraction) >= 10:
        return f"{count(round(100 * fraction))} %"
    if abs(fraction) >= _ROUND_TO_WHOLE:
        return f"{100 * fraction:.0f} %"
    return f"{100 * fraction:.2g} %" if abs(fraction) >= 1e-4 else ("0 %" if not fraction else "under 0.01 %")
