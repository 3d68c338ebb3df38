"""Which step of the guide finds a planted fault: ``PYTHONPATH=tests python -m benchmarks.guide.faults [FAULT ...]``.

Five faults, some in two variants, on two tasks or more, and as many sound tasks beside them, of which no step up to the
fourth may say that there is a fault. The guide is the real one, with its own trials; only the process that forks them
has the fault in it (:mod:`benchmarks.guide.planted`). The exit code is 0 where all is as expected, 1 where it is not.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from benchmarks.faults.scores import aligned
from benchmarks.guide import planted
from benchmarks.guide.grounds import Settings, grounds
from dltui.guide.engine.clock import Clock
from dltui.guide.engine.launch import begin
from dltui.guide.engine.plan import Engine
from dltui.guide.engine.trials import TrialRunner
from dltui.guide.folder import ENGINE_LOG, read_guide
from dltui.guide.options import STEPS, Options
from dltui.guide.result import Check, Judgement
from dltui.guide.state import Guide
from dltui.guide.steps.table import STEP_FUNCTIONS
from dltui.runs.warm import WORDS, WarmProcess
from dltui.texts.guide import GuideTexts

LAST = 4
"""The last step that looks for faults; those after it tune what is sound."""
OPTIONS = Options(budget_s=60.0)
EVERYWHERE = ("digits", "mnist1d", "tabular")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """``expected``: the steps at which a careful person would find the fault first; none for a sound task."""

    fault: str
    task: str
    settings: Settings
    expected: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Fault and task, and what is not the task's default."""
        return " ".join(
            [self.fault or "sound", self.task, *(f"{name}={self.settings[name]}" for name in self.settings)]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The fault that the guide found in a case, and at which step; None where it found none.

    ``doubted``: all steps with a doubt, which is no fault found.
    """

    step: int | None
    said: str
    doubted: tuple[int, ...]
    seconds: float
    guide: Guide

    @property
    def place(self) -> str:
        """The step, for a person."""
        return "nowhere" if self.step is None else str(self.step)


EXPECTED: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "train_labels_shuffled": ((3,), EVERYWHERE),
    "labels_shuffled": ((3,), ("digits", "tabular")),
    "inputs_raw": ((0,), EVERYWHERE),
    "layer_frozen": ((2,), ("digits", "mnist1d")),
    "layer_forgotten": ((2,), ("digits", "tabular")),
    "loss_summed": ((1,), ("digits", "polynomial")),
    "train_loss_summed": ((1,), ("digits", "mnist1d")),
    "lr_fixed": ((2, 3), ("digits", "moons")),
    "lr_fixed_and_logged": ((2, 3), ("digits", "mnist1d")),
}
"""Each fault, the steps at which it is to be found, and the tasks that it is planted in."""
SOUND: tuple[tuple[str, Settings], ...] = (
    ("digits", {"model": "mlp"}),
    ("digits", {"model": "cnn"}),
    ("mnist1d", {}),
    ("moons", {}),
    ("polynomial", {}),
    ("tabular", {}),
)


def cases(table: Settings) -> list[Case]:
    """Return all of them, faults first; ``table`` are the settings of the task ``tabular``."""
    faults = [
        Case(fault=fault, task=task, settings={}, expected=expected)
        for fault, (expected, tasks) in EXPECTED.items()
        for task in tasks
    ]
    sound = [Case(fault="", task=task, settings=settings) for task, settings in SOUND]
    return [replace(each, settings=table) if each.task == "tabular" else each for each in (*faults, *sound)]


def run(case: Case, root: Path, options: Options = OPTIONS, last: int = LAST) -> Found:
    """Run a guide on a case in a new folder of ``root``, until it finds a fault or has done the step ``last``."""
    skip = tuple(step for step in STEPS if step > last)
    folder = begin(root, case.task, msgspec.structs.replace(options, settings=case.settings, skip=skip))
    guide, clock = read_guide(folder), Clock()
    words = (sys.executable, "-P", planted.__file__, case.fault) if case.fault else WORDS
    runner = TrialRunner(folder, guide.task, guide.command, lambda: WarmProcess(words, folder / ENGINE_LOG), clock)
    began = time.monotonic()
    guide = Engine(folder, guide, runner, clock, STEP_FUNCTIONS).run()
    return _found(case, guide, time.monotonic() - began)


def _found(case: Case, guide: Guide, seconds: float) -> Found:
    first = next((each for each in _told(guide) if each[1].judgement is Judgement.FAULT), None)
    doubted = {number for number, check in _told(guide) if check.judgement is Judgement.DOUBTFUL}
    return Found(
        step=first[0] if first else None,
        said=GuideTexts.load("en").say(first[1].said) if first else "",
        doubted=tuple(sorted(doubted)),
        seconds=seconds,
        guide=guide,
    )


def _told(guide: Guide) -> Iterator[tuple[int, Check]]:
    """All that is not as it should be: the steps in order, of each its checks before its whole."""
    for step in guide.steps:
        if step.result is not None:
            whole = Check(judgement=step.result.judgement, said=step.result.said)
            yield from ((step.number, each) for each in (*step.result.checks, whole))


def is_right(case: Case, found: Found) -> bool:
    """Whether a fault was found where it is to be found, or none where there is none."""
    return found.step in case.expected if case.expected else found.step is None


def row(case: Case, found: Found) -> list[str]:
    """A case and what was found, for a person."""
    expected = " or ".join(map(str, case.expected)) or "nowhere"
    return [
        case.fault or "sound",
        " ".join([case.task, *(f"{name}={value}" for name, value in case.settings.items() if name != "data")]),
        found.place,
        expected,
        ",".join(map(str, found.doubted)) or "-",
        f"{found.seconds:.0f}",
        "ok" if is_right(case, found) else "WRONG",
        found.said,
    ]


HEADER = ["planted", "task", "found at step", "expected", "doubted", "s", "", "what it said"]


def main(names: Sequence[str]) -> int:
    """Run them, print, and return the exit code."""
    unknown = [name for name in names if name not in (*EXPECTED, "sound")]
    if unknown:
        print(f"There is no fault {', '.join(unknown)}. There are {', '.join(EXPECTED)}, and sound.", file=sys.stderr)
        return 2
    rows, right = [], True
    with tempfile.TemporaryDirectory(prefix="bench-faults-") as name:
        table = grounds(Path(name))["tabular"].settings
        chosen = [each for each in cases(table) if not names or (each.fault or "sound") in names]
        for case in chosen:
            found = run(case, Path(name))
            rows.append(row(case, found))
            right = right and is_right(case, found)
            print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    print(aligned([HEADER, *rows]))
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
