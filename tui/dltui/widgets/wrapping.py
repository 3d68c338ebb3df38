"""Text broken into lines by the cells that it takes: between words, and between ideographs, which have no blanks."""

import re

from textual.content import Content

_WIDE = "\u3000-\u9fff\uac00-\ud7a3\uff00-\uff60"
_CLOSING = "\u3001\u3002\u300b\u300d\u201d\uff01\uff09\uff0c\uff1a\uff1b\uff1f"  # what must not begin a line
_PIECE = re.compile(rf" +|[{_WIDE}][{_CLOSING}]*|[^ {_WIDE}]+[{_CLOSING}]*")


def wrap(text: str, width: int) -> list[Content]:
    """Return ``text`` in lines of at most ``width`` cells; a word that is longer is cut."""
    lines: list[Content] = []
    line, used = "", 0
    for piece in _PIECE.findall(text):
        cells = Content(piece).cell_length
        if used + cells > width and line.strip():
            lines.append(Content(line.rstrip()))
            line, used = "", 0
        if line or piece.strip():
            line, used = line + piece, used + cells
    if line.strip():
        lines.append(Content(line.rstrip()))
    return [each.truncate(width, ellipsis=True) for each in lines] if width > 0 else []


def flow(entries: list[Content], width: int, gap: int) -> list[list[Content]]:
    """Return the entries in lines of at most ``width`` cells, ``gap`` cells between two of them."""
    lines: list[list[Content]] = []
    used = 0
    for entry in entries:
        if lines and used + gap + entry.cell_length <= width:
            lines[-1].append(entry)
            used += gap + entry.cell_length
        else:
            lines.append([entry])
            used = entry.cell_length
    return lines
