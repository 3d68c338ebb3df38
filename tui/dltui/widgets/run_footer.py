"""The keys of the run screen, as many as there is room for: the least important ones are left to the help."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

Shown: TypeAlias = tuple[tuple[str, bool], ...]
LEFT_OUT_FIRST = (
    "show_model",
    "next_axis",
    "toggle_log",
    "smooth(1)",
    "stop_run",
    "show_history",
    "replay",
    "explain",
    "branch",
)
_PADDING = 3
_PADDING_COMPACT = 2


class RunFooter(Footer):
    """Lets the keys move together where they do not fit apart, then leaves out some in the order of
    ``left_out_first``.

    ``roomy_columns``: from so many on they stand apart, where that is not to be found out from their widths.
    """

    def __init__(self, roomy_columns: int | None = None, left_out_first: Sequence[str] = LEFT_OUT_FIRST) -> None:
        super().__init__(show_command_palette=False)
        self._roomy_columns = roomy_columns
        self._left_out_first = left_out_first
        self._left_out: frozenset[str] = frozenset()
        self._shown: Shown = ()

    def compose(self) -> ComposeResult:
        """Leave out what has no room."""
        self.compact, self._left_out = self._layout()
        self._shown = self._to_show() if self._bindings_ready else ()
        for widget in super().compose():
            if not (isinstance(widget, FooterKey) and widget.action in self._left_out):
                yield widget

    def on_resize(self, event: events.Resize) -> None:
        """There may be room for others."""
        if self._layout() != (self.compact, self._left_out):
            self.call_after_refresh(self.recompose)

    def _layout(self) -> tuple[bool, frozenset[str]]:
        """Whether the keys move together, and which are left out."""
        width = self.screen.size.width
        if self._roomy_columns is not None:
            return width < self._roomy_columns, frozenset()
        active = (each.binding for each in self.screen.active_bindings.values())
        cells = {
            each.action: cell_len(self.app.get_key_display(each) + each.description) for each in active if each.show
        }
        if sum(cells.values()) + _PADDING * len(cells) <= width:
            return False, frozenset()
        left_out: list[str] = []
        for action in self._left_out_first:
            if sum(cells.values()) + _PADDING_COMPACT * len(cells) <= width:
                break
            if action in cells:
                left_out.append(action)
                del cells[action]
        return True, frozenset(left_out)

    def bindings_changed(self, screen: Screen[Any]) -> None:
        """Lay it out anew, unless it would look as it does: it is empty for a moment then."""
        if self.is_stale:
            super().bindings_changed(screen)

    @property
    def is_stale(self) -> bool:
        """Whether other keys than these should be told by now."""
        return self._shown != self._to_show()

    def _to_show(self) -> Shown:
        active = self.screen.active_bindings.values()
        return tuple((each.binding.action, each.enabled) for each in active if each.binding.show)
