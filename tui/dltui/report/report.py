"""A report as a value: everything that is said of a run, in words, before any markup.

All of its text is safe for a terminal (see :func:`~dltui.text.safe_text`) and of bounded length; a renderer escapes it
for the markup that it writes.
"""

from dataclasses import dataclass
from enum import StrEnum

from dltui.charts.spec import ChartSpec
from dltui.texts import Texts


class Tone(StrEnum):
    """How good or bad something is; the colours are the renderer's."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictWords:
    """The one word. ``sign`` tells without colour; ``sure``: how sure, ``reason``: why it cannot be told; or empty."""

    tone: Tone
    sign: str
    word: str
    sure: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingWords:
    """One finding: what, since when and how sure, and the sentence of its evidence."""

    tone: Tone
    sign: str
    name: str
    facts: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceWords:
    """One change: ``action`` is ``dropout 0 → 0.3``, ``made`` how it is made, ``serves`` which findings.

    ``rows``: label and text of why, what to expect, how to check, and the source.
    """

    action: str
    made: str
    serves: str
    rows: tuple[tuple[str, str], ...]

    @property
    def how(self) -> str:
        """How it is made and what for, in one line."""
        return f"{self.made} · {self.serves}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A hyperparameter. ``default``: what it usually is, where the run has something else."""

    name: str
    value: str
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """Something that was done to the run, or refused: ``name`` is ``set lr 1e-3 → 3e-4``.

    ``verdict``: what came of it, where that can be asked.
    """

    step: str
    epoch: str
    time: str
    name: str
    by: str
    reason: str
    verdict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a report says of one run.

    ``facts``: the line below the title. ``error``: what the training said when it failed. ``advice_note``: what would
    make the advice better. ``about``: facts of the run, its data and its model, label and text. ``charts``: the losses
    first, each 0 x 0 cells; who draws them sets their size. ``more_interventions``: how many of them are left out.
    """

    texts: Texts
    title: str
    facts: tuple[str, ...]
    verdict: VerdictWords
    error: str
    findings: tuple[FindingWords, ...]
    advice: tuple[AdviceWords, ...]
    advice_note: str
    settings: tuple[Setting, ...]
    about: tuple[tuple[str, str], ...]
    interventions: tuple[Intervention, ...]
    more_interventions: int
    charts: tuple[ChartSpec, ...]

    @property
    def first_finding(self) -> str:
        """What weighs most, in a sentence, with its name where the verdict is another; empty if nothing was found."""
        if not self.findings:
            return ""
        first = self.findings[0]
        same = first.name.upper() == self.verdict.word
        return first.text if same else f"{first.sign} {first.name}: {first.text}"
