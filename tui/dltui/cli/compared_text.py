"""A comparison as a person reads it without a screen: one chart, the table of runs, the settings that differ."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from dltui.charts.of_runs import ShownRun, drawn_runs, runs_chart_text
from dltui.cli.compared import Compared, Unread
from dltui.cli.judged_text import Paper
from dltui.compare.differences import differing, hparam_rows, remarks, summary
from dltui.compare.names import distinct_names
from dltui.compare.sheet import BEST, GAP, Cell, Column, fit
from dltui.compare.tables import hparams_table, runs_table
from dltui.text import safe_text
from dltui.texts import Texts

CHART_ROWS = 16
_BOLD = "1"
_ASCII = str.maketrans(
    {BEST: "*", "✓": "+", "▲": "!", "▼": "v", "✗": "x", "†": "x", "·": ".", "–": "-", "…": "~", "→": "->"}
    | dict.fromkeys("●■◆○□◇△◌", " ")
)
"""Where the encoding has no signs the letter and the word beside each of them say it."""


def comparison_text(outcomes: Sequence[Compared | Unread], texts: Texts, paper: Paper) -> str:
    """Return the whole comparison, without a newline at its end."""
    text = "\n".join(_lines(outcomes, texts, paper))
    return text if paper.carries(text) else text.translate(_ASCII)


def _lines(outcomes: Sequence[Compared | Unread], texts: Texts, paper: Paper) -> Iterator[str]:
    names = distinct_names([Path(outcome.log) for outcome in outcomes])
    rows = [replace(outcome.row, name=name) for outcome, name in zip(outcomes, names, strict=True)]
    read = [(outcome, name) for outcome, name in zip(outcomes, names, strict=True) if isinstance(outcome, Compared)]
    yield from _chart([replace(outcome.shown, name=name) for outcome, name in read], texts, paper)
    yield from _sheet(runs_table(rows, texts), paper)
    for sentence in remarks([row.facts for row in rows]):
        yield f"! {safe_text(sentence)}"
    yield ""
    told = [row.facts.hparams if row.facts else {} for row in rows]
    every = hparam_rows(told)
    yield paper.paint(summary([row.look.letter for row in rows], told, every), _BOLD)
    if different := differing(every):
        yield from _sheet(hparams_table(rows, different, paper.columns), paper)


def _chart(runs: Sequence[ShownRun], texts: Texts, paper: Paper) -> Iterator[str]:
    if not runs:
        return
    chart = runs_chart_text(runs, paper.columns, CHART_ROWS)
    yield chart if paper.carries(chart) else texts.ui("no_chart", encoding=paper.encoding)
    if len(drawn_runs(runs)) < len(runs):
        yield f"The chart has room for the first {len(drawn_runs(runs))} runs."
    yield ""


def _sheet(columns: Sequence[Column], paper: Paper) -> Iterator[str]:
    for line in zip(*(column.lines() for column in fit(columns, paper.columns)), strict=True):
        yield (" " * GAP).join(_painted(text, cell, paper) for text, cell in line).rstrip()


def _painted(text: str, cell: Cell, paper: Paper) -> str:
    return paper.paint(text, _BOLD) if cell.best else text
