"""Trains as somebody does who sits before it: commands come at chosen steps, and with them what a person would say.

``python samples/tune.py NAME TASK --set ... --do '1150 set lr=0.003' --do '4600 undo'``; the runs lie in ./runs.
"""

import argparse
import json
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from dltui_trainers import worker
from dltui_trainers.control import Control, Unusable
from dltui_trainers.runlog import Command
from dltui_trainers.writer import RunWriter


class Script(Control):
    """A control file that was written beforehand: each line is found when the training has come to its step."""

    def __init__(self, folder: Path, lines: Sequence[str]) -> None:
        super().__init__(folder)
        self._lines = deque(lines)
        self.step: Callable[[], int] = lambda: 0

    def poll(self, *, at_once: bool = False) -> list[Command | Unusable]:
        """Return the next command if it is due."""
        if not self._lines or int(self._lines[0].split()[0]) != self.step():
            return []
        return [_command(self._lines.popleft(), len(self._lines) + 1)]


def _command(line: str, id: int) -> Command:
    """Read ``STEP COMMAND [NAME=VALUE][: REASON]``."""
    asked, _, reason = line.partition(": ")
    _, command, *setting = asked.split()
    name, _, value = setting[0].partition("=") if setting else ("", "", "")
    return Command(
        id=id,
        time=time.time(),
        command=command,
        hparam=name or None,
        value=float(value) if name else None,
        reason=reason,
    )


def main(words: Sequence[str]) -> int:
    """Train in this process; return the worker's exit code."""
    parser = argparse.ArgumentParser(prog="python samples/tune.py", description="Run one training, with commands.")
    parser.add_argument("name")
    parser.add_argument("--do", action="append", default=[], metavar="'STEP COMMAND'")
    given, rest = parser.parse_known_args(words)
    command = json.dumps(["python", "samples/tune.py", *words])
    order = worker.parse_order([str(Path("runs", given.name)), *rest, "--command-json", command])
    script = Script(order.folder, given.do)
    training = worker.Worker(order, script, RunWriter.create(order.folder))
    script.step = lambda: training.step
    return training.work()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
