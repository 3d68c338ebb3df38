"""How each of several runs looks where they are compared: a letter, a marker and a colour, the same everywhere."""

from dataclasses import dataclass

from dltui.charts.canvas import SERIES_STYLES, StyleName

MARKERS = "●■◆▲○□◇△"
MOST_CURVES = len(MARKERS)
"""So many runs can be told apart in one chart; more of them would be a tangle in any colours."""
_LETTERS = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLook:
    """``letter``: ``A``, ``B``, ...; unique. ``marker`` and ``style`` come again after :data:`MOST_CURVES` runs."""

    letter: str
    marker: str
    style: StyleName

    @property
    def sign(self) -> str:
        """The marker and the letter: what tells the run without any colour."""
        return f"{self.marker}{self.letter}"

    @property
    def colour(self) -> str:
        """The name of its colour in a theme, such as ``chart-series-1``."""
        return f"chart-{self.style.name.lower().replace('_', '-')}"


def run_look(position: int) -> RunLook:
    """Return the look of the run at that position, from 0, in the order in which the runs were named."""
    place = position % MOST_CURVES
    return RunLook(letter=_letter(position), marker=MARKERS[place], style=SERIES_STYLES[place])


def _letter(position: int) -> str:
    """A to Z, then AA, AB, ..., as the columns of a spreadsheet."""
    rest, last = divmod(position, _LETTERS)
    return (_letter(rest - 1) if rest else "") + chr(ord("A") + last)
