"""Finds every training log beneath a folder: a walk that is bounded, leaves out what holds none, and knows its way.

It goes level by level, so that where a limit ends it, the nearest logs are found. A folder that has not changed since
the last walk is not listed again, and a file not looked into again: then a walk costs a stat for each of them.
"""

import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dltui.catalog.candidates import (
    ENVIRONMENT_MARKS,
    SYSTEM_FOLDERS,
    TRAINER_STATE,
    Candidates,
    candidates_in,
    is_checkpoint,
    is_part_of_training,
    is_skipped_folder,
    may_be_log,
)
from dltui.catalog.guide_run import is_readable_guide
from dltui.catalog.ignore import IGNORE_FILE, IgnoreRule, is_ignored, read_rules
from dltui.catalog.study_run import kind_of
from dltui.catalog.summary import GUIDE
from dltui.formats.known import FOREIGN_NAMES
from dltui.formats.reading.source import HEAD_BYTES
from dltui.formats.recognise.databases import runs_at
from dltui.formats.recognise.training_log import is_own_run, is_training_log

BARREN_FILES = 300
"""So many files of which none may be a log, and no folder among them, are a data set; the rest is not listed."""
BARREN_FOLDERS = 20
"""So many folders of one folder that hold nothing but such files: a data set with a folder for each class."""
SEVERAL = 50
"""A folder with fewer files says nothing about its neighbours."""
FRUITLESS = 20
"""So many files with one ending in a folder that are no logs: the others are none either."""
SETTLED_S = 2.0
"""A folder that changed less than this ago may change again without its time telling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a walk may cost: levels, names seen, logs found, seconds."""

    depth: int = 12
    entries: int = 100_000
    logs: int = 500
    seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class FoundLog:
    """A log: a file, or the folder of one training. ``format`` is the name of its format."""

    path: Path
    format: str


@dataclass(slots=True)
class _Folder:
    """What a folder held when it was listed."""

    stamp: tuple[int, int, int]
    folders: list[str] = field(default_factory=list)
    candidates: Candidates | None = None
    rules: tuple[IgnoreRule, ...] = ()
    barren: bool = False


@dataclass(frozen=True, slots=True)
class _Waiting:
    path: str
    depth: int
    rules: tuple[IgnoreRule, ...]
    in_training: bool


