"""One meeting of the doctor and the searches: a starting point, a seed, and as many trainings for each of them.

The searches draw from the task's default space, that of its network included, with the settings that are given to all.
Where the doctor begins they are not told; ``random+`` and ``tpe+`` are: it is the first of their trainings.
"""

import hashlib
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from benchmarks.guide.grounds import Samples
from benchmarks.guide.worth import worth_of
from benchmarks.tune.room import Room
from benchmarks.tune.starts import Start
from dltui.search.methods.choose import make_method
from dltui.search.methods.method import Method
from dltui.search.space.default import default_space
from dltui.search.study.options import MethodName, SearchOptions, TuneOptions
from dltui.search.trials.trials import Request
from dltui.tune.tuning import work
from dltui_trainers.atomic import write_whole
from dltui_trainers.configure import as_json, configure, with_data
from dltui_trainers.named_task import find_task
from dltui_trainers.runlog import Value

TRIALS = 10
DOCTOR = "tune"
SEARCHES: Mapping[str, tuple[MethodName, bool]] = {
    "random": ("random", False),
    "tpe": ("bayes", False),
    "random+": ("random", True),
    "tpe+": ("bayes", True),
}
"""The method of each, and whether it is told the starting point."""
Names = Sequence[str]


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The best that one of them reached: its validation loss, and what that run has on the test set; None: no test."""

    val_loss: float
    test_loss: float | None
    settings: dict[str, Value]


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """``first``: the validation loss of the starting point. ``steps``: what the doctor did, a line for each."""

    start: str
    seed: int
    first: float | None
    scores: dict[str, Score]
    steps: list[str]

    def beats(self, other: str) -> bool:
        """Whether the doctor's best is lower."""
        return self.scores[DOCTOR].val_loss < self.scores[other].val_loss

    def tests_better(self, other: str) -> bool | None:
        """Whether it is on the test set; None where there is none."""
        mine, theirs = self.scores[DOCTOR].test_loss, self.scores[other].test_loss
        return None if mine is None or theirs is None else mine < theirs


def played(start: Start, seed: int, place: Path, test: Samples | None, known: Match | None, wanted: Names) -> Match:
    """Let those of ``wanted`` train that ``known`` does not tell of, and return what all of them reached.

    The trainings are gone afterwards.
    """
    runs = place / f"runs-{start.name}-{seed}"
    match = known or Match(start=start.name, seed=seed, first=None, scores={}, steps=[])
    try:
        for name in (each for each in (DOCTOR, *wanted) if each not in match.scores):
            if name == DOCTOR:
                room = _doctor(start, seed, runs)
                match = msgspec.structs.replace(match, first=room.study.trials[0].value, steps=_told(room))
                match.scores[name] = _score(room, test)
            else:
                match.scores[name] = _searched(start, seed, place, name, test)
    finally:
        shutil.rmtree(runs, ignore_errors=True)
    return match


def _doctor(start: Start, seed: int, runs: Path) -> Room:
    given = {**start.given, **start.start}
    options = TuneOptions(settings=given, fixed=tuple(start.given), trials=TRIALS, seed=seed, thorough=True)
    room = Room(start.task, {**given, "seed": str(seed)}, options, runs)
    work(room)
    return room


def _searched(start: Start, seed: int, place: Path, name: str, test: Samples | None) -> Score:
    """What a search reached; one that knows no starting point is the same for all of those on a task."""
    method, told = SEARCHES[name]
    asked = " ".join(
        (start.task, *(f"{key}={value}" for key, value in start.given.items()), start.name if told else "")
    )
    file = place / f"search-{name}-{hashlib.sha1(asked.encode()).hexdigest()[:12]}-{seed}.json"
    if not file.exists():
        runs = place / f"runs-{os.getpid()}"
        try:
            write_whole(file, msgspec.json.encode(_score(_search(start, seed, runs, method, told), test)))
        finally:
            shutil.rmtree(runs, ignore_errors=True)
    return msgspec.json.decode(file.read_bytes(), type=Score)


def _search(start: Start, seed: int, runs: Path, method: MethodName, told: bool) -> Room:
    task, given = with_data(find_task(start.task), {**start.given, "seed": str(seed)})
    space = default_space(task, given, architecture=True)
    options = SearchOptions(method=method, settings=given, dimensions=space.dimensions, trials=TRIALS, seed=seed)
    room = Room(start.task, given, options, runs)
    chooser = make_method(task, options)
    for number in range(TRIALS):
        settings = _settings(start) if told and not number else _asked(chooser, room, number)
        room.begin(Request(settings=settings))
        for ended in room.poll(0.0):
            room.tell(ended)
    return room


def _asked(chooser: Method, room: Room, number: int) -> dict[str, Value]:
    settings = chooser.ask(number, room.study.trials)
    if settings is None:
        raise RuntimeError(f"The space has fewer than {number + 1} configurations.")
    return settings


def _settings(start: Start) -> dict[str, Value]:
    task, given = with_data(find_task(start.task), {**start.given, **start.start})
    values = as_json(configure(task, given)[0], task)
    return {name: values[name] for name in start.start}


def _score(room: Room, test: Samples | None) -> Score:
    best = room.study.best
    if best is None or best.value is None:
        return Score(val_loss=math.inf, test_loss=None, settings={})
    tested = worth_of(room.folder / best.run, test).test_loss if test is not None else None
    return Score(val_loss=best.value, test_loss=tested, settings=best.settings)


def _told(room: Room) -> list[str]:
    lines = []
    for each in room.study.trials:
        moves = ", ".join(f"{name} {before} -> {after}" for name, (before, after) in each.change.items())
        source = "" if each.parent is None else f"from {each.parent}" + (f"@{each.at_step}" if each.at_step else "")
        value = "no number" if each.value is None else f"{each.value:.4g}"
        parts = (str(each.number), source, moves, each.symptom, value, each.outcome, "kept" if each.kept else "")
        lines.append("  ".join(part for part in parts if part))
    return lines
