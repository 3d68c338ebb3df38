"""Tells a person what is wrong, once: the recorder's only words in the output of a training."""

import sys
from contextlib import suppress


class Warner:
    """Warns on standard error, of each kind of trouble once in a run."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def once(self, kind: str, text: str) -> None:
        """Print ``text`` in one line, unless trouble of this kind was told before. Never raises."""
        if kind in self._told:
            return
        self._told.add(kind)
        # A notebook or a job may have closed standard error, or have none: that is no reason to end a training.
        with suppress(Exception):
            line = "".join(each if each.isprintable() else "?" for each in " ".join(text.split()))
            print(f"dltui: {line}", file=sys.stderr, flush=True)