class Discovery:
    """Walks beneath ``root``, as often as it is asked. ``limit`` says after a walk which limit ended it, if one did."""

    def __init__(self, root: Path, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.root = root
        self.limit = ""
        self.touched = 0
        """Names seen, stats made and files looked into in the last walk: what it cost."""
        self._limits = limits or Limits()
        self._clock = clock
        self._folders: dict[str, _Folder] = {}
        self._looked: dict[str, tuple[int, int, str | None]] = {}

    def walk(self) -> Iterator[FoundLog]:
        """Return the logs, each as soon as it is found."""
        self.touched, self.limit = 0, ""
        until = self._clock() + self._limits.seconds
        for found, log in enumerate(self._walk(until), start=1):
            yield log
            if found >= self._limits.logs:
                self.limit = f"first {found} logs"
                return

    def _walk(self, until: float) -> Iterator[FoundLog]:
        waiting = deque([_Waiting(os.path.abspath(self.root), 0, (), False)])
        seen: set[tuple[int, int]] = set()
        barren: Counter[str] = Counter()
        above = self._above()
        kept: set[str] = set()
        while waiting:
            if self._is_over(until):
                return
            each = waiting.popleft()
            parent = os.path.dirname(each.path)
            if barren[parent] >= BARREN_FOLDERS:
                continue
            folder = self._list(each, seen, above)
            if folder is None:
                continue
            kept.add(each.path)
            # one folder with anything else in it, and its neighbours are looked into
            barren[parent] += 1 if folder.barren else -BARREN_FOLDERS
            yield from self._logs_in(each, folder, waiting)
        self._folders = {path: folder for path, folder in self._folders.items() if path in kept}

    def _above(self) -> set[tuple[int, int]]:
        """The folders that the root lies in: a link to one of them leads out of it."""
        found = set()
        for folder in Path(os.path.realpath(self.root)).parents:
            try:
                status = folder.stat()
            except OSError:
                continue
            found.add((status.st_dev, status.st_ino))
        return found

    def _is_over(self, until: float) -> bool:
        if self.touched >= self._limits.entries:
            self.limit = f"looked at {self.touched} files, the rest not"
        elif self._clock() > until:
            self.limit = f"looked for {self._limits.seconds:g} s, the rest not"
        return bool(self.limit)

    def _list(self, each: _Waiting, seen: set[tuple[int, int]], above: set[tuple[int, int]]) -> _Folder | None:
        """What the folder holds; None if it was seen already (by a link), or cannot be read."""
        self.touched += 1
        try:
            status = os.stat(each.path)
            place = (status.st_dev, status.st_ino)
            if place in seen or place in above or each.path in SYSTEM_FOLDERS:
                return None
            seen.add(place)
            ignore = _time_of(f"{each.path}/{IGNORE_FILE}")
            stamp = (status.st_mtime_ns, ignore, len(each.rules))
            known = self._folders.get(each.path)
            if known is not None and known.stamp == stamp and time.time() - status.st_mtime > SETTLED_S:
                return known
            folder = self._folders[each.path] = self._read(each, stamp)
            return folder
        except OSError:
            return None

    def _read(self, each: _Waiting, stamp: tuple[int, int, int]) -> _Folder:
        rules = each.rules + (read_rules(Path(each.path)) if stamp[1] else ())
        folders: list[str] = []
        links: list[str] = []
        files: list[str] = []
        others = 0
        with os.scandir(each.path) as entries:
            for entry in entries:
                self.touched += 1
                is_folder = entry.is_dir()
                if entry.name in ENVIRONMENT_MARKS:
                    return _Folder(stamp, rules=rules)
                if is_ignored(rules, entry.path, entry.name, is_folder):
                    continue
                if is_folder:
                    if not is_skipped_folder(entry.name):
                        (links if entry.is_symlink() else folders).append(entry.name)
                elif may_be_log(entry.name) or entry.name == "meta.yaml":
                    files.append(entry.name)
                else:
                    others += 1
                if (others >= BARREN_FILES and not (folders or files)) or self.touched >= self._limits.entries:
                    break
        candidates = candidates_in(os.path.basename(each.path), folders, files)
        barren = others >= SEVERAL and not (folders or files)
        # a link comes last: what it leads to is shown under its own name if that is beneath the root too
        return _Folder(stamp, sorted(folders) + sorted(links), candidates, rules, barren)

    def _logs_in(self, each: _Waiting, folder: _Folder, waiting: deque[_Waiting]) -> Iterator[FoundLog]:
        held = folder.candidates
        if held is None:
            return
        here = Path(each.path)
        whole = self._as_one(here, held)
        if whole is not None:
            yield whole
            return
        files = list(self._files(here, held))
        yield from files
        if held.is_wandb:  # what else lies there is of the same training
            return
        events = held.events and not each.in_training and not any(log.path.name in FOREIGN_NAMES for log in files)
        format = is_training_log(here) if events else None
        if format is not None:
            yield FoundLog(here, format)
        yield from self._newest_checkpoint(here, held)
        if each.depth >= self._limits.depth:
            return
        for name in folder.folders:
            if not is_checkpoint(name):
                part = (format is not None or each.in_training) and is_part_of_training(name)
                waiting.append(_Waiting(f"{each.path.rstrip('/')}/{name}", each.depth + 1, folder.rules, part))

    def _as_one(self, here: Path, held: Candidates) -> FoundLog | None:
        """The run that the whole folder is; or the guide or the search, whose trials it shows itself."""
        if held.guide and is_readable_guide(here):
            return FoundLog(here, GUIDE)
        study = kind_of(here) if held.study else None
        if study is not None:
            return FoundLog(here, study)
        if held.own and is_own_run(here):
            return FoundLog(here, "dltui")
        format = is_training_log(here) if held.mlflow else None
        self.touched += held.guide + held.study + held.own + held.mlflow
        return FoundLog(here, format) if format is not None else None

    def _files(self, here: Path, held: Candidates) -> Iterator[FoundLog]:
        fruitless: Counter[str] = Counter()
        for name in held.files:
            ending = os.path.splitext(name)[1].lower()
            if fruitless[ending] >= FRUITLESS:
                continue
            format = self._format_of(f"{here}/{name}")
            if format is not None:
                fruitless[ending] = -len(held.files)
                yield from (FoundLog(run, format) for run in runs_at(here / name, format))
            else:
                fruitless[ending] += 1

    def _newest_checkpoint(self, here: Path, held: Candidates) -> Iterator[FoundLog]:
        for name in held.checkpoints:
            format = self._format_of(f"{here}/{name}/{TRAINER_STATE}")
            if format is not None:
                yield FoundLog(here / name / TRAINER_STATE, format)
                return

    def _format_of(self, path: str) -> str | None:
        """The format of a file: looked into once, and again only if it was too short to tell."""
        self.touched += 1
        try:
            status = os.stat(path)
        except OSError:
            return None
        known = self._looked.get(path)
        if known is not None:
            size, changed, format = known
            unchanged = (size, changed) == (status.st_size, status.st_mtime_ns)
            if unchanged or (status.st_size >= size and (format is not None or size >= HEAD_BYTES)):
                return format
        self.touched += 1
        format = is_training_log(Path(path))
        self._looked[path] = (status.st_size, status.st_mtime_ns, format)
        return format


def _time_of(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
