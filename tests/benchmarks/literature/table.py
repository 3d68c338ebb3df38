"""A table as plain text: what was published and by whom, what is measured here, and whether that was reached."""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.faults.scores import aligned
from benchmarks.literature.compare import Seeds, difference

WIDTH = 120
REACHED, MISSED = "reached", "missed by"


class NotHere(Exception):
    """The table needs what this machine does not have; no failure. The text says what, and where to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing that the literature says; ``missed`` is by what it was missed, empty where it was reached."""

    says: str
    published: str
    measured: str
    missed: str

    @property
    def verdict(self) -> str:
        """In a word or a few."""
        return f"{MISSED} {self.missed}" if self.missed else REACHED


Judge = Callable[[Seeds, Seeds, str], str]
"""``above`` and its like: by what the first misses what it must be beside the second."""


def difference_claim(says: str, published: str, one: Seeds, other: Seeds, judge: Judge, unit: str = "") -> Claim:
    """Return a claim about the difference ``one - other``."""
    gap, errors = difference(one, other)
    measured = f"{gap:+.3g}{unit} (2 s.e.: {errors:.2g})"
    return Claim(says=says, published=published, measured=measured, missed=judge(one, other, unit))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``reached_if`` was written down before the first measurement; ``rows``: a header and what was measured, if more
    than the claims tell; ``notes``: what a reader must know to compare the two sides."""

    title: str
    sources: tuple[str, ...]
    setting: str
    reached_if: str
    claims: tuple[Claim, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()

    def text(self, cost: str) -> str:
        """The whole table; ``cost`` says how long it took."""
        parts = [
            self.title,
            "=" * len(self.title),
            *(_wrapped("published:  ", each) for each in self.sources),
            _wrapped("here:       ", self.setting),
            _wrapped("reached if: ", self.reached_if),
            *(_wrapped("note:       ", each) for each in self.notes),
            "",
        ]
        if self.rows:
            parts += [aligned(self.rows), ""]
        parts += [_claims(self.claims), "", cost]
        return "\n".join(parts)


def _claims(claims: Sequence[Claim]) -> str:
    header = ("", "published", "measured here", "")
    return aligned([header, *((each.says, each.published, each.measured, each.verdict) for each in claims)])


def _wrapped(head: str, text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head))
