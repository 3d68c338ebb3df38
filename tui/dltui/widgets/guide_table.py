"""The table of a step, laid out for a width: a column that has no room is left out, and that is said."""

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from dltui.guide.result import Table
from dltui.guide.telling.step_words import cell_words, is_number
from dltui.guide.telling.words import told
from dltui.texts.guide import GuideTexts

GAP = 2
MOST_ROWS = 60
MOST_CELLS = 36
LEAST_CELLS = 12


def table_content(table: Table, width: int, texts: GuideTexts) -> Content:
    """Return the table in so many cells: numbers to the right, a heading above."""
    columns = [_column(table, at, texts) for at in range(len(table.columns))]
    widths = _narrowed([min(MOST_CELLS, max(map(cell_len, each), default=0)) for each in columns], width)
    shown = max(1, sum(sum(widths[: at + 1]) + at * GAP <= width for at in range(len(columns)))) if columns else 0
    numbers = [all(is_number(row[at]) for row in table.rows if at < len(row)) for at in range(shown)]
    lines = []
    for at in range(1 + min(len(table.rows), MOST_ROWS)):
        cells = [_fitted(columns[i][at], widths[i], numbers[i]) for i in range(shown)]
        lines.append(Content.styled((" " * GAP).join(cells)[: 4 * width], "$chart-label" if at == 0 else ""))
    more = len(table.rows) - MOST_ROWS
    notes = ([f"→{len(columns) - shown}"] if shown < len(columns) else []) + ([f"↓{more}"] if more > 0 else [])
    lines += [Content.styled(" ".join(notes), "$chart-label")] if notes else []
    return Content("\n").join(lines)


def _narrowed(widths: list[int], width: int) -> list[int]:
    """The widest columns give way, as far as they can still be read, before any is left out."""
    while widths and sum(widths) + GAP * (len(widths) - 1) > width and max(widths) > LEAST_CELLS:
        widths = [cells - 1 if at == widths.index(max(widths)) else cells for at, cells in enumerate(widths)]
    return widths


def _column(table: Table, at: int, texts: GuideTexts) -> list[str]:
    cells = [row[at] if at < len(row) else None for row in table.rows[:MOST_ROWS]]
    return [told(texts, table.columns[at]), *(cell_words(cell, texts) for cell in cells)]


def _fitted(text: str, width: int, right: bool) -> str:
    if cell_len(text) > width:
        return f"{set_cell_size(text, max(0, width - 1))}…"
    blanks = " " * (width - cell_len(text))
    return blanks + text if right else text + blanks
