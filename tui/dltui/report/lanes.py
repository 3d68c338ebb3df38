"""Lanes above a plot for the texts of its marks, so that none lies on another or on a curve."""

MOST_LANES = 3
_GAP = 10.0


class Lanes:
    """Gives each text the first lane with room for it, to the right of its mark or else to the left."""

    def __init__(self, left: float, right: float, cell: float) -> None:
        self._left, self._right, self._cell = left, right, cell
        self._taken: list[list[tuple[float, float]]] = []

    @property
    def used(self) -> int:
        """How many lanes have a text."""
        return len(self._taken)

    def place(self, x: float, cells: int) -> tuple[int, bool] | None:
        """Return the lane of a text at ``x`` and whether it lies to the left; None where there is no room."""
        if not cells:
            return None
        wide = cells * self._cell + _GAP
        for lane in range(MOST_LANES):
            for begin, leftward in ((x, False), (x - wide, True)):
                if self._is_free(lane, begin, begin + wide):
                    self._take(lane, begin, begin + wide)
                    return lane, leftward
        return None

    def _is_free(self, lane: int, begin: float, end: float) -> bool:
        taken = self._taken[lane] if lane < len(self._taken) else []
        inside = begin >= self._left - _GAP and end <= self._right + _GAP
        return inside and all(end <= other[0] or begin >= other[1] for other in taken)

    def _take(self, lane: int, begin: float, end: float) -> None:
        while len(self._taken) <= lane:
            self._taken.append([])
        self._taken[lane].append((begin, end))
