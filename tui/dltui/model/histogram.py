"""How values are spread, as a row of blocks: one cell a bin, or several bins a cell."""

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
EMPTY = "·"
"""A bin without a value: a lowest block would look like a few."""


def rebinned(counts: Sequence[int], cells: int) -> list[int]:
    """Return the counts over so many cells: a bin that lies on the border of two goes to the one of its middle."""
    whole = len(counts)
    if not whole or cells < 1:
        return []
    bins = [0] * min(cells, whole)
    for at, count in enumerate(counts):
        bins[int((at + 0.5) * len(bins) / whole)] += max(count, 0)
    return bins


def histogram_strip(counts: Sequence[int], cells: int) -> str:
    """Return the histogram in one line of at most ``cells`` cells; empty where there is none.

    The heights are in proportion to the highest; a bin that has any value is never as low as one without.
    """
    bins = rebinned(counts, cells)
    highest = max(bins, default=0)
    if not highest:
        return ""
    return "".join(BLOCKS[min(count * len(BLOCKS) // highest, len(BLOCKS) - 1)] if count else EMPTY for count in bins)
