"""Curves as the path data of SVG, in as few characters as a tenth of a pixel needs."""

import numpy as np
import numpy.typing as npt

from dltui.series.growing import Column


def number(value: float) -> str:
    """Return a coordinate to a tenth of a pixel: ``12``, ``12.5``."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def curve_path(x: Column, ys: npt.NDArray[np.float64], broken: npt.NDArray[np.bool_]) -> str:
    """Return the path of a curve. ``ys``: first, low, high and last value of each entry, a row each.

    Each entry is entered at its first value, drawn over its extremes, and left at its last; one that stands alone
    between two gaps is a dot.
    """
    parts: list[str] = []
    alone = broken & np.append(broken[1:], True)
    for at, (first, low, high, last) in enumerate(zip(*ys.tolist(), strict=True)):
        before = number(first)
        parts.append(f"{'M' if broken[at] else 'L'}{number(float(x[at]))} {before}")
        # the shorter way over both extremes begins with the one that is further from the end
        turns = (low, high, last) if abs(last - high) < abs(last - low) else (high, low, last)
        begin = len(parts)
        for turn in map(number, turns):
            if turn != before:
                parts.append(f"V{turn}")
                before = turn
        if alone[at] and len(parts) == begin:
            parts.append("h0")  # with a round end it is a dot
    return "".join(parts)


def dots_path(x: Column, y: Column) -> str:
    """Return a path of nothing but dots: lines of no length, whose ends are round."""
    return "".join(f"M{number(float(at))} {number(float(value))}h0" for at, value in zip(x, y, strict=True))


def crosses_path(x: Column, y: Column) -> str:
    """Return a path of a small cross for each point."""
    return "".join(
        f"M{number(float(at) - 3.5)} {number(float(value) - 3.5)}l7 7m0-7l-7 7" for at, value in zip(x, y, strict=True)
    )


def triangle(x: float, y: float) -> str:
    """Return the path of a small triangle that points to (x, y), from below."""
    return f"M{number(x)} {number(y)}l4.5 8h-9z"
