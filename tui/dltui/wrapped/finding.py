"""Which logs has the command begun to write? Looked for beneath the folders where it works, and among its open files.

A walk through a large folder may take a while, so it has a thread of its own.
"""

import os
import re
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue

import psutil

from dltui.catalog.candidates import may_be_log
from dltui.catalog.discover import Discovery, Limits
from dltui.catalog.named import named_in
from dltui.catalog.places import Places
from dltui.catalog.summary import GUIDE, STUDIES
from dltui.formats.following.liveliness import modified_s
from dltui.formats.recognise.training_log import DLTUI, is_training_log
from dltui.formats.tensorboard import log as tensorboard_log
from dltui.formats.tensorboard.runs import MARK
from dltui.wrapped.before import Before, as_it_is
from dltui.wrapped.others import Others, look_at_others

LIMITS = Limits(entries=50_000, logs=300, seconds=3.0)
LOOK_EVERY_S = 0.4
CPU_SHARE = 0.02
"""A walk through a large folder is repeated so seldom that it takes this share of a core."""
CLOCK_S = 0.05
"""The clock of a file system is coarse: a file may seem older than it is by so much."""
OF_ANOTHER_S = 120.0
"""A log that was written so shortly before the command began is of another training, unless the command has it open."""
_WRITER = re.compile(r"\.tfevents\.\d+\..*\.(\d+)\.\d+$")
"""TensorBoard's files have the process that writes them in their name."""
_MOST_FILES = 1000
_NOT_FOREIGN = (DLTUI, GUIDE, *STUDIES)


@dataclass(frozen=True, slots=True)
class FoundLog:
    """A log that the command has begun to write. ``before``: what the file was when the command began."""

    path: Path
    before: Before | None


class Finder:
    """Looks again and again. ``members``: the processes of the command now; ``watch``: what a person named.

    What lies in ``own``, the folder of the run, is none of them. ``before``: files as they were when it began.
    """

    def __init__(
        self,
        folder: Path,
        watch: Iterable[str],
        own: Path,
        before: Mapping[Path, Before],
        began_s: float,
        members: Callable[[], list[psutil.Process]],
    ) -> None:
        self._own = own
        self._began_s = began_s
        self._members = members
        self._walks = {each: Discovery(each, LIMITS) for each in (folder, *_folders(watch))}
        self._named = _named(watch)
        self._before: dict[Path, Before] = dict(before)
        self._has_looked = False
        self._others: set[Path] = set()
        self._known: set[Path] = set()
        self._pids: set[int] = set()
        self._asked_for: set[Path] = set()
        self._found: SimpleQueue[FoundLog] = SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="find logs", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def take(self) -> Iterator[FoundLog]:
        """Return what was found since the last call."""
        with suppress(Empty):
            while True:
                yield self._found.get_nowait()

    def close(self) -> None:
        """Look a last time, and end: what was written at the very end counts too."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self.look()

    def _run(self) -> None:
        while not self._stop.is_set():
            begun_s = time.thread_time()
            try:
                self.look()
            except Exception:  # the top of the thread; what was found is followed
                traceback.print_exc()
                return
            self._stop.wait(max(LOOK_EVERY_S, (time.thread_time() - begun_s) / CPU_SHARE))

    def look(self) -> None:
        """Look once."""
        opened, folders = self._open_now()
        for folder in folders:
            if not any(folder.is_relative_to(each) for each in self._walks):
                self._walks[folder] = Discovery(folder, LIMITS)
        logs = list(self._logs())
        if not self._has_looked:
            self._remember(logs)
        written = [log for log in dict.fromkeys((*logs, *_logs_among(opened))) if self._is_new(log)]
        for log in self._ours_of(written, opened):
            self._known.add(log)
            self._found.put(FoundLog(log, self._before.get(log)))

    def _logs(self) -> Iterator[Path]:
        for walk in self._walks.values():
            for log in walk.walk():
                if log.format not in _NOT_FOREIGN:
                    yield log.path
        for named in named_in(self._named):
            if named.format not in _NOT_FOREIGN:
                self._asked_for.add(named.path.absolute())
                yield named.path.absolute()

    def _remember(self, logs: Iterable[Path]) -> None:
        """Note what was there before the command began to write."""
        self._has_looked = True
        for log in logs:
            changed_s = modified_s(log)
            if changed_s < self._began_s - CLOCK_S:
                now = as_it_is(log)
                if now is not None:
                    self._before.setdefault(log, now)
                if changed_s > self._began_s - OF_ANOTHER_S:
                    self._others.add(log)

    def _is_new(self, log: Path) -> bool:
        return log not in self._known and modified_s(log) >= self._began_s - CLOCK_S

    def _ours_of(self, written: list[Path], opened: set[Path]) -> Iterator[Path]:
        """Those that the command writes, and not a training beside it.

        What a process has open is its own. Many logs are open for a moment only: of these it cannot be told who writes
        them while another training works in the same folder, so then only a log that was named is taken.
        """
        others: Others | None = None
        for log in written:
            writers = _writers_of(log)
            if _holds(opened, log) or log in self._asked_for or writers & self._pids:
                yield log
                continue
            if writers:
                continue
            others = others or look_at_others({each.pid for each in self._members()}, self._walks)
            if _holds(others.files, log):
                self._known.add(log)
            elif not others.trains_beside and log not in self._others:
                yield log

    def _open_now(self) -> tuple[set[Path], set[Path]]:
        """The files that the command has open, and the folders in which it works."""
        files: set[Path] = set()
        folders: set[Path] = set()
        for process in self._members():
            self._pids.add(process.pid)
            with suppress(psutil.Error, OSError):
                files.update(Path(each.path) for each in process.open_files())
            with suppress(psutil.Error, OSError):
                folders.add(Path(process.cwd()))
        files = {each for each in files if not each.is_relative_to(self._own)}
        return files, {each for each in folders if each != Path(each.root) and each != Path.home()}


def _holds(files: Iterable[Path], log: Path) -> bool:
    """Whether one of the files is the log, or in the folder that is."""
    return any(each == log or log in each.parents for each in files)


def _writers_of(log: Path) -> set[int]:
    """The processes that TensorBoard's files, in the log or as the log, name as their writers; none for other logs."""
    files = [log] if log.is_file() else list(islice(log.glob(f"*{MARK}*"), _MOST_FILES)) if log.is_dir() else []
    return {int(found[1]) for found in map(_WRITER.search, map(str, files)) if found}


def _logs_among(files: Iterable[Path]) -> Iterator[Path]:
    """The logs among open files; of a folder that is one as a whole, the folder."""
    for file in files:
        if may_be_log(file.name) and (format := is_training_log(file)) not in (None, *_NOT_FOREIGN):
            yield file.parent if format == tensorboard_log.NAME else file


def _folders(watch: Iterable[str]) -> list[Path]:
    return [Path(os.path.abspath(each)) for each in watch if Path(each).is_dir()]


def _named(watch: Iterable[str]) -> Places:
    """What was named and is no folder: files, which may come later, and globs."""
    words = [os.path.abspath(each) for each in watch if not Path(each).is_dir()]
    return Places(globs=tuple(words), told=True)
