"""Which event files belong to one training, and which trainings are beneath a folder.

A folder of them is one log: its files are those of a training and its restarts; folders in it that are called
``train``, ``validation`` and so on are the same training's, and lend their names to the tags in them.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from dltui.formats.meaning.names import SPLITS, Split, meaning_of
from dltui.formats.reading.source import named, shown
from dltui.formats.tensorboard.hparams import is_session_of_parent

MARK = ".tfevents."
"""Part of the name that TensorBoard knows its files by; the time of their making comes after it."""
_DEEPEST = 6
_MOST_FOLDERS = 2000
_MOST_RUNS = 500
"""Where the search beneath a folder ends: somebody may ask for the runs in a home directory."""


class Run(NamedTuple):
    """The files of one of TensorBoard's runs, oldest first, and what its tags are named after.

    ``is_session``: it holds the settings of the run around it, and no curves.
    """

    name: str
    files: list[Path]
    is_session: bool = False


def runs_at(path: Path) -> list[Run]:
    """The runs of one training at a file or in a folder; none if it holds several, each in a folder of its own.

    Raises:
        OSError: it is a folder that may not be entered.
    """
    return runs_in(path) if path.is_dir() else [Run(_own_name(path.absolute().parent), [path])]


def runs_in(folder: Path) -> list[Run]:
    """The runs of one training in a folder; none if it holds several trainings, each in a folder of its own."""
    own = _event_files(folder)
    inner = sorted(each for each in folder.iterdir() if each.is_dir())
    if own:  # add_scalars makes folders such as Loss_train, TensorFlow's estimators make eval
        splits = _runs(each for each in inner if _speaks_of_split(each.name))
        return [Run(_own_name(folder), own), *splits, *_sessions(inner)]
    runs = _runs(each for each in inner if each.name.lower() in SPLITS)
    if not runs or _runs(each for each in inner if each.name.lower() not in SPLITS):  # YOLO's train, train2, train3
        return []
    return runs if len(runs) > 1 else [Run(_own_name(folder / runs[0].name), runs[0].files)]


def runs_beneath(folder: Path) -> list[Path]:
    """Return the folders beneath this one, itself included, that are each the log of one training.

    The folders of one training's train and validation files are one run, and what ``add_hparams`` makes is none. Links
    and hidden folders are not followed; a search that would take long ends early with what it has found.
    """
    found: list[Path] = []
    waiting = [(folder, 0)]
    for looked_at, depth in waiting:  # grows while it is gone through
        if len(found) >= _MOST_RUNS or len(waiting) > _MOST_FOLDERS:
            break
        try:
            runs = runs_in(looked_at)
            inner = _folders_in(looked_at)
        except OSError:
            continue
        if runs:
            found.append(looked_at)
        if depth < _DEEPEST:
            parts = {file.parent for run in runs for file in run.files}
            waiting += [(each, depth + 1) for each in inner if each not in parts]
    return sorted(found)


def several_in(folder: Path) -> str:
    """Return a sentence that names the runs beneath a folder that holds no curves itself, empty if there is none."""
    runs = [run for run in runs_beneath(folder) if run != folder]
    if not runs:
        return ""
    names = [str(run.relative_to(folder)) for run in runs]
    if len(runs) == 1:
        return f"{shown(folder)} is not a run, but holds one of TensorBoard: name {shown(runs[0])}."
    told = f"{len(runs)} runs of TensorBoard ({named(names)})"
    return f"{shown(folder)} is not a run: it holds {told}. Name one of them, such as {shown(runs[0])}."


def _runs(folders: Iterable[Path]) -> list[Run]:
    return [Run(folder.name, files) for folder in folders if (files := _event_files(folder))]


def _sessions(folders: list[Path]) -> Iterator[Run]:
    for folder in folders:
        files = _event_files(folder)
        if files and not _speaks_of_split(folder.name) and is_session_of_parent(folder, files):
            yield Run(folder.name, files, is_session=True)


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


def _folders_in(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        names = [each.name for each in entries if each.is_dir(follow_symlinks=False) and not each.name.startswith(".")]
    return [folder / name for name in sorted(names)]
