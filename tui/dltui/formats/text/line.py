"""One printed line as named numbers: ``step 100: train loss 3.1, val loss 3.2``, ``| epoch 1 | 200/ 2983 batches |``.

A number belongs to the words right before it. Every pattern here is linear in the length of the line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dltui.formats.meaning.names import MEASURES, SPLITS, Quantity, Split, meaning_of
from dltui.formats.meaning.numbers import SECONDS

_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_VALUE = (
    r"(?<![\w.])(?P<done>\d{1,15})[ ]{0,12}/[ ]{0,12}(?P<total>\d{1,15})(?![\w./]|:\d)"
    rf"|(?<![\w.])(?<!\d:)(?P<number>[-+]?(?:{_NUMBER}|(?i:nan|inf(?:inity)?)))(?P<unit>us|ms|s|sec|min|m|h|%)?(?!\w|:\d)"
)
_VALUES = re.compile(_VALUE)
_DIGITS = re.compile(r"(?<![A-Za-z_@/\d])\d{1,15}")
"""Digits that stand in no word: what is left of a line without them tells of which kind it is."""
_MOST_KINDS = 2000
_TOKEN = re.compile(
    rf"{_VALUE}"
    r"|(?P<word>[A-Za-z_][\w/@]*(?:[-.][A-Za-z]\w*)*)"
    r"|(?P<end>[|,;)\]}]|\.(?=\s|$)|\s-+\s)"
    r"|(?P<open>[\[({])"
)
_WORDS_OF_A_NAME = frozenset(
    {*SPLITS, "avg", "average", "mean", "total", "running", "overall", "learning", "gradient", "grad", "global", "top"}
    | {"accuracy", "loss", "best", "min", "max", "lowest", "highest", "weight", "scale", "batch", "epoch"}
)
"""Words that may stand in a name of several words; before any other one the name begins."""
_LONGEST_NAME = 3
_SUMMARY = "* "
"""How PyTorch's examples begin the line with the accuracy of a validation."""


@dataclass(slots=True)
class Line:
    """What a line says. ``of``: what ``done/total`` counts to, by the quantity that counts. ``quantities``: what the
    line has.
    """

    cells: list[tuple[str, float]] = field(default_factory=list)
    of: dict[Quantity, float] = field(default_factory=dict)
    quantities: frozenset[Quantity] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a line a named number stands: it is the ``number``-th of them. ``counts``: it is ``done/total``."""

    name: str
    quantity: Quantity
    number: int
    counts: bool = False
    factor: float = 1.0


class Number(NamedTuple):
    """A number of a line as it stands there, with the unit behind it, or as ``done/total``; what is not is empty."""

    done: str
    total: str
    number: str
    unit: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the named numbers of a line stand: the same for all lines that differ in their numbers only."""

    places: tuple[Place, ...]
    quantities: frozenset[Quantity]

    def read(self, numbers: Sequence[tuple[str, str, str, str]]) -> Line:
        """Return the line whose numbers these are."""
        line = Line(quantities=self.quantities)
        for place in self.places:
            done, total, number, _ = numbers[place.number]
            value = float(number or done) * place.factor
            if place.counts:
                line.of.setdefault(place.quantity, float(total))
                if place.quantity is Quantity.ACCURACY and float(total) > 0:  # Accuracy: 9913/10000 (99%)
                    value /= float(total)
            line.cells.append((place.name, value))
        return line


class LineReader:
    """Reads lines one after the other. A program prints few kinds of lines: how each kind is laid out is kept."""

    def __init__(self) -> None:
        self._layouts: dict[str, Layout | None] = {}

    def read(self, text: str) -> Line:
        """Return the named numbers of a line whose names are known; the others are no part of the log's curves."""
        kind = _DIGITS.sub("0", text)
        layout = self._layouts.get(kind)
        if layout is not None:
            return layout.read(_VALUES.findall(text)) if layout.places else Line()
        layout, numbers = _lay_out(text)
        if len(self._layouts) >= _MOST_KINDS:
            self._layouts.clear()
        # a number may be part of a word (loss/1) where words are not looked at: such a line is read with care each time
        self._layouts[kind] = layout if numbers == _VALUES.findall(text) else None
        return layout.read(numbers)


def read_line(text: str) -> Line:
    """Return the named numbers of one line alone."""
    return LineReader().read(text)


def _lay_out(text: str) -> tuple[Layout, list[Number]]:
    """Return where the named numbers stand, and every number."""
    places: list[Place] = []
    numbers: list[Number] = []
    words: list[str] = []
    split = Split.VAL if text.lstrip().startswith(_SUMMARY) else Split.UNSAID
    opened = False
    counter: int | None = None
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "word":
            word = token["word"]
            split = SPLITS.get(word.lower(), split)
            words = [*words[-_LONGEST_NAME:], word]
            opened = False
        elif kind == "open":
            opened = not words
        elif kind == "end":
            words = []
        else:
            number = Number(*(token[name] or "" for name in Number._fields))
            place = _placed(_name(words, split), number, len(numbers))
            if place is not None:
                places.append(place)
            elif number.done and counter is None and not (opened and text[token.start() - 1] == "("):
                counter = len(numbers)
            numbers.append(number)
            words = []
            opened = opened and not number.done
    quantities = frozenset(place.quantity for place in places)
    if counter is not None and Quantity.STEP not in quantities:
        places.append(Place(name="step", quantity=Quantity.STEP, number=counter, counts=True))
        quantities |= {Quantity.STEP}
    return Layout(tuple(places), quantities), numbers


def _placed(name: str, number: Number, at: int) -> Place | None:
    """Where the number stands, if its name is one that is known."""
    quantity = meaning_of(name).quantity if name else Quantity.OTHER
    if quantity is Quantity.OTHER or (name.lower() == "epochs" and not number.done):  # "--epochs 20" is a plan
        return None
    factor = SECONDS.get(number.unit, 1.0)
    return Place(name=name, quantity=quantity, number=at, counts=bool(number.done), factor=factor)


def _name(words: list[str], split: Split) -> str:
    """The name that these words end with, and the split that was last spoken of if it has none itself."""
    if not words:
        return ""
    first = len(words) - 1
    while first > 0 and len(words) - first < _LONGEST_NAME and words[first - 1].lower() in _WORDS_OF_A_NAME:
        first -= 1
    name = " ".join(words[first:])
    meaning = meaning_of(name)
    if split is not Split.UNSAID and meaning.split is Split.UNSAID and meaning.quantity in MEASURES:
        return f"{split} {name}"
    return name
