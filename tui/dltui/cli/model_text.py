"""A look at a model as a person reads it without a screen: how large it is, what is wrong, and the table."""

from collections.abc import Iterator

from dltui.charts.canvas import cell_width
from dltui.model.cells import GAP, Cell, ModelColumn, Tone, columns_for, fitted, short_name
from dltui.model.look import Look
from dltui.model.telling import health_words, remark, size_words
from dltui.report.text import Paper
from dltui.texts.model import ModelTexts
from dltui.wrap import wrap

BETWEEN = " - "
_CODES = {Tone.STRONG: "1", Tone.ERROR: "31", Tone.WARNING: "33", Tone.GOOD: "32", Tone.QUIET: "2", Tone.SPREAD: "34"}
_ASCII = str.maketrans(
    {"✗": "x", "▲": "!", "△": "+", "▽": "-", "▼": "v", "■": "o", "†": "+", "◆": "*", "□": "=", "✓": " ", "×": "x"}
    | {"–": "-", "…": "~", "·": "."}
)
"""Where the encoding has no signs the words beside them say it."""


def model_text(name: str, seen: Look, texts: ModelTexts, paper: Paper) -> str:
    """Return it all, without a newline at its end."""
    return "\n".join(_lines(name, seen, texts, paper))


def _lines(name: str, seen: Look, texts: ModelTexts, paper: Paper) -> Iterator[str]:
    for words in (size_words(name, seen, texts), health_words(seen, texts)):
        yield from _joined([_carried(text, paper) for text, _ in words], paper)
    said = remark(seen, texts)
    yield from wrap(_carried(said, paper), paper.columns) if said else []
    if not seen.shown:
        return
    yield ""
    columns = columns_for(texts, paper.columns, seen.shown, ascii_only=not paper.carries("▁▂▃▄▅▆▇█"))
    yield _line([(column.heading, Tone.STRONG) for column in columns], columns, paper)
    for row in seen.shown:
        yield _line([column.cell(row) for column in columns], columns, paper)


def _joined(words: list[str], paper: Paper) -> Iterator[str]:
    """The words one after the other, none of them broken: a count has blanks in it."""
    line = ""
    for word in words:
        longer = f"{line}{BETWEEN}{word}" if line else word
        if line and cell_width(longer) > paper.columns:
            yield line
            longer = word
        line = longer
    if line:
        yield line


def _line(cells: list[Cell], columns: list[ModelColumn], paper: Paper) -> str:
    parts = []
    for (text, tone), column in zip(cells, columns, strict=True):
        shown = short_name(text, column.cells) if column.key == "name" else fitted(text, column.cells)
        blanks = " " * (column.cells - cell_width(shown))
        shown = _carried(shown, paper)
        painted = paper.paint(shown, _CODES[tone]) if tone in _CODES and shown else shown
        parts.append(blanks + painted if column.right else painted + blanks)
    return (" " * GAP).join(parts).rstrip()


def _carried(text: str, paper: Paper) -> str:
    return text if paper.carries(text) else text.translate(_ASCII)
