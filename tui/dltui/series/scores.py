"""What a validation tells beside its loss, in the terms of the task: perplexity, accuracy or R2."""

from collections.abc import Iterator
from dataclasses import dataclass

from dltui.formatting import Unit, format_value, percent
from dltui.series.state import RunState

BRIEF_CELLS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One measure of how good the answers are. ``metric``: its name in the log; ``rises``: more of it is better.

    ``short`` is its name where there is little room; that of the accuracy is empty, because its percent sign tells it.
    """

    metric: str
    title: str
    short: str
    rises: bool
    unit: Unit = "number"
    log: bool = False

    def text(self, value: float) -> str:
        """Return a value for a person: ``96.1 %``, ``4.812``."""
        return percent(value) if self.unit == "percent" else format_value(value)

    def brief(self, value: float) -> str:
        """Return a value with its short name, in seven cells: ``96.1 %``, ``ppl 4.8``, ``R2 .972``."""
        return (
            self.text(value) if not self.short else f"{self.short} {_within(value, BRIEF_CELLS - len(self.short) - 1)}"
        )


PERPLEXITY = Score(metric="val_perplexity", title="perplexity", short="ppl", rises=False, log=True)
"""Among how many characters, all alike, it would be as hard to choose."""
ACCURACY = Score(metric="val_accuracy", title="accuracy", short="", rises=True, unit="percent")
R2 = Score(metric="val_r2", title="R2", short="R2", rises=True)
"""The share of the variance of the targets that is explained: below 0 the answers are worse than their mean."""
SCORES = (PERPLEXITY, ACCURACY, R2)
"""What tells most of a task comes first: a language model is known by its perplexity."""


def scores_of(state: RunState) -> Iterator[tuple[Score, float]]:
    """Yield each score that the run has, with its last value."""
    for score in SCORES:
        curve = state.eval_metrics[score.metric]
        if len(curve):
            yield score, curve.last


def _within(value: float, cells: int) -> str:
    """As many of its first three digits as so many cells have room for, else its power of ten."""
    for digits in (3, 2, 1):
        text = f"{value:.{digits}g}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.{digits}g}"
        if len(text) <= cells:
            return text
    return f"{value:.0e}".replace("e+0", "e").replace("e-0", "e-")
