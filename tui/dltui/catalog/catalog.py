"""The trainings of some places, each in a few numbers: what the runs screen lists, and what notifications watch.

Three things cost differently, and are asked for apart: :meth:`Catalog.refresh` looks at what is known (stats, and what
is new of our own runs), :meth:`Catalog.explore` walks through folders, :meth:`Catalog.read_next` reads one log whole.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dltui.catalog.discover import Discovery, FoundLog, Limits
from dltui.catalog.foreign_run import GONE, ForeignRun
from dltui.catalog.guide_run import GuideRun
from dltui.catalog.labels import label_of
from dltui.catalog.named import named_in
from dltui.catalog.own_run import OwnRun
from dltui.catalog.places import Places
from dltui.catalog.study_run import StudyRun, kind_of
from dltui.catalog.summary import GUIDE, OWN, SEARCH, STUDIES, Facts, RunSummary
from dltui.errors import LogFormatError
from dltui.formats.reading.sqlite_file import file_of
from dltui.guide.folder import is_guide
from dltui.search.study.folder import is_study
from dltui_trainers.runlog import MANIFEST, METRICS

__all__ = ["Catalog", "RunSummary"]

EXPLORE_EVERY_S = 15.0
NAME_EVERY_S = 2.0
"""What was named, by globs too, is looked for more often: it is little."""
EXPLORE_SHARE = 50.0
"""A walk that took a second is not repeated within so many."""
READ_EVERY_S = 3.0
READ_SHARE = 80.0
"""A log that grows is read again after that many times what reading it took: 1.25 % of a core."""
MOST_READ_BYTES = 4 << 20
"""A longer log is read when somebody looks at it, not for its row in a list ..."""
MOST_READ_ALIVE_BYTES = 64 << 20
"""... but for that of a training at work, of which there are few, or that somebody named."""

Entry = OwnRun | ForeignRun | GuideRun | StudyRun
ReadFacts = Callable[[Path], Facts]


class Catalog:
    """Keeps the summaries of all trainings in ``places`` up to date. ``read`` reads a log whole.

    May be used by several threads; nothing waits for a log to be read or a folder to be walked through.
    """

    def __init__(self, places: Path | Places, read: ReadFacts | None = None, limits: Limits | None = None) -> None:
        self.places = Places(runs=places) if isinstance(places, Path) else places
        self.limit = ""
        """Which limit ended the search for logs, if one did."""
        self._read = read
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._found: dict[str, FoundLog] = {}
        self._searches = [Discovery(folder, limits) for folder in self.places.beneath]
        self._named: dict[str, FoundLog] = {}
        self._explore_at = self._name_at = 0.0
        self._readings: dict[str, _Reading] = {}

    def refresh(self) -> tuple[RunSummary, ...]:
        """Return the summaries, the newest run first. A run that is gone from the disk is gone from the list."""
        with self._lock:
            own = {_key(log.path): log for log in _ours_in(self.places.runs)}
            wanted = {**self._found, **self._named, **own}
            self._entries = {key: self._entry(key, log, key in own) for key, log in wanted.items()}
            for key, entry in self._entries.items():
                entry.refresh()
                self._note_currency(key, entry)
            there = (entry.summary for key, entry in self._entries.items() if self._is_there(key, entry))
            return tuple(sorted(there, key=_newest_first))

    def _entry(self, key: str, log: FoundLog, is_ours: bool) -> Entry:
        """The entry of a log, a new one where there is none or the log has become another."""
        entry = self._entries.get(key)
        if entry is not None and entry.summary.format == log.format:
            return entry
        label = "" if is_ours else label_of(log)
        if log.format == GUIDE:
            return GuideRun(log.path, label)
        if log.format in STUDIES:
            return StudyRun(log.path, log.format, label)
        is_run = log.format == OWN and log.path.is_dir()
        return OwnRun(log.path, label) if is_run else ForeignRun(log.path, log.format, label)

    def _is_there(self, key: str, entry: Entry) -> bool:
        """Whether it is listed: what is gone only if somebody named it, with the reason."""
        if isinstance(entry, OwnRun) or entry.stamp != GONE:
            return True
        if isinstance(entry, ForeignRun):
            entry.fail("it is not there")
        return key in self._named

    def explore(self) -> bool:
        """Look for logs, as far as the last time is long enough ago; return whether it did."""
        now = time.monotonic()
        if now >= self._name_at:
            named = {_key(log.path): log for log in named_in(self.places)}
            with self._lock:
                self._named = named
            self._name_at = now + NAME_EVERY_S
        if now < self._explore_at:
            return False
        self._walk()
        self._explore_at = time.monotonic() + max(EXPLORE_EVERY_S, EXPLORE_SHARE * (time.monotonic() - now))
        return True

    def _walk(self) -> None:
        """Walk through the folders; what is found is listed at once, what is gone only when all was seen."""
        seen: dict[str, FoundLog] = {}
        limits = []
        for search in self._searches:
            for log in search.walk():
                key = _key(log.path)
                seen[key] = log
                with self._lock:
                    self._found[key] = log
            limits.append(search.limit)
        with self._lock:
            kept = {key: log for key, log in self._found.items() if any(limits) and file_of(log.path).exists()}
            self._found = {**kept, **seen}
            self.limit = next(filter(None, limits), "")

    def read_next(self) -> bool:
        """Read the newest log that has changed since it was read; return whether there was one."""
        due = self._due()
        if due is None or self._read is None:
            return False
        key, entry, stamp = due
        began = time.monotonic()
        try:
            facts, problem = self._read(entry.summary.folder), ""
        except LogFormatError as error:
            facts, problem = None, str(error)
        except Exception as error:  # one log that breaks its reader must not keep the others from being read
            facts, problem = None, f"reading it failed with {type(error).__name__}: {error}"
        took = time.monotonic() - began
        with self._lock:
            self._readings[key] = _Reading(stamp, time.monotonic() + max(READ_EVERY_S, READ_SHARE * took))
            if facts is not None:
                entry.know(facts)
            elif isinstance(entry, ForeignRun):
                entry.fail(problem)
        return True

    def know(self, path: Path, facts: Facts) -> None:
        """Take what somebody else has read of a log, as who looks at a long one has."""
        with self._lock:
            entry = self._entries.get(_key(path))
            if entry is not None:
                entry.know(facts)

    def _note_currency(self, key: str, entry: Entry) -> None:
        reading = self._readings.get(key, _NEVER)
        if isinstance(entry, (GuideRun, StudyRun)):
            return
        is_current = self._read is None or reading.stamp == entry.stamp or not self._is_readable(entry)
        if is_current != entry.summary.is_current:
            entry.summary = replace(entry.summary, is_current=is_current)

    def _is_readable(self, entry: Entry) -> bool:
        summary = entry.summary
        asked_for = summary.status.alive or summary.folder in self.places.logs
        return 0 < entry.stamp[0] <= (MOST_READ_ALIVE_BYTES if asked_for else MOST_READ_BYTES)

    def _due(self) -> "tuple[str, Entry, tuple[int, int]] | None":
        now = time.monotonic()
        with self._lock:
            waiting = [
                (entry.summary.changed, key)
                for key, entry in self._entries.items()
                if not isinstance(entry, (GuideRun, StudyRun))
                and self._is_readable(entry)
                and self._readings.get(key, _NEVER).is_due(entry, now)
            ]
            if not waiting:
                return None
            key = max(waiting)[1]
            return key, self._entries[key], self._entries[key].stamp


class _Reading:
    """When a log was read: at which stamp, and not again before."""

    __slots__ = ("_again_at", "stamp")

    def __init__(self, stamp: tuple[int, int], again_at: float) -> None:
        self.stamp = stamp
        self._again_at = again_at

    def is_due(self, entry: Entry, now: float) -> bool:
        """Whether something was written since, and it is time; at once when no more will come."""
        return entry.stamp != self.stamp and (now >= self._again_at or not entry.summary.status.alive)


_NEVER = _Reading((-1, -1), 0.0)


def _newest_first(summary: RunSummary) -> tuple[float, str]:
    return (-summary.began, summary.name)


def _key(path: Path) -> str:
    return os.path.realpath(path)


def _ours_in(root: Path | None) -> list[FoundLog]:
    """Our runs, guides and searches in that folder."""
    if root is None:
        return []
    try:
        found = [entry for entry in root.iterdir() if entry.is_dir()]
    except OSError:
        return []
    guides = [FoundLog(folder, GUIDE) for folder in found if is_guide(folder)]
    studies = [FoundLog(folder, kind_of(folder) or SEARCH) for folder in found if is_study(folder)]
    runs = [folder for folder in found if (folder / METRICS).exists() or (folder / MANIFEST).exists()]
    return [*(FoundLog(folder, OWN) for folder in runs), *guides, *studies]
