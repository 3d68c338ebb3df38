"""One printed line as named numbers: ``step 100: train loss 3.1, val loss 3.2``, ``| epoch 1 | 200/ 2983 batches |``.

A number belongs to the words right before it. Every pattern here is linear in the length of the line.
"""

import re
from dataclasses import dataclass, field

from dltui.formats.names import MEASURES, SPLITS, Quantity, Split, meaning_of
from dltui.formats.numbers import SECONDS

_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_TOKEN = re.compile(
    r"(?<![\w.])(?P<done>\d{1,15})[ ]{0,12}/[ ]{0,12}(?P<total>\d{1,15})(?![\w./:])"
    rf"|(?<![\w.])(?<!\d:)(?P<number>[-+]?(?:{_NUMBER}|(?i:nan|inf(?:inity)?)))(?P<unit>us|ms|s|sec|min|m|h|%)?(?!\w|:\d)"
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
    """What a line says. ``of``: what ``done/total`` counts to, by the quantity that counts."""

    cells: list[tuple[str, float]] = field(default_factory=list)
    of: dict[Quantity, float] = field(default_factory=dict)

    @property
    def quantities(self) -> set[Quantity]:
        """What the line has."""
        return {meaning_of(name).quantity for name, _ in self.cells}


def read_line(text: str) -> Line:
    """Return the named numbers of a line whose names are known; the others are no part of the log's curves."""
    line = Line()
    words: list[str] = []
    split = Split.VAL if text.lstrip().startswith(_SUMMARY) else Split.UNSAID
    opened = False
    counter: tuple[float, float] | None = None
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
        elif kind == "total":
            done, total = float(token["done"]), float(token["total"])
            if (
                not _take(line, _name(words, split), done, total)
                and counter is None
                and not (opened and text[token.start() - 1] == "(")
            ):
                counter = done, total
            words, opened = [], False
        else:
            seconds = SECONDS.get(token["unit"] or "", 1.0)
            _take(line, _name(words, split), float(token["number"]) * seconds)
            words = []
    if counter is not None and Quantity.STEP not in line.quantities:
        line.cells.append(("step", counter[0]))
        line.of[Quantity.STEP] = counter[1]
    return line


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


def _take(line: Line, name: str, value: float, total: float | None = None) -> bool:
    quantity = meaning_of(name).quantity if name else Quantity.OTHER
    if quantity is Quantity.OTHER or (name.lower() == "epochs" and total is None):  # "--epochs 20" is a plan
        return False
    if total is not None:
        if quantity is Quantity.ACCURACY and total > 0:  # Accuracy: 9913/10000 (99%)
            value /= total
        line.of.setdefault(quantity, total)
    line.cells.append((name, value))
    return True
