"""What a training printed: lines of names and numbers among anything else, as tee and redirections keep it.

Known are the styles of nanoGPT, llm.c, modded-nanogpt, PyTorch's examples, Keras' and tqdm's progress bars; others of
the shape ``name: value``, ``name=value`` or ``name value`` are read just as well. A file may begin with the program's
own source, so a line counts only if it has a measure, and not before the first line that says where the training is.
"""

import re
from pathlib import Path

from dltui.formats.meaning.names import MEASURES, Quantity, meaning_of
from dltui.formats.meaning.numbers import parse, parse_moment
from dltui.formats.reading.line_tail import LineTail
from dltui.formats.reading.source import looks_binary
from dltui.formats.reading.table import Table, TableBuilder
from dltui.formats.reading.tail import LogTail
from dltui.formats.text.line import Line, LineReader
from dltui.formats.text.pattern import PatternParser
from dltui.log_options import LogOptions

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
_MOMENT = re.compile(r"[\[(]?(\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?)[\])]?")
_OF_PHASE = re.compile(r"\b(Epoch|Iter)\((train|val|test)\)\s*(?:\[(\d+)\])?\s*\[\s*(\d+)\s*/\s*(\d+)\]")
"""How mmengine begins a line: ``Epoch(train) [3][ 50/1000]``."""
_NAMESPACE = re.compile(r"\bNamespace\((.*)\)")
_SETTING = re.compile(r"(\w+)=('[^']*'|\"[^\"]*\"|[^,()\[\]]+)")
_TRACEBACK = re.compile(r"^(?:Traceback \(most recent call last\):|\s*File \".*\", line \d+)")
_FRAME = re.compile(r"^\s*File \".*\", line \d+")
"""The line of a traceback before the one that quotes the source."""
_PLACES = {Quantity.STEP, Quantity.EPOCH}


def sniff(head: bytes, path: Path) -> bool:
    """Whether it is text at all."""
    return bool(head.strip()) and not looks_binary(head)


def tail(path: Path, options: LogOptions) -> LogTail:
    """Return a reader of the lines; with a pattern, of those that it matches."""
    pattern = options.pattern
    return LineTail(path, lambda: PatternParser(pattern) if pattern else TextParser(), ends=b"\n\r")


class TextParser:
    """Keeps the lines that tell of the training. A progress bar may print its last one anew.

    Output that ends in a traceback is that of a training that failed, with or without curves.
    """

    def __init__(self) -> None:
        self.table = TableBuilder()
        self._reader = LineReader()
        self._early: list[Line] = []
        self._last: Line | None = None
        self._placed = False
        self._early_counts = False
        self._measured = False
        self._line_begun = False
        self._at = -1
        self._last_measure = -1
        self._traceback = -1
        self._is_quoted = False

    def take(self, lines: bytes) -> None:
        """Take lines that end in a line feed or, printed over afterwards, in a carriage return."""
        for number, line in enumerate(str(lines, "utf-8", "replace").split("\n")):
            if number:
                self._end_line()
            for piece in line.replace("\b", "\r").split("\r"):
                if piece:
                    self._take_piece(piece)

    def finish(self, rest: bytes) -> None:
        """Take the last line, and the lines that waited for one that says where the training is."""
        self.take(rest)
        if not self._measured:
            self._add_early()

    def build(self) -> Table:
        """Return the table; as long as no line says where the training is, with all lines that have a measure."""
        self.table.known = self._traceback >= 0
        self.table.failed = self._traceback >= 0 and self._last_measure <= self._traceback
        waiting = [] if self._measured else self._early
        for line in waiting:
            self.table.add(line.cells)
        table = self.table.build()
        for _ in waiting:
            self.table.take_back()
        return table

    def _end_line(self) -> None:
        self._at += not self._line_begun
        self._line_begun = False

    def _take_piece(self, text: str) -> None:
        """Take a line, or a piece of one that was printed over the piece before it."""
        refreshed, self._line_begun = self._line_begun, True
        self._at += not refreshed
        quoted, self._is_quoted = self._is_quoted, False
        if not refreshed and _TRACEBACK.match(text):
            self._traceback = self._at
            self._is_quoted = _FRAME.match(text) is not None
        elif quoted and text[0].isspace():  # print(f"loss {1 / step}") tells no loss
            return
        self._read(_ANSI.sub("", text) if "\x1b" in text else text, refreshed)

    def _read(self, text: str, refreshed: bool) -> None:
        if len(text) > LONGEST_LINE or not _WORTH_READING.search(text) or _CODE.match(text):
            return
        if self._take_settings(text):
            return
        moment, text = _moment(text)
        line = self._reader.read(_OF_PHASE.sub(_phase_said, text) if "(" in text else text)
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

    def _keep(self, line: Line, refreshed: bool) -> None:
        if not self._placed and not self._early_counts:
            self._early.append(line)
            if len(self._early) >= MANY:
                self._early_counts = True
                self._add_early()
            return
        if self._placed:
            self._measured = self._measured or bool(line.quantities & MEASURES)
            self._early = [] if self._measured else self._early
            if self._last is not None and refreshed and _place(self._last) == _place(line):
                self.table.take_back()
            self._last = line
        self.table.add(line.cells)

    def _add_early(self) -> None:
        for line in self._early:
            self.table.add(line.cells)
        self._early = []

    def _note_totals(self, line: Line) -> None:
        if Quantity.EPOCH in line.of:
            self.table.facts.setdefault("epochs", line.of[Quantity.EPOCH])
        self.table.step_total = line.of.get(Quantity.STEP, self.table.step_total)

    def _take_settings(self, text: str) -> bool:
        found = _NAMESPACE.search(text) if "Namespace(" in text else None
        if found is None:
            return False
        for name, value in _SETTING.findall(found[1]):  # the program was started anew: its last settings count
            number = parse(value)
            self.table.facts[name] = value.strip().strip("'\"") if number is None else number
        return True


def _moment(text: str) -> tuple[float | None, str]:
    """The date and time that the line begins with, and the rest of it."""
    found = _MOMENT.match(text)
    return (None, text) if found is None else (parse_moment(found[1].replace("/", "-")), text[found.end() :])


def _phase_said(found: re.Match[str]) -> str:
    """The same in words that a line is read by. A validation counts its own batches, which are no steps."""
    _, phase, epoch, done, total = found.groups()
    where = f"epoch {epoch}, " if epoch else ""
    return f"{where}step {done}/{total}, {phase} " if phase == "train" else f"{where}{phase} "


def _place(line: Line) -> list[tuple[str, float]]:
    return [(name, value) for name, value in line.cells if meaning_of(name).quantity in _PLACES]
