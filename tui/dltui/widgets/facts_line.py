"""A line of facts, the most important first; what does not fit is left out."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

SEPARATOR = " ─ "


class FactsLine(Widget):
    """Shows ``facts``, the most important first; one that does not fit any more is left out."""

    facts: reactive[tuple[Content, ...]] = reactive(())

    def render(self) -> Content:
        """Join as many facts as there is room for."""
        line = Content()
        for fact in self.facts:
            longer = line + (SEPARATOR if line.plain else "") + fact
            if longer.cell_length <= self.size.width or not line.plain:
                line = longer
        return line
