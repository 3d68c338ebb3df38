"""Breaks a text into lines by the cells that it takes in a terminal: a Chinese character takes two."""

import re

from rich.cells import cell_len

_CLOSING = "\uff0c\u3002\uff1b\uff1a\u3001\uff01\uff1f\uff09\u300b”\u2019…"
"""Full-width comma, full stop, semicolon, colon, ... : no line begins with one of these, nor ends with an opening."""
_OPENING = "\uff08\u300a“\u2018"
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_PIECES = re.compile(
    rf"\s+|[{_OPENING}]*+[{_WIDE}][{_CLOSING}]*|[{_OPENING}]*[^\s{_WIDE}{_OPENING}]+(?: %)?[{_CLOSING}]*|."
)
"""What stays together: a word with its percent sign, or one wide character with the punctuation beside it."""


def wrap(text: str, cells: int, first: str = "", rest: str | None = None) -> list[str]:
    """Return ``text`` in lines of at most ``cells``, the first one beginning with ``first``, the others with ``rest``.

    ``rest`` is by default as many blanks as ``first`` is wide. A piece longer than a line gets a line of its own.
    """
    indent = " " * cell_len(first) if rest is None else rest
    lines, line = [], first
    fresh = True
    for piece in _PIECES.findall(text):
        if piece.isspace():
            line += "" if fresh else " "
            continue
        if not fresh and cell_len(line) + cell_len(piece) > cells:
            lines.append(line.rstrip())
            line = indent
        line += piece
        fresh = False
    return [*lines, line.rstrip()]
