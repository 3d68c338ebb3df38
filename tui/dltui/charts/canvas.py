"""A grid of characters with a meaning for each: what every chart is drawn on, for a widget or as plain text."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, unique
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from dltui.text import REPLACEMENT, safe_text

Chars = npt.NDArray[np.uint32]
Styles = npt.NDArray[np.uint8]
Run = tuple[str, "StyleName"]

_SPACE = ord(" ")
CONTINUED = 0
"""What stands in the right cell of a wide character."""


@unique
class StyleName(IntEnum):
    """What a cell means; the theme says how that looks."""

    BLANK = 0
    FRAME = 1
    LABEL = 2
    TITLE = 3
    TRAIN_RAW = 4
    TRAIN = 5
    VAL = 6
    BEST = 7
    MARK = 8
    CURSOR = 9
    LR = 10
    GRAD = 11
    ACCURACY = 12
    NOTE = 13
    SERIES_1 = 14
    SERIES_2 = 15
    SERIES_3 = 16
    SERIES_4 = 17
    SERIES_5 = 18
    SERIES_6 = 19
    FINDING = 20
    SERIES_7 = 21
    SERIES_8 = 22
    UNDONE = 23
    PARENT = 24
    LEVEL = 25
    HEAT_1 = 26
    HEAT_2 = 27
    HEAT_3 = 28
    HEAT_4 = 29
    HEAT_5 = 30
    SELECTED = 31


SERIES_STYLES = tuple(style for style in StyleName if style.name.startswith("SERIES_"))
HEAT_STYLES = tuple(style for style in StyleName if style.name.startswith("HEAT_"))
"""From what is worst to what is best."""
_STYLES = tuple(StyleName)


@dataclass(frozen=True, slots=True)
class PlotArea:
    """Where on a canvas the curves are: ``width`` columns from ``left``, and the x of the first and the last one."""

    left: int
    width: int
    x_lo: float
    x_hi: float

    def x_at(self, column: int) -> float | None:
        """The x under a column of the canvas; None beside the curves."""
        if not 0 <= column - self.left < self.width:
            return None
        return self.x_lo + (self.x_hi - self.x_lo) * (column - self.left) / max(self.width - 1, 1)


class Canvas:
    """``chars`` (code points) and ``styles`` (:class:`StyleName`), height x width, one cell each.

    A wide character has its code point in its left cell and :data:`CONTINUED` in its right one. ``area``: where the
    curves are, None where nothing but text is drawn.
    """

    __slots__ = ("area", "chars", "styles")

    def __init__(self, width: int, height: int) -> None:
        shape = (max(height, 0), max(width, 0))
        self.chars: Chars = np.full(shape, _SPACE, dtype=np.uint32)
        self.styles: Styles = np.zeros(shape, dtype=np.uint8)
        self.area: PlotArea | None = None

    @property
    def width(self) -> int:
        return int(self.chars.shape[1])

    @property
    def height(self) -> int:
        return int(self.chars.shape[0])

    def put(self, row: int, column: int, text: str, style: StyleName) -> None:
        """Write ``text`` from (row, column) to the right; what falls outside is cut off."""
        if not 0 <= row < self.height or column >= self.width:
            return
        put_cells(self.chars[row], self.styles[row], column, text, style)

    def rows(self) -> Iterator[list[Run]]:
        """Each row as (text, style) runs that together are as wide as the canvas."""
        if not self.width:
            yield from ([] for _ in range(self.height))
            return
        text = _decode(self.chars)
        changes = np.ones(self.styles.shape, dtype=np.bool_)
        np.not_equal(self.styles[:, 1:], self.styles[:, :-1], out=changes[:, 1:])
        starts = np.flatnonzero(changes)
        styles = self.styles.ravel()[starts].tolist()
        bounds = [*starts.tolist(), len(text)]
        runs = [(text[bounds[i] : bounds[i + 1]], _STYLES[style]) for i, style in enumerate(styles)]
        if "\0" in text:
            runs = [(run.replace("\0", ""), style) for run, style in runs]
        first = [*np.searchsorted(starts, np.arange(self.height) * self.width).tolist(), len(runs)]
        for row in range(self.height):
            yield runs[first[row] : first[row + 1]]

    def text(self) -> str:
        """The canvas as plain text, lines without trailing blanks."""
        return "\n".join(_decode(line).replace("\0", "").rstrip() for line in self.chars)


def code_points(text: str) -> Chars:
    """The code points of ``text``, one a character."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def put_cells(chars: Chars, styles: Styles, column: int, text: str, style: StyleName) -> None:
    """Write ``text`` into a row from ``column`` to the right; no half of a wide character is left at either end."""
    points = code_points("".join(f"{each}\0" if is_wide(each) else each for each in cell_text(text)))
    points = points[max(-column, 0) : max(len(chars) - column, 0)].copy()
    if not len(points):
        return
    start = max(column, 0)
    stop = start + len(points)
    if points[0] == CONTINUED:
        points[0] = _SPACE
    if is_wide(chr(points[-1])):
        points[-1] = _SPACE
    if chars[start] == CONTINUED:
        chars[start - 1] = _SPACE
    if stop < len(chars) and chars[stop] == CONTINUED:
        chars[stop] = _SPACE
    chars[start:stop] = points
    styles[start:stop] = style


