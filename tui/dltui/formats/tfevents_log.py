"""The scalars of TensorBoard's event files, as PyTorch, Lightning, Keras and TensorFlow write them.

A folder of them is one log: its files are those of a training and its restarts; folders in it that are called
``train``, ``validation`` and so on are the same training's, and lend their names to the tags in them.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dltui.errors import LogFormatError
from dltui.formats.names import SPLITS, Split, meaning_of
from dltui.formats.saved import SavedLog, from_table
from dltui.formats.source import opened, shown
from dltui.formats.table import TableBuilder
from dltui.formats.tfevents_wire import Damaged, Event, Torn, begins_with_record, event_in, records

NAME = "tfevents"
MARK = ".tfevents."
"""Part of the name that TensorBoard knows its files by; the time of their making comes after it."""
STEP, TIME = "global_step", "timestamp"
"""The columns of what each event tells beside its values; names that go before all others of their meaning."""


class Scalar(NamedTuple):
    """One value of a curve."""

    time: float
    step: int
    tag: str
    value: float


class Run(NamedTuple):
    """The files of one of TensorBoard's runs, oldest first, and what its tags are named after."""

    name: str
    files: list[Path]


def sniff(head: bytes, path: Path) -> bool:
    """Whether it begins with a record, is called as such a file is, or is a folder with files of one training."""
    if path.is_dir():
        return bool(_runs_in(path))
    return begins_with_record(head) or (bool(head) and MARK in path.name)


def read(path: Path) -> SavedLog:
    """Read the file, or all that belong to the training in a folder. Damaged records are counted as skipped."""
    runs = _runs_in(path) if path.is_dir() else [Run(_own_name(path.absolute().parent), [path])]
    table = TableBuilder()
    curves = [[scalar for file in run.files for scalar in _scalars(file, run.name, table)] for run in runs]
    scalars = _side_by_side(_by_time(curves))
    if not scalars:
        raise LogFormatError(_nothing_found(path, table.skipped))
    for row in _rows(scalars):
        table.add(row.items())
    return from_table(path, NAME, table.build())


def _runs_in(folder: Path) -> list[Run]:
    """The runs of one training in a folder; none if it holds several trainings, each in a folder of its own."""
    own = _event_files(folder)
    inner = sorted(each for each in folder.iterdir() if each.is_dir())
    if own:  # add_scalars makes folders such as Loss_train, TensorFlow's estimators make eval
        return [Run(_own_name(folder), own), *_runs(each for each in inner if _speaks_of_split(each.name))]
    runs = _runs(each for each in inner if each.name.lower() in SPLITS)
    if not runs or _runs(each for each in inner if each.name.lower() not in SPLITS):  # YOLO's train, train2, train3
        return []
    return runs if len(runs) > 1 else [Run(_own_name(folder / runs[0].name), runs[0].files)]


def _runs(folders: Iterable[Path]) -> list[Run]:
    return [Run(folder.name, files) for folder in folders if (files := _event_files(folder))]


def _speaks_of_split(folder: str) -> bool:
    return meaning_of(f"{folder}/loss").split is not Split.UNSAID


def _event_files(folder: Path) -> list[Path]:
    try:
        return sorted((file for file in folder.iterdir() if MARK in file.name and file.is_file()), key=_made_at)
    except OSError:  # it may not be entered: what else there is counts
        return []


def _made_at(file: Path) -> tuple[int, str]:
    made_at = file.name.partition(MARK)[2].partition(".")[0]
    return int(made_at) if made_at.isdecimal() and len(made_at) < 20 else 0, file.name


def _own_name(folder: Path) -> str:
    """What a run alone is named after: its folder if that is a validation's. YOLO's ``train`` holds both."""
    return folder.name if SPLITS.get(folder.name.lower(), Split.TRAIN) is not Split.TRAIN else ""


def _scalars(file: Path, run: str, table: TableBuilder) -> Iterator[Scalar]:
    names: dict[str, str] = {}
    for event in _events(file, table):
        for tag, value in event.values:
            name = names.get(tag)
            if name is None:
                name = names[tag] = f"{run}/{tag}" if run and meaning_of(tag).split is Split.UNSAID else tag
            if name not in (STEP, TIME):
                yield Scalar(event.time, event.step, name, value)


def _events(file: Path, table: TableBuilder) -> Iterator[Event]:
    """The events of a file up to its end, or to where it was cut off."""
    plugins: dict[str, str] = {}
    with opened(file) as stream:
        try:
            for record, checksum in records(stream):
                try:
                    yield event_in(record, checksum, plugins)
                except Damaged:
                    table.skipped += 1
        except Torn:
            table.skipped += 1


def _by_time(runs: list[list[Scalar]]) -> list[Scalar]:
    """All runs as one, each in its own order, as they were written in turns."""
    if len(runs) == 1:
        return runs[0]
    times = [time for run in runs for time in _never_falling(scalar.time for scalar in run)]
    return _sorted_by(times, [scalar for run in runs for scalar in run])


def _side_by_side(scalars: list[Scalar]) -> list[Scalar]:
    """Lay curves that were written one after the other, each from its beginning to its end, side by side by step.

    A program that draws its curves when all is done writes so. Curves that were written in turns stay in that order: it
    tells where a validation stands that counts otherwise, and where a restart went back.
    """
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for at, scalar in enumerate(scalars):
        first.setdefault(scalar.tag, at)
        last[scalar.tag] = at
    cuts, written_until = [0], -1
    for tag, begin in first.items():
        if last[tag] == begin:  # one value is no curve: a test at the end
            continue
        if begin > written_until >= 0:
            cuts.append(begin)
        written_until = max(written_until, last[tag])
    cuts.append(len(scalars))
    steps = [step for begin, end in pairwise(cuts) for step in _never_falling(each.step for each in scalars[begin:end])]
    return scalars if len(cuts) == 2 else _sorted_by(steps, scalars)


def _never_falling(values: Iterable[float]) -> Iterator[float]:
    """The highest of the values so far; NaN counts for none."""
    highest = -np.inf
    for value in values:
        highest = max(highest, value)
        yield highest


def _sorted_by(keys: list[float], scalars: list[Scalar]) -> list[Scalar]:
    return [scalar for _, scalar in sorted(zip(keys, scalars, strict=True), key=itemgetter(0))]


def _rows(scalars: list[Scalar]) -> Iterator[dict[str, float]]:
    """The values that were written one after the other at one step are a row."""
    counted = any(scalar.step for scalar in scalars)  # without a step all are written at 0: rows are counted then
    row: dict[str, float] = {}
    step = 0
    for scalar in scalars:
        if row and (scalar.step != step or scalar.tag in row):
            yield row
            row = {}
        if not row:
            step = scalar.step
            row = {STEP: float(step), TIME: scalar.time} if counted else {TIME: scalar.time}
        row[scalar.tag] = scalar.value
    yield row


def _nothing_found(path: Path, damaged: int) -> str:
    reason = "what is in it is damaged" if damaged else "it has just begun, or holds other things only"
    return f"{shown(path)} is TensorBoard's, but no scalars can be read from it: {reason}. Is another file the log?"
