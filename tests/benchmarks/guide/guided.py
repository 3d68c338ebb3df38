"""Runs the guide as a person would, by its command and by the clock, and reads from its folder what it came to."""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.guide.grounds import Ground
from dltui.guide.folder import guides_in
from dltui.guide.state import Guide, GuideStatus, StepState

LIMIT_S = 60.0
"""A guide may take so long, from the command to its exit, Python's and torch's imports included."""
BUDGET = "55s"
"""What it is told: the rest is for starting Python, importing torch, and ending."""
OUTPUT = "output.txt"
DLTUI = (sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guided:
    """A guide that has ended; ``seconds`` by the clock. ``folder`` is its own, among the runs."""

    folder: Path
    guide: Guide
    seconds: float
    exit_code: int

    @property
    def final(self) -> Path:
        """The folder of the run that all of it leads to."""
        return self.folder / self.guide.final

    @property
    def trouble(self) -> str:
        """Why it counts as a miss whatever its loss; empty if all of its steps were done."""
        undone = [each.number for each in self.guide.steps if each.state is not StepState.DONE]
        if self.guide.error:
            return self.guide.error
        if self.guide.status is not GuideStatus.FINISHED or self.exit_code:
            return f"it ended as {self.guide.status} with exit code {self.exit_code}"
        if not self.guide.final:
            return "it came to no final run"
        return f"steps not done: {', '.join(map(str, undone))}" if undone else ""

    @property
    def trials(self) -> int:
        """How many trainings it took."""
        return sum(len(each.trials) for each in self.guide.steps)


def guided(ground: Ground, runs: Path, seed: int) -> Guided:
    """Run the guide on a ground into the new folder ``runs``. Raises ``RuntimeError`` where it left no guide."""
    runs.mkdir()
    given = [f"{name}={value}" for name, value in {**ground.settings, "seed": str(seed)}.items()]
    options = [word for each in given for word in ("--set", each)]
    words = [*DLTUI, "guide", ground.name, "--headless", "--budget", BUDGET, "--runs", str(runs)]
    began = time.monotonic()
    with (runs / OUTPUT).open("wb") as output:
        ended = subprocess.run([*words, *options], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    seconds = time.monotonic() - began
    found = next(iter(guides_in(runs)), None)
    if found is None:
        raise RuntimeError(f"'{' '.join(words[1:])}' began no guide: {(runs / OUTPUT).read_text()}")
    return Guided(folder=found[0], guide=found[1], seconds=seconds, exit_code=ended.returncode)
