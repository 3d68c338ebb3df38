"""Everything that was done to a training: when, from what to what, by whom, why, and what came of it."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from dltui.formatting import count, duration
from dltui.interventions.effect import Effect, effect_of
from dltui.interventions.history import Intervention, history
from dltui.screens.about_run import AboutRun
from dltui.screens.paced import Paced
from dltui.series.state import RunState
from dltui.text import safe_text
from dltui.widgets.effects import entry_sign, verdict_of
from dltui.widgets.intervened import last_change

if TYPE_CHECKING:
    from dltui.texts import Texts

KEYS = "↑↓ which   space PgUp PgDn scroll   Esc closes"
UNDO_KEYS = "↑↓ which   space PgUp PgDn scroll   u undo the last change   Esc closes"
STEP_CELLS = 8
LIST_EVERY_S = 1.0
"""A verdict changes slowly."""
JUDGED_AT_ONCE = 8
"""A verdict costs a few milliseconds, so that a key is answered in between."""
JUDGE_EVERY_S = 0.02


class HistoryScreen(AboutRun[bool]):
    """Lists what was done to the run, the newest first; answers whether the last change shall be undone.

    It grows while it is read. In a replay it is what had been done by then.
    """

    BINDINGS = [
        Binding("escape,h,q", "choose(False)", "Close"),
        Binding("u", "choose(True)", "Undo the last change"),
        Binding("pagedown,space", "scroll_detail(1)", "Scroll down", priority=True),
        Binding("pageup", "scroll_detail(-1)", "Scroll up", priority=True),
    ]

    def __init__(self, folder: Path, state: RunState, why_not: Callable[[], str], texts: "Texts") -> None:
        super().__init__(folder, state, why_not)
        self._texts = texts
        self._shown: tuple[Intervention, ...] = ()
        self._effects: dict[Intervention, Effect | None] = {}
        self._listing = Paced(self, LIST_EVERY_S, self._list)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog two-parts"):
            yield Static(Content(f"History: {safe_text(self.folder.name)}"), classes="dialog--question")
            with Container(classes="parts"):
                yield OptionList(id="list", compact=True)
                with VerticalScroll(can_focus=False, id="detail"):
                    yield Static(id="text")
            yield Static(id="keys", classes="dialog--hint")

    def on_mount(self) -> None:
        self.query_one("#list", OptionList).focus()
        self._listing.now()

    def news(self) -> None:
        """Something more may have been done, or it can be told by now what came of it."""
        self._listing.soon()

    def _list(self) -> None:
        """Show what was done; the cursor stays on what it was on."""
        if not self.is_open:
            return
        entries = history(self.state)[::-1]
        for each in entries[: _open(entries)]:
            self._effects.pop(each, None)
        if entries != self._shown or not entries:
            options = self.query_one("#list", OptionList)
            at, new = options.highlighted or 0, len(entries) - len(self._shown)
            self._shown = entries
            options.set_options(Option(self._line(each)) for each in entries)
            if entries:
                options.highlighted = min(len(entries) - 1, max(0, at + new if at else 0))
            else:
                self.query_one("#text", Static).update("Nothing was done to this training so far.")
        self.query_one("#keys", Static).update(UNDO_KEYS if self._can_undo else KEYS)
        self._judge()

    def _judge(self) -> None:
        """Find out what came of some of the changes; a long list is judged piece by piece, the newest first."""
        if not self.is_open:
            return
        options = self.query_one("#list", OptionList)
        missing = [at for at, each in enumerate(self._shown) if each not in self._effects]
        for at in missing[:JUDGED_AT_ONCE]:
            entry = self._shown[at]
            self._effects[entry] = effect_of(self.state, entry, self._shown[:at][::-1])
            options.replace_option_prompt_at_index(at, self._line(entry))
            if at == options.highlighted:
                self._tell(entry)
        if len(missing) > JUDGED_AT_ONCE:
            self.set_timer(JUDGE_EVERY_S, self._judge)

    def _line(self, entry: Intervention) -> Content:
        effect = self._effects.get(entry)
        sign, colour = entry_sign(entry, effect)
        by = self._texts.by(entry.by) if entry.by else ""
        verdict = "" if effect is None else verdict_of(effect, self._texts).name
        undone = "undone" if entry.undone_at_step is not None else ""
        came_of_it = ", ".join(filter(None, (verdict, undone)))
        return Content.assemble(
            count(entry.step).rjust(STEP_CELLS),
            (f"  {sign} ", f"$text-{colour}"),
            (self._deed(entry), "strike" if undone else ""),
            (f" · {safe_text(by)}" if by else "", "$chart-label"),
            (f" · {safe_text(came_of_it)}" if came_of_it else "", f"$text-{colour}"),
        )

    def _deed(self, entry: Intervention) -> str:
        """What was done; what became of it is told beside it."""
        return safe_text(self._texts.intervention(replace(entry, done=True, undone_at_step=None)))

    @property
    def _can_undo(self) -> bool:
        return not self.why_not() and last_change(self.state) is not None

    @on(OptionList.OptionHighlighted)
    def _show(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if event.option_index < len(self._shown):
            self._tell(self._shown[event.option_index])
            self.query_one("#detail").scroll_home(animate=False)

    def _tell(self, entry: Intervention) -> None:
        self.query_one("#text", Static).update(Content("\n").join(self._lines(entry)))

    def _lines(self, entry: Intervention) -> Iterator[Content]:
        yield Content.styled(self._deed(entry), "bold")
        yield Content.styled(self._when(entry), "$chart-label")
        if not entry.done:
            yield Content.styled(f"✗ refused: {safe_text(entry.reason)}", "$text-error")
        elif entry.undone_at_step is not None:
            yield Content.styled(f"↶ undone at step {count(entry.undone_at_step)}", "$text-warning")
        effect = self._effects.get(entry)
        if effect is not None:
            verdict = verdict_of(effect, self._texts)
            yield Content()
            yield Content.styled(f"{verdict.sign} {verdict.name}", f"bold $text-{verdict.tone}")
            yield Content(safe_text(self._texts.effect(effect)))
        for heading, text in (("why", entry.reason if entry.done else ""), ("the training says", entry.note)):
            if text:
                yield Content()
                yield Content.styled(heading, "bold $text-primary")
                yield Content(safe_text(text))

    def _when(self, entry: Intervention) -> str:
        epoch = self.state.epoch_at(entry.step) if entry.step <= self.state.step else math.nan
        facts = [
            f"step {count(entry.step)}",
            f"epoch {epoch:.1f}" if math.isfinite(epoch) else "",
            f"{duration(entry.time_s)} after the start" if math.isfinite(entry.time_s) else "",
            f"by {self._texts.by(entry.by)}" if entry.by else "",
        ]
        return safe_text(" · ".join(filter(None, facts)))

    def action_choose(self, undo: bool) -> None:
        """Close; with ``undo`` the last change shall be undone, if there is one."""
        if self._can_undo or not undo:
            self.dismiss(undo)

    def action_scroll_detail(self, pages: int) -> None:
        """Scroll the words on one entry."""
        detail = self.query_one("#detail")
        detail.scroll_relative(y=pages * max(1, detail.size.height - 1), animate=False)


def _open(entries: Sequence[Intervention]) -> int:
    """Up to which of the entries, newest first, more may still be learned: the last change, and what came after it."""
    return next((at + 1 for at, each in enumerate(entries) if each.is_set), 0)
