"""A line above the table of a model: what there is room for, each in its tone."""

from collections.abc import Iterable

from textual.content import Content

from dltui.model.cells import Cell, Tone
from dltui.widgets.facts_line import FactsLine

STYLES = {
    Tone.PLAIN: "$foreground",
    Tone.STRONG: "bold $foreground",
    Tone.ACCENT: "bold $text-accent",
    Tone.GOOD: "$text-success",
    Tone.QUIET: "$text-muted",
    Tone.SPREAD: "$text-muted",
    Tone.FROZEN: "$text-secondary",
    Tone.WARNING: "$text-warning",
    Tone.ERROR: "$text-error",
}


class ModelLine(FactsLine):
    """Shows the words given to :meth:`show`, the most important first."""

    def show(self, words: Iterable[Cell]) -> None:
        """Show as many of them as there is room for."""
        self.facts = tuple(Content.styled(text, STYLES[tone]) for text, tone in words)
