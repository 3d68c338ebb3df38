"""`make bench-auto`: is a training better when live advice is followed unasked, and is a sound one left alone?

Each configuration is trained as it is and with ``--auto``, with three seeds; compared is the best validation loss. The
advice is asked at each validation, so that the outcome does not hang on how busy the machine is. The exit code is 0.
"""

import math
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, stdev

import torch

from benchmarks.faults.advise import LEAST_NOISE
from benchmarks.faults.cases import Case, all_cases
from benchmarks.faults.config import Config
from benchmarks.faults.references import SETTINGS
from benchmarks.faults.scores import aligned
from benchmarks.faults.tasks import task_named
from benchmarks.faults.train import CPU, PROCESSES, silence
from dltui.advice.auto import decide
from dltui.advice.limits import BY, Limits
from dltui.advice.prescribe import prescribe
from dltui.diagnosis.examine import examine
from dltui.interventions.history import Intervention, history
from dltui.runs.control import ask
from dltui.runs.follow import FolderWatch
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui_trainers.commands import Commands
from dltui_trainers.control import Control
from dltui_trainers.loop import Training
from dltui_trainers.manifest import make_manifest, write_manifest
from dltui_trainers.prepare import prepare
from dltui_trainers.writer import RunWriter

SEEDS = (0, 1, 2)
TASKS = ("digits", "mnist1d")
HELPED, HURT, SAME = "helped", "hurt", "no clear change"
TOO_HIGH = (
    "layers=0 lr=3",
    "activation=tanh lr=0.1",
    "activation=tanh lr=0.05 epochs=100",
    "layers=1 activation=leaky_relu lr=1 epochs=60",
    "layers=4 activation=tanh optimizer=sgd lr=1 epochs=60",
    "optimizer=sgd lr=2 epochs=60",
)
"""Digits at a constant rate far too high for it, which no schedule brings down by itself."""
SOUND = ("", "schedule=constant", "optimizer=adamw", "width=128", "batch_size=32", "optimizer=momentum lr=0.03")
"""What is changed of the defaults and leaves a training sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Best validation losses of the seeds, untouched and with ``--auto``, and what that did in each."""

    case: Case
    sound: bool
    untouched: tuple[float, ...]
    auto: tuple[float, ...]
    done: tuple[tuple[Intervention, ...], ...]

    @property
    def mark(self) -> str:
        """What became of it, beyond the noise from seed to seed."""
        old, new = self.untouched, self.auto
        finite = all(map(math.isfinite, (*old, *new)))
        noise = max(stdev(old), stdev(new), LEAST_NOISE * median(old)) if finite else 0.0
        gain = median(old) - median(new)
        return HELPED if gain > noise else HURT if gain < -noise else SAME


class Advised(Commands):
    """Takes commands as every training does, and has one asked for by the advice after each validation."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Control(folder))
        self._folder, self._watch, self._state = folder, FolderWatch(folder), RunState()
        self._epoch = 0
        self._asked: int | None = None

    def listen(self, training: Training) -> None:
        if training.batches.share_done == 0 and training.epoch != self._epoch:
            self._epoch = training.epoch
            self._advise()
        super().listen(training)

    def _advise(self) -> None:
        state = self._state
        state.take(self._watch.look())
        while state.loading:
            state.take(self._watch.look())
        if self._asked is not None and not any(event.id == self._asked for event in state.events):
            return
        state.status = RunStatus.RUNNING
        diagnosis = examine(state)
        wanted = decide(state, diagnosis, prescribe(state, diagnosis), Limits())
        if wanted is not None:
            name, *others = wanted.settings or {"": None}
            self._asked = ask(
                self._folder,
                wanted.command,
                hparam=name or None,
                value=wanted.settings.get(name),
                also={other: wanted.settings[other] for other in others},
                by=BY,
            )


def train(config: Config, *, auto: bool) -> RunState:
    """Train in this process, and return the state of the run at its end."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "run"
        bench = prepare(task_named(config.task), config.hparams, CPU)
        writer = RunWriter.create(folder)
        write_manifest(folder, make_manifest(folder, bench, ["dltui", "train", config.task]))
        listener = Advised(folder) if auto else Commands(Control(folder))
        training = bench.training(folder, bench.run_log(writer), listener)
        training.run()
        writer.close()
        watch, state = FolderWatch(folder), RunState()
        state.take(watch.look())
        while state.loading:
            state.take(watch.look())
        shutil.rmtree(folder)
        return state


