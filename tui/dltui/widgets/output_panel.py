"""The last lines that a training printed."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from dltui.text import safe_text


class OutputPanel(Widget):
    """Shows as many of the last ``lines`` as it has rows, each cut at the edge; never interprets them."""

    lines: reactive[tuple[str, ...]] = reactive(())
    empty: reactive[str] = reactive("no output yet")

    def render(self) -> Content:
        """The last lines, made safe for the terminal."""
        rows = self.size.height
        shown = [Content(safe_text(line[: 4 * self.size.width + 4])) for line in self.lines[-rows:]] if rows else []
        cut = [line.truncate(self.size.width, ellipsis=True) for line in shown]
        return Content("\n").join(cut) if cut else Content.styled(self.empty, "$text-muted")
