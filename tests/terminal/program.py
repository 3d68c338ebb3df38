"""dltui in a terminal: how a test starts it, and what it reads off its screen."""

import re
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import psutil
from terminal.terminal import DLTUI, SMALL, Size, Terminal

from dltui_trainers.runlog import METRICS, AnyRecord, record_decoder

_EPOCH = re.compile(r"epoch (\d+)/")
_STEP = re.compile(r"step (\d[\d ]*\d|\d)")
_AXIS = re.compile(r"^ *(step|epoch|time) +(\S+)")
_CURSOR = re.compile(r"step [\d. ]+: |\(raw ")
_RAW = re.compile(r"(?:step ([\d. ]+): .*)?\(raw (\S+?)(?: @ ([\d ]+))?\)")
SGR = re.compile(rb"\x1b\[([\d;:]*)m")


class Program:
    """Starts dltui on the runs in ``runs``, each time in a terminal of its own."""

    def __init__(self, runs: Path, terminals: ExitStack) -> None:
        self._runs = runs
        self._terminals = terminals

    def __call__(self, *words: str, size: Size = SMALL, environment: Mapping[str, str] | None = None) -> Terminal:
        """Run ``dltui WORDS``."""
        given = {"DLTUI_RUNS": str(self._runs), **(environment or {})}
        terminal = Terminal([*DLTUI, *words], folder=self._runs.parent, size=size, environment=given)
        return self._terminals.enter_context(terminal)


class RunSeen:
    """What the run screen in ``terminal`` tells, as numbers."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    @property
    def epoch(self) -> int:
        """The epoch in the header; -1 while there is none."""
        found = _EPOCH.search(self._terminal.lines[0])
        return int(found[1]) if found else -1

    @property
    def step(self) -> int:
        """The step in the header; -1 while there is none."""
        found = _STEP.search(self._terminal.lines[0])
        return int(found[1].replace(" ", "")) if found else -1

    @property
    def axis(self) -> tuple[str, str]:
        """The unit and the first label of the large chart's x axis; empty while there is none."""
        found = next(filter(None, map(_AXIS.match, self._terminal.lines)), None)
        return (found[1], found[2]) if found else ("", "")

    @property
    def at_cursor(self) -> tuple[int, float] | None:
        """The step and the value of the raw training loss at the value cursor, if one is near and there is room."""
        found = _RAW.search(self._terminal.lines[1])
        step = (found[3] or found[1]) if found else None
        return (round(float(step.replace(" ", ""))), float(found[2])) if found and step else None

    def put_cursor(self) -> None:
        """Put the value cursor at the last step and wait until the large chart tells what is there."""
        self._terminal.press("left")
        self._terminal.wait_for(lambda: _CURSOR.search(self._terminal.lines[1]) is not None)

    def wait_epoch(self, more_than: int) -> None:
        """Return when the training has come further."""

        def is_later() -> bool:
            return self.epoch > more_than

        self._terminal.wait_for(is_later)

    def wait_axis(self, unit: str, *, from_start: bool = True) -> None:
        """Return when the large chart has that x axis, from its start or from somewhere later."""

        def is_so() -> bool:
            return self.axis[0] == unit and (self.axis[1] == "0") == from_start

        self._terminal.wait_for(is_so)


def trainings(folder: Path) -> list[psutil.Process]:
    """Return the trainings, and the engines of guides, that run in ``folder`` or below it."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words: list[str] = process.info["cmdline"] or []
        ours = {"dltui_trainers.worker", "dltui.guide"}.intersection(words)
        if ours and any(word.startswith(str(folder.resolve())) for word in words):
            found.append(process)
    return found


def records(run: Path) -> list[AnyRecord]:
    """Return every whole line of the run's log."""
    lines = (run / METRICS).read_bytes().split(b"\n")
    return [record_decoder.decode(line) for line in lines[:-1]]


def sgr_numbers(raw: bytes) -> set[int]:
    """Return every number with which colours and attributes were set, those of 256 colours reduced to 38 and 48."""
    found = set()
    for sequence in SGR.findall(raw):
        numbers = [int(number or 0) for number in re.split(rb"[;:]", sequence)]
        while numbers:
            number = numbers.pop(0)
            found.add(number)
            if number in (38, 48):
                del numbers[: 2 if numbers[0] == 5 else 4]
    return found


def assert_in_one_piece(terminal: Terminal) -> None:
    """Fail if the program has crashed, or if its footer does not come to stand in the last row."""
    terminal.wait_for(lambda: "Help" in terminal.lines[-1])
    assert terminal.child.isalive()