def measure(work: tuple[Case, bool]) -> Outcome:
    """Train one case with and without."""
    case, sound = work
    configs = [case.config.but(seed=seed) for seed in SEEDS]
    states = [train(each, auto=True) for each in configs]
    return Outcome(
        case=case,
        sound=sound,
        untouched=tuple(_best(train(each, auto=False)) for each in configs),
        auto=tuple(map(_best, states)),
        done=tuple(tuple(each for each in history(state) if each.by == BY and each.done) for state in states),
    )


def main() -> None:
    """Train, print."""
    began = time.monotonic()
    faulty = [*(each for each in all_cases() if each.task in TASKS), *too_high_cases()]
    work = [*((each, False) for each in faulty), *((each, True) for each in sound_cases())]
    outcomes = []
    with multiprocessing.get_context("spawn").Pool(PROCESSES, initializer=silence) as pool:
        for done, each in enumerate(pool.imap(measure, work), 1):
            outcomes.append(each)
            if done % 5 == 0:
                print(f"{done} of {len(work)}", file=sys.stderr, flush=True)
    print(table(outcomes))
    for name, chosen in (("faulty", False), ("sound", True)):
        print(summary(name, [each for each in outcomes if each.sound is chosen]))
    print(f"{time.monotonic() - began:.0f} s")


def too_high_cases() -> list[Case]:
    """Return trainings that a person would stop."""
    settings = [dict(word.split("=") for word in words.split()) for words in TOO_HIGH]
    return [Case(task="digits", fault="far too high", settings=each | {"schedule": "constant"}) for each in settings]


def sound_cases() -> list[Case]:
    """Return trainings that need no change: the defaults, the best known settings, and what lies near."""
    cases = []
    for task in TASKS:
        cases.append(Case(task=task, fault="sound", settings=dict(SETTINGS[task])))
        for words in SOUND:
            settings = dict(word.split("=") for word in words.split())
            cases.append(Case(task=task, fault="sound", settings=settings))
    return cases


def table(outcomes: Sequence[Outcome]) -> str:
    """Return a line for each case."""
    rows = [["task", "settings", "untouched", "auto", "", "what it did (first seed)"]]
    for each in outcomes:
        settings = " ".join(f"{name}={value}" for name, value in each.case.settings.items())
        losses = [f"{median(losses):.4g}" for losses in (each.untouched, each.auto)]
        rows.append([each.case.task, f"{each.case.fault}: {settings}", *losses, each.mark, _told(each.done[0])])
    return aligned(rows)


def summary(name: str, outcomes: Sequence[Outcome]) -> str:
    """Return how many were helped and hurt, and how often anything was done."""
    marks = Counter(each.mark for each in outcomes)
    touched = sum(bool(done) for each in outcomes for done in each.done)
    sets = sum(made.name == "set" for each in outcomes for done in each.done for made in done)
    undone = sum(made.name == "undo" for each in outcomes for done in each.done for made in done)
    told = ", ".join(f"{mark} {marks[mark]}" for mark in (HELPED, SAME, HURT))
    total = len(outcomes) * len(SEEDS)
    return f"\n{len(outcomes)} {name}: {told}; {touched} of {total} trainings touched, {sets} changes, {undone} undone"


def _told(done: Sequence[Intervention]) -> str:
    moves = (
        f"{made.step}: undo" if made.name == "undo" else f"{made.step}: {each.hparam} {each.from_}->{each.to}"
        for made in done
        for each in made.settings[:1] or [None]
    )
    return ", ".join(moves) or "-"


def _best(state: RunState) -> float:
    return state.best.val_loss if state.best else math.inf


if __name__ == "__main__":
    main()
