"""The advice for a run: what to change and why; the chosen change starts a training of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from dltui.advice.change import Apply, Change
from dltui.errors import DltuiError
from dltui.runs.launch import Launched, Origin
from dltui.screens.confirm import BesideChoice, ConfirmBeside
from dltui.series.state import RunState
from dltui.services import Services
from dltui.text import safe_text
from dltui.widgets.diagnosed import Diagnosed, how_to_start
from dltui_trainers.configure import as_text
from dltui_trainers.errors import TrainerError
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.origin import At
from dltui_trainers.registry import find_task

if TYPE_CHECKING:
    from dltui.texts import Texts


@dataclass(frozen=True, slots=True)
class Accepted:
    """A change that was accepted: the training that was started, and whether the one that it came from shall stop."""

    launched: Launched
    stop_other: bool


class AdviceScreen(ModalScreen[Accepted | None]):
    """Offers the changes of ``diagnosed`` for the run in ``folder``; answers with what was started.

    ``at_work``: whether its training goes on, where its state does not tell; ``newest``: from where a change begins
    that names no step.
    """

    BINDINGS = [
        Binding("escape,a,q", "leave", "Close"),
        Binding("enter", "start(False)", "Start", priority=True),
        Binding("r", "start(True)", "Start from the beginning"),
        Binding("pagedown,space", "scroll_detail(1)", "Scroll down", priority=True),
        Binding("pageup", "scroll_detail(-1)", "Scroll up", priority=True),
        *(Binding(str(number), f"highlight({number - 1})", show=False) for number in range(1, 10)),
    ]

    def __init__(
        self,
        services: Services,
        folder: Path,
        diagnosed: Diagnosed,
        state: RunState,
        texts: "Texts",
        *,
        at_work: bool | None = None,
        newest: At = "last",
    ) -> None:
        super().__init__()
        self._services = services
        self._folder = folder
        self._changes = diagnosed.changes
        self._state = state
        self._texts = texts
        self._at_work = state.status.alive if at_work is None else at_work
        self._newest = newest

    def compose(self) -> ComposeResult:
        texts = self._texts
        with Vertical(classes="dialog two-parts"):
            yield Static(Content(safe_text(f"{texts.ui('advice')}: {self._folder.name}")), classes="dialog--question")
            with Container(classes="parts"):
                yield OptionList(*map(self._option, range(len(self._changes))), id="list", compact=True)
                with VerticalScroll(can_focus=False, id="detail"):
                    yield Static(id="text")
            yield Static(id="how")
            yield Static(Content(safe_text(texts.ui("advice_keys"))), classes="dialog--hint")

    def _option(self, index: int) -> Option:
        action = safe_text(self._texts.change(self._changes[index]).action)
        return Option(Content.assemble((f"{index + 1}", "bold $text-accent"), "  ", action))

    def on_mount(self) -> None:
        changes = self.query_one("#list", OptionList)
        changes.display = bool(self._changes)
        if self._changes:
            changes.highlighted = 0
            changes.focus()
        else:
            self.query_one("#text", Static).update(Content(safe_text(self._texts.ui("no_advice"))))

    @property
    def _chosen(self) -> Change | None:
        index = self.query_one("#list", OptionList).highlighted
        return None if index is None or not self._changes else self._changes[index]

    @on(OptionList.OptionHighlighted)
    def _show(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        change = self._changes[event.option_index]
        self.query_one("#text", Static).update(Content("\n").join(self._lines(change)))
        self.query_one("#detail").scroll_home(animate=False)
        refusal = self._why_not(change)
        if refusal:
            self._say(refusal, "-warning")
        else:
            key = "starts_anew" if change.apply is Apply.RESTART else "starts_branch"
            self._say(self._texts.ui(key, how=how_to_start(change, self._state, self._texts)), "-good")

    def _lines(self, change: Change) -> Iterator[Content]:
        texts = self._texts
        words = texts.change(change)
        how = how_to_start(change, self._state, texts)
        yield Content.assemble((safe_text(words.action), "bold"), (f"   {safe_text(how)}", "$chart-label"))
        for key, text in (("why", words.why), ("expect", words.expect), ("check", words.check)):
            yield Content()
            yield Content.styled(safe_text(texts.ui(key)), "bold $text-primary")
            yield Content(safe_text(text))
        served = texts.template("sentence.list").join(map(texts.symptom, (change.symptom, *change.also_for)))
        yield Content()
        yield Content.styled(safe_text(texts.ui("for_symptom", symptom=served)), "$chart-label")
        yield Content.styled(safe_text(f"{texts.ui('source')}: {words.source}"), "$chart-label")

    def _why_not(self, change: Change) -> str:
        """Why nothing can be started with the change; empty if it can."""
        manifest = self._state.manifest
        if manifest is None:
            return self._texts.ui("not_ours")
        try:
            find_task(manifest.task)
        except TrainerError:
            return self._texts.ui("not_ours")
        if change.settings:
            return ""
        return self._texts.ui("no_value" if change.hyperparameter in CATALOGUE else "by_hand")

    def _say(self, sentence: str, kind: Literal["-good", "-warning", "-error"]) -> None:
        line = self.query_one("#how", Static)
        signs = {"-good": "⏎", "-warning": "!", "-error": "✗"}
        line.update(Content(f"{signs[kind]} {safe_text(sentence)}"))
        for each in signs:
            line.set_class(each == kind, each)

    def action_start(self, from_beginning: bool) -> None:
        """Start a training with the change under the cursor; ask first what becomes of one that still runs."""
        change = self._chosen
        if change is None or self._why_not(change):
            return

        def answer(choice: BesideChoice | None) -> None:
            if choice in (BesideChoice.BESIDE, BesideChoice.STOP):
                self._start(change, from_beginning, stop_other=choice is BesideChoice.STOP)

        if self._at_work:
            self.app.push_screen(ConfirmBeside(self._folder.name), answer)
        else:
            self._start(change, from_beginning, stop_other=False)

    def _start(self, change: Change, from_beginning: bool, stop_other: bool) -> None:
        assert self._state.manifest is not None
        step: At | None = None
        if not from_beginning and change.apply is not Apply.RESTART:
            step = self._newest if change.at_step is None else change.at_step
        settings = {name: as_text(value) for name, value in change.settings.items()}
        try:
            launched = self._services.launch(
                self._state.manifest.task, settings, parent=Origin(folder=self._folder, step=step)
            )
        except (DltuiError, TrainerError) as error:
            self._say(str(error), "-error")
            return
        self.dismiss(Accepted(launched, stop_other))

    def action_highlight(self, index: int) -> None:
        """Go to the change with that number."""
        if index < len(self._changes):
            self.query_one("#list", OptionList).highlighted = index

    def action_scroll_detail(self, pages: int) -> None:
        """Scroll the reasons."""
        detail = self.query_one("#detail")
        detail.scroll_relative(y=pages * max(1, detail.size.height - 1), animate=False)

    def action_leave(self) -> None:
        """Start nothing."""
        self.dismiss(None)
