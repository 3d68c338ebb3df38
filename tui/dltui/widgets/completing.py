"""What completes a word while it is typed: paths, and words of a list. The right arrow takes the completion."""

import asyncio
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from textual.suggester import Suggester

from dltui.text import safe_text

MOST_ENTRIES = 5000
"""Of a folder with more entries than that no more are looked at: it is a moment's help, not a search."""


class WordSuggester(Suggester):
    """Completes to the first of ``words`` that begins so; of ``many`` words joined by commas, the last one."""

    def __init__(self, words: Sequence[str], many: bool = False) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._words = words
        self._many = many

    async def get_suggestion(self, value: str) -> str | None:
        """Return ``value`` with its last word completed."""
        before, comma, word = value.rpartition(",") if self._many else ("", "", value)
        begun = word.lstrip()
        space, taken = word[: len(word) - len(begun)], {each.strip() for each in before.split(",")}
        found = next((each for each in self._words if begun and begins(each, begun) and each not in taken), None)
        return f"{before}{comma}{space}{found}" if found is not None else None


class PathSuggester(Suggester):
    """Completes paths, and the ``names`` of what is known besides."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._names = names

    async def get_suggestion(self, value: str) -> str | None:
        """Return a known name or a path that begins with ``value``; the folder is read beside the event loop."""
        if not value:
            return None
        known = next((each for each in self._names if begins(each, value)), None)
        return known or await asyncio.to_thread(complete_path, value)


def begins(word: str, begun: str) -> bool:
    """Whether ``word`` goes on after ``begun``, which is kept as it was typed."""
    return word.startswith(begun) and word != begun


def complete_path(text: str) -> str | None:
    """Return the first entry, in the order of the alphabet, of the folder that goes on after ``text``.

    A folder ends in a slash. Hidden entries and those with a name that a terminal cannot show have to be typed.
    """
    head, begun = os.path.split(text)
    if begun in (".", "..", "~") or (not begun and not head):
        return None
    try:
        with os.scandir(Path(head).expanduser() if head else ".") as entries:
            names = [name for name in _names(entries) if begins(name.rstrip("/"), begun) or name == f"{begun}/"]
    except (OSError, ValueError, RuntimeError):  # no such folder, no such user
        return None
    return text[: len(text) - len(begun)] + min(names) if names else None


def _names(entries: Iterable["os.DirEntry[str]"]) -> list[str]:
    names = []
    for _, entry in zip(range(MOST_ENTRIES), entries, strict=False):
        if not entry.name.startswith(".") and safe_text(entry.name) == entry.name:
            names.append(f"{entry.name}/" if entry.is_dir() else entry.name)
    return names
