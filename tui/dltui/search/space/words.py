"""The words of ``--over``: ``lr``, ``lr=1e-4..0.1``, ``width=32,64,128``, and ``weight_decay=0,1e-5..0.1`` for both."""

from dltui.errors import SpaceError
from dltui.search.space.said import Said
from dltui.text import safe_text

TO = ".."
_SHOWN = 60
_EXAMPLES = "for example --over lr=1e-4..0.1 or --over width=32,64"


def said_in(word: str) -> Said:
    """Return what ``word`` says. Raises :class:`SpaceError` where it says nothing."""
    where = f"--over {safe_text(word[:_SHOWN])}"
    name, equals, text = (part.strip() for part in word.partition("="))
    if not name:
        raise SpaceError(f"{where} names no hyperparameter; {_EXAMPLES}.")
    if not equals:
        return Said(name=name, where=where)
    values = [value.strip() for value in text.split(",")]
    if not all(values):
        raise SpaceError(f"{where} lacks a value; {_EXAMPLES}.")
    ranges = [value for value in values if TO in value]
    if not ranges:
        return Said(name=name, where=where, choices=values)
    if len(ranges) > 1:
        raise SpaceError(f"{where} gives more than one range; a hyperparameter has one, {_EXAMPLES}.")
    low, _, high = (end.strip() for end in ranges[0].partition(TO))
    also = [value for value in values if TO not in value]
    return Said(name=name, where=where, low=low or None, high=high or None, also=also or None)
