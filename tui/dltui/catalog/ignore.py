"""What a walk through folders leaves out because somebody said so: globs in a file ``.dltuiignore``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

from dltui.runs.files import open_regular

IGNORE_FILE = ".dltuiignore"
_MOST_BYTES = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreRule:
    """One glob of a file in ``base``, which counts beneath it. One with a slash is of the path from there."""

    base: str
    pattern: re.Pattern[str]
    of_path: bool
    folders_only: bool

    def matches(self, path: str, name: str, is_folder: bool) -> bool:
        """Return whether it names that entry."""
        if self.folders_only and not is_folder:
            return False
        named = path[len(self.base) :].lstrip("/") if self.of_path else name
        return self.pattern.match(named) is not None


def read_rules(folder: Path) -> tuple[IgnoreRule, ...]:
    """Return the rules in the folder's file; none if it has none that can be read. ``#`` begins a comment."""
    try:
        with open_regular(folder / IGNORE_FILE) as file:
            text = file.read(_MOST_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return ()
    lines = (line.strip() for line in text.splitlines())
    return tuple(_rule(str(folder), line) for line in lines if line and not line.startswith("#"))


def is_ignored(rules: Iterable[IgnoreRule], path: str, name: str, is_folder: bool) -> bool:
    """Return whether one of the rules names that entry."""
    return any(rule.matches(path, name, is_folder) for rule in rules)


def _rule(base: str, line: str) -> IgnoreRule:
    glob = line.rstrip("/")
    return IgnoreRule(
        base=base,
        pattern=re.compile(translate(glob.removeprefix("./").lstrip("/"))),
        of_path="/" in glob,
        folders_only=line.endswith("/"),
    )
