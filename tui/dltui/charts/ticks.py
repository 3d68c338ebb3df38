"""Where an axis has its ticks, what they are called, and limits that hold still while a run goes on."""

import math
import sys
from itertools import pairwise

from dltui.formatting import Unit, format_time, scientific

_NICE = (1.0, 2.0, 5.0, 10.0)
_LIMIT_LADDER = (1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0)
_CLOSE_TO_PLAN = 0.75  # an x axis that needs this much of the plan shows all of it: one jump fewer
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_MAX_TICKS = 100
_LOG_DIGITS = (
    ((1, 2, 3, 4, 5, 6, 7, 8, 9), math.log10(10 / 9)),
    ((1, 2, 5), math.log10(2)),
    ((1, 3), math.log10(3)),
)
"""What a decade can be cut into, and the smallest distance of two such ticks in decades."""
_MOST_POWER = 300.0
_LOG_LIMITS = (1, 1.5, 2, 3, 5, 7)
_EDGE = 1e-9  # of a step: rounding errors must not push a limit to the next one


def nice_step(span: float, count: int) -> float:
    """The smallest step of 1, 2 or 5 times a power of ten that cuts ``span`` into at most ``count`` pieces."""
    raw = span / max(count, 1)
    if not (math.isfinite(raw) and raw > 0):
        return 1.0
    magnitude = 10.0 ** math.floor(math.log10(raw))
    if magnitude == 0.0:
        return raw
    return next(step for step in (nice * magnitude for nice in (*_NICE, 20.0)) if step >= raw * (1 - _EDGE))


def linear_ticks(lo: float, hi: float, count: int, *, step: float | None = None) -> list[float]:
    """At most about ``count`` ticks inside [lo, hi], at multiples of a nice step."""
    if not (math.isfinite(lo) and math.isfinite(hi) and hi > lo) or count < 1:
        return [lo] if math.isfinite(lo) and count >= 1 else []
    step = step or nice_step(hi - lo, count)
    first, last = math.ceil(lo / step - _EDGE), math.floor(hi / step + _EDGE)
    if not 0 <= last - first <= _MAX_TICKS:
        return [lo, hi]
    return [k * step for k in range(first, last + 1)]


def time_ticks(lo: float, hi: float, count: int) -> list[float]:
    """Ticks for seconds: at whole minutes and hours where the span allows."""
    span = hi - lo
    step = next((s for s in _SECONDS if s >= span / max(count, 1)), None)
    if step is None:
        step = 86400 * max(1, math.ceil(nice_step(span / 86400, count)))
    if span < count:
        return linear_ticks(lo, hi, count)
    return linear_ticks(lo, hi, count, step=float(step))