def _decode(chars: Chars) -> str:
    return np.ascontiguousarray(chars, dtype="<u4").tobytes().decode("utf-32-le")


@lru_cache(maxsize=4096)
def cell_text(text: str) -> str:
    """``text`` with one cell a character, or two where it :func:`is_wide`.

    What would steer the terminal or join its neighbours is replaced.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if _is_one_cell(each) or is_wide(each) else REPLACEMENT for each in safe_text(text))


def cell_width(text: str) -> int:
    """How many cells a :func:`cell_text` takes."""
    return len(text) if text.isascii() else len(text) + sum(map(is_wide, text))


def one_cell(text: str) -> str:
    """The first character of ``text``, replaced where it does not take exactly one cell."""
    sign = cell_text(text)[:1]
    return REPLACEMENT if is_wide(sign) else sign


def is_wide(character: str) -> bool:
    """Whether it is one of the characters that every terminal shows in two cells: CJK, without pictures."""
    return character >= _FIRST_WIDE and any(first <= ord(character) < end for first, end in _WIDE_RANGES)


def _is_one_cell(character: str) -> bool:
    if character.isascii():
        return character.isprintable()
    if character in _ODD:
        return False
    return (
        unicodedata.east_asian_width(character) not in ("W", "F")
        and unicodedata.category(character)[0] not in ("M", "C", "Z")
        # bidirectional text would make the terminal move its neighbours
        and unicodedata.bidirectional(character) not in ("R", "AL", "AN")
    )


# Ideographs, kana, Hangul syllables, their punctuation and full-width forms; the combining marks among them are not.
_WIDE_RANGES = (
    (0x3001, 0x302A),
    (0x3030, 0x303F),
    (0x3041, 0x3097),
    (0x309B, 0x3100),
    (0x3105, 0x3130),
    (0x3400, 0x4DC0),
    (0x4E00, 0xA000),
    (0xAC00, 0xD7A4),
    (0xF900, 0xFA6E),
    (0xFF01, 0xFF61),
)
_FIRST_WIDE = "\u3001"

# Terminals disagree about these: Hangul vowels join, regional indicators pair up to flags, and newer editions of
# Unicode made the signs of the I Ching and the counting rods wide.
_ODD_RANGES = (
    (0x1160, 0x1200),
    (0x2630, 0x2638),
    (0x268A, 0x2690),
    (0x4DC0, 0x4E00),
    (0xD7B0, 0xD800),
    (0xFFA0, 0xFFA1),
    (0x1D300, 0x1D380),
    (0x1F1E6, 0x1F200),
)
_ODD = frozenset(chr(code) for first, end in _ODD_RANGES for code in range(first, end))
