"""What a training printed: lines of names and numbers among anything else, as tee and redirections keep it.

Known are the styles of nanoGPT, llm.c, modded-nanogpt, PyTorch's examples, Keras' and tqdm's progress bars; others of
the shape ``name: value``, ``name=value`` or ``name value`` are read just as well. A file may begin with the program's
own source, so a line counts only if it has a measure, and not before the first line that says where the training is.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from dltui.formats.names import MEASURES, Quantity, meaning_of
from dltui.formats.numbers import parse, parse_moment
from dltui.formats.saved import SavedLog, from_table
from dltui.formats.source import looks_binary, read_text
from dltui.formats.table import TableBuilder
from dltui.formats.text_line import Line, read_line

NAME = "text"
LONGEST_LINE = 1 << 20
"""A longer line was not printed by a training."""
MANY = 10
"""So many lines with a measure before the first step or epoch are the log of a training; the source code of one that
stands before its log has a few that look like it (``val_loss = 0.0``)."""
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_WORTH_READING = re.compile(r"\d|nan|inf", re.IGNORECASE)
_CODE = re.compile(
    r"\s+[\w.]+\s*[-+*/]?=\s|\s*(?:def|class|import|from|return|for|while|if|elif|with|print)\b.*[:()]\s*$"
)
"""Indented assignments and statements of Python."""
_MOMENT = re.compile(r"[\[(]?(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?)[\])]?")
_NAMESPACE = re.compile(r"\bNamespace\((.*)\)")
_SETTING = re.compile(r"(\w+)=('[^']*'|\"[^\"]*\"|[^,()\[\]]+)")
_TRACEBACK = re.compile(r"^(?:Traceback \(most recent call last\):|\s*File \".*\", line \d+)", re.MULTILINE)
_PLACES = {Quantity.STEP, Quantity.EPOCH}


def sniff(head: bytes, path: Path) -> bool:
    """Whether it is text at all."""
    return bool(head.strip()) and not looks_binary(head)


def read(path: Path) -> SavedLog:
    """Read the lines. Output that ends in a traceback is that of a training that failed, with or without curves."""
    text = read_text(path)
    table = TableBuilder()
    reader = _Reader(table)
    for line, refreshed in _lines(text):
        reader.take(line, refreshed)
    reader.finish()
    tracebacks = [match.start() for match in _TRACEBACK.finditer(text)]
    table.known = bool(tracebacks)
    table.failed = bool(tracebacks) and not reader.measured_after(text.count("\n", 0, tracebacks[-1]))
    return from_table(path, NAME, table.build())


class _Reader:
    """Keeps the lines that tell of the training. The last one waits: a progress bar may print it anew."""

    def __init__(self, table: TableBuilder) -> None:
        self._table = table
        self._early: list[Line] = []
        self._waiting: Line | None = None
        self._placed = False
        self._measured = False
        self._at = -1
        self._last_measure = -1

    def take(self, text: str, refreshed: bool) -> None:
        """Take the next line; ``refreshed``: it was printed over the one before it."""
        self._at += not refreshed
        if len(text) > LONGEST_LINE or not _WORTH_READING.search(text) or _CODE.match(text):
            return
        if self._take_settings(text):
            return
        moment, text = _moment(text)
        line = read_line(text)
        if not line.cells:
            return
        quantities = line.quantities
        measured = bool(quantities & MEASURES)
        if not measured and (Quantity.EPOCH not in quantities or Quantity.LR in quantities):
            return
        if moment is not None:
            line.cells.append(("timestamp", moment))
        if measured:
            self._last_measure = self._at
        # A line such as "Epoch 3/10" counts: the losses are in the lines after it.
        self._placed = self._placed or bool(quantities & _PLACES)
        self._note_totals(line)
        self._keep(line, refreshed)

    def finish(self) -> None:
        """Add the lines that waited."""
        if not self._measured:
            self._add_early()
        if self._waiting is not None:
            self._table.add(self._waiting.cells)

    def measured_after(self, line: int) -> bool:
        """Whether a measure was printed after that line."""
        return self._last_measure > line

    def _keep(self, line: Line, refreshed: bool) -> None:
        if not self._placed:
            self._early.append(line)
            return
        if len(self._early) >= MANY:
            self._add_early()
        self._measured = self._measured or bool(line.quantities & MEASURES)
        if self._waiting is not None and not (refreshed and _place(self._waiting) == _place(line)):
            self._table.add(self._waiting.cells)
        self._waiting = line

    def _add_early(self) -> None:
        for line in self._early:
            self._table.add(line.cells)
        self._early = []

    def _note_totals(self, line: Line) -> None:
        if Quantity.EPOCH in line.of:
            self._table.facts.setdefault("epochs", line.of[Quantity.EPOCH])
        self._table.step_total = line.of.get(Quantity.STEP, self._table.step_total)

    def _take_settings(self, text: str) -> bool:
        found = _NAMESPACE.search(text) if "Namespace(" in text else None
        if found is None:
            return False
        for name, value in _SETTING.findall(found[1]):  # the program was started anew: its last settings count
            number = parse(value)
            self._table.facts[name] = value.strip().strip("'\"") if number is None else number
        return True


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """The lines without colours; each piece of a line that was printed over itself is one."""
    for whole in text.split("\n"):
        pieces = [piece for piece in whole.replace("\b", "\r").split("\r") if piece]
        for index, piece in enumerate(pieces or [""]):
            yield _ANSI.sub("", piece) if "\x1b" in piece else piece, index > 0


def _moment(text: str) -> tuple[float | None, str]:
    """The date and time that the line begins with, and the rest of it."""
    found = _MOMENT.match(text)
    return (None, text) if found is None else (parse_moment(found[1]), text[found.end() :])


def _place(line: Line) -> list[tuple[str, float]]:
    return [(name, value) for name, value in line.cells if meaning_of(name).quantity in _PLACES]