def log_ticks(lo: float, hi: float, count: int) -> list[float]:
    """Ticks for a log axis from ``lo`` to ``hi`` (> 0), none nearer to the next than a ``count``-th of it.

    Decades, and between them all digits, or 2 and 5, or 3, as there is room.
    """
    if not (0 < lo < hi and math.isfinite(hi)) or count < 1:
        return [lo] if lo > 0 and math.isfinite(lo) and count >= 1 else []
    nearest = math.log10(hi / lo) / count if math.isfinite(hi / lo) else math.inf
    first, last = math.floor(math.log10(lo) + _EDGE), math.ceil(math.log10(hi) - _EDGE)
    for digits, distance in _LOG_DIGITS:
        if distance >= nearest:
            values = (float(f"{digit}e{k}") for k in range(first, last + 1) for digit in digits)
            break
    else:
        stride = max(1, math.ceil((last - first) / count))
        values = (float(f"1e{k}") for k in range(first, last + 1) if k % stride == 0)
    ticks = [value for value in values if _inside(value, lo, hi)]
    if len(ticks) < 3 and hi / lo < 10:
        return linear_ticks(lo, hi, max(2, count // 2))
    return ticks


def _inside(value: float, lo: float, hi: float) -> bool:
    return math.isfinite(value) and lo * (1 - _EDGE) <= value <= hi * (1 + _EDGE)


def power_ticks(lo: float, hi: float, count: int) -> tuple[list[float], list[str]]:
    """Ticks and labels for an axis of decimal logarithms: ``1e-5``, ``1e-4``, ...; more of them where it is short."""
    if not (math.isfinite(lo) and math.isfinite(hi) and -_MOST_POWER < lo < hi < _MOST_POWER):
        return [], []
    rates = log_ticks(10**lo, 10**hi, count)
    return [math.log10(rate) for rate in rates], [_rate(rate) for rate in rates]


def _rate(rate: float) -> str:
    return scientific(rate) if rate < 1 or rate >= 1e4 else f"{rate:.4g}"


def nice_limits(lo: float, hi: float, count: int = 8) -> tuple[float, float]:
    """[lo, hi] rounded outward to a nice step, so that it seldom changes. One value gets room on both sides."""
    if not (math.isfinite(lo) and math.isfinite(hi)):
        return 0.0, 1.0
    least, most = lo, hi
    if not hi > lo or not hi - lo > abs(hi) * 1e-12:
        room = abs(lo) * 0.1 or 1.0
        lo, hi = lo - room, lo + room
    step = nice_step(hi - lo, count)
    # a multiple of a step such as 2e-6 may come out the least bit inside
    rounded = min(least, math.floor(lo / step + _EDGE) * step), max(most, math.ceil(hi / step - _EDGE) * step)
    return rounded if math.isfinite(rounded[1] - rounded[0]) and rounded[1] > rounded[0] else (lo, hi)


def nice_log_limits(lo: float, hi: float) -> tuple[float, float]:
    """[lo, hi] > 0 rounded outward to 1, 1.5, 2, 3, 5 or 7 times a power of ten: at most 1.7 times too far."""
    if not (0 < lo <= hi and math.isfinite(hi)):
        return 0.1, 1.0
    lower, upper = _log_floor(lo), _log_ceil(hi)
    if lower < upper:
        return lower, upper
    lower, upper = _log_floor(lo * 0.7), _log_ceil(min(hi * 1.4, sys.float_info.max))
    if lower < upper:
        return lower, upper
    return (lo, hi * 10) if hi < 1 else (lo / 10, hi)  # at the ends of what a float can hold nothing can be rounded


def _log_floor(value: float) -> float:
    exponent = math.floor(math.log10(value) + _EDGE)
    candidates = [float(f"{digit}e{exponent}") for digit in _LOG_LIMITS]
    return max((c for c in candidates if c <= value * (1 + _EDGE)), default=value) or value


def _log_ceil(value: float) -> float:
    exponent = math.floor(math.log10(value) - _EDGE)
    candidates = [float(f"{digit}e{exponent}") for digit in (*_LOG_LIMITS, 10)]
    fitting = min((c for c in candidates if c >= value * (1 - _EDGE)), default=value)
    return fitting if math.isfinite(fitting) else value


def grow_limit(current: float, planned: float | None = None) -> float:
    """The end of an x axis that has come to ``current``: it moves in jumps, so that columns stay where they are.

    ``planned``: where the run will end, which the axis never passes while the run does not.
    """
    if not math.isfinite(current) or current <= 0:
        return planned if planned and planned > 0 else 1.0
    magnitude = 10.0 ** math.floor(math.log10(current))
    limit = next((f * magnitude for f in _LIMIT_LADDER if f * magnitude >= current * (1 - _EDGE)), current)
    if planned and current <= planned and limit >= planned * _CLOSE_TO_PLAN:
        return float(planned)
    return float(f"{limit:.12g}")


def tick_labels(ticks: list[float], unit: Unit) -> list[str]:
    """One label a tick: short, and different wherever the ticks are."""
    if unit == "time":
        if any(tick != int(tick) for tick in ticks):  # whole ones are written like the rest
            return [f"{label}s" if label != "0" else label for label in _plain_labels(ticks)]
        return [format_time(tick) if tick else "0" for tick in ticks]
    if unit == "percent":
        return [f"{label}%" for label in _plain_labels([tick * 100 for tick in ticks])]
    if unit in ("step", "epoch"):
        return _compact_labels(ticks)
    return _plain_labels(ticks)


def log_labels(ticks: list[float], unit: Unit = "number") -> list[str]:
    """Labels of a log axis: each in its own shortest form."""
    if unit == "percent":
        return [f"{tick * 100:g}%" for tick in ticks]
    labels = [_shortest(tick) for tick in ticks]
    return labels if len(set(labels)) == len(labels) else [f"{tick:.8g}" for tick in ticks]


def _shortest(value: float) -> str:
    if value == 0 or 1e-2 * (1 - _EDGE) <= abs(value) < 1e4:
        return f"{value:.4g}"
    return scientific(value)


def _plain_labels(values: list[float]) -> list[str]:
    """Labels with as many decimals as the distance of the ticks needs, all the same; scientific where that is long."""
    if not values:
        return []
    decimals = _decimals(values)
    largest = max(abs(value) for value in values)
    if largest >= 1e5 or (largest < 1e-2 and largest > 0):
        labels = [scientific(value) if abs(value) > largest * 1e-9 else "0" for value in values]
    elif decimals > 5:
        labels = [f"{value:.6g}" for value in values]
    else:
        labels = [f"{value:.{decimals}f}" for value in values]
    labels = ["0" if label.strip("-0.") == "" else label for label in labels]
    return labels if len(set(labels)) == len(labels) else [f"{value:.10g}" for value in values]


def _decimals(values: list[float]) -> int:
    """Decimals needed to tell the ticks apart and to write each down as it is."""
    gaps = [abs(b - a) for a, b in pairwise(values) if b != a]
    unit = min(gaps, default=abs(values[0]) or 1.0)
    for decimals in range(12):
        if all(abs(value - round(value, decimals)) < unit * 1e-3 for value in values):
            return decimals
    return 12


def _compact_labels(values: list[float]) -> list[str]:
    """Counts: 500, 1k, 12.5k, 1.2M; written out where that would need more than two decimals."""
    scaled = [_compact(value) for value in values]
    if None not in scaled and len(set(scaled)) == len(scaled):
        return [label for label in scaled if label is not None]
    return _plain_labels(values) if max(map(abs, values)) < 1e5 else [f"{value:.12g}" for value in values]


def _compact(value: float) -> str | None:
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size <= abs(value) < size * 1e3:
            short = round(value / size, 2)
            return f"{short:g}{suffix}" if abs(short * size - value) < 1e-6 * abs(value) else None
    if abs(value) < 1e-12:
        return "0"
    return f"{value:.4g}" if 1e-3 <= abs(value) < 1e3 else f"{value:.3g}"
