"""The advice for a run: what to change and why; the chosen change starts a training of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from dltui.advice.change import Apply, Change
from dltui.errors import DltuiError
from dltui.runs.launch import Origin
from dltui.runs.script_task import branched_task, takes
from dltui.runs.wish import Wish
from dltui.screens.about_run import AboutRun, Tone
from dltui.screens.beside import Accepted, start_beside
from dltui.series.state import RunState
from dltui.services import Services
from dltui.text import safe_text
from dltui.widgets.diagnosed import Diagnosed, how_to_start
from dltui.widgets.intervened import move, present
from dltui_trainers.configure import as_text
from dltui_trainers.errors import TrainerError
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.named_task import find_task
from dltui_trainers.origin import At
from dltui_trainers.runlog import Manifest

if TYPE_CHECKING:
    from dltui.texts import Texts


class AdviceScreen(AboutRun[Accepted | Wish | None]):
    """Offers the changes of ``diagnosed`` for the run in ``folder``; answers with what was chosen or started.

    A live change is a wish while its training can be told what to do. Any change can be a training of its own.
    ``at_work``: whether the run's training goes on; ``newest``: from where a change begins that names no step.
    """

    BINDINGS = [
        Binding("escape,a,q", "leave", "Close"),
        Binding("enter", "accept", "Accept", priority=True),
        Binding("b", "start(False)", "Start a branch"),
        Binding("r", "start(True)", "Start from the beginning"),
        Binding("pagedown,space", "scroll_detail(1)", "Scroll down", priority=True),
        Binding("pageup", "scroll_detail(-1)", "Scroll up", priority=True),
        *(Binding(str(number), f"highlight({number - 1})", show=False) for number in range(1, 10)),
    ]

    def __init__(
        self,
        services: Services,
        folder: Path,
        state: RunState,
        why_not: Callable[[], str],
        diagnosed: Diagnosed,
        texts: "Texts",
        *,
        at_work: Callable[[], bool],
        newest: At = "last",
    ) -> None:
        super().__init__(folder, state, why_not)
        self._services = services
        self._changes = diagnosed.changes
        self._texts = texts
        self._at_work = at_work
        self._newest = newest
        self._told_live = False

    def compose(self) -> ComposeResult:
        texts = self._texts
        with Vertical(classes="dialog two-parts"):
            yield Static(Content(safe_text(f"{texts.ui('advice')}: {self.folder.name}")), classes="dialog--question")
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
        self._tell_how(change)

    def _tell_how(self, change: Change) -> None:
        """Tell what Enter does with the change."""
        refusal = self._why_not(change)
        self._told_live = not refusal and self._is_live(change)
        if refusal:
            self._say(refusal, "-warning")
        elif self._told_live:
            now = present(self.state)  # a schedule may have moved it, or somebody else
            moves = [move(name, now.get(name), value) for name, value in change.settings.items()]
            self._say(self._texts.ui("applies_live", changes=", ".join(moves)), "-good")
        else:
            key = "starts_anew" if change.apply is Apply.RESTART else "starts_branch"
            self._say(self._texts.ui(key, how=self._how(change)), "-good")

    def news(self) -> None:
        """The training may be over, or have told its task."""
        change = self._chosen
        if change is not None and self._told_live != (not self._why_not(change) and self._is_live(change)):
            self.query_one("#text", Static).update(Content("\n").join(self._lines(change)))
            self._tell_how(change)

    def _is_live(self, change: Change) -> bool:
        """Whether it can be set in the training that is at work."""
        manifest = self.state.manifest
        can = manifest.settable if manifest is not None else None
        able = all(CATALOGUE[name].live if can is None else name in can for name in change.settings)
        return able and change.apply is Apply.LIVE and takes(manifest, "set") and not self.why_not()

    def _how(self, change: Change) -> str:
        return how_to_start(change, self.state, self._texts, live=self._is_live(change))

    def _lines(self, change: Change) -> Iterator[Content]:
        texts = self._texts
        words = texts.change(change)
        yield Content.assemble(
            (safe_text(words.action), "bold"), (f"   {safe_text(self._how(change))}", "$chart-label")
        )
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
        manifest = self.state.manifest
        if manifest is None:
            return self._texts.ui("not_ours")
        if not self._can_start(manifest):
            return self._texts.ui("not_ours")
        if manifest.source == "recorder" and not {*change.settings} <= {*branched_task(manifest).reads}:
            return self._texts.ui("not_told")
        if change.settings:
            return ""
        return self._texts.ui("no_value" if change.hyperparameter in CATALOGUE else "by_hand")

    def _can_start(self, manifest: Manifest) -> bool:
        if manifest.source != "worker":
            return manifest.source == "recorder"
        try:
            find_task(manifest.task)
        except TrainerError:
            return False
        return True

    def _say(self, sentence: str, tone: Tone) -> None:
        signs = {"-good": "⏎", "-warning": "!", "-error": "✗"}
        self.say(self.query_one("#how", Static), f"{signs[tone]} {sentence}", tone)

    def action_accept(self) -> None:
        """Set the change under the cursor in the running training, or start one with it: as it was told."""
        change = self._chosen
        if change is None or not self._told_live:
            self.action_start(False)
        elif self._is_live(change):
            reason = self._texts.ui("advice_reason", symptom=self._texts.symptom(change.symptom))
            self.dismiss(Wish(command="set", settings=change.settings, reason=reason))
        else:
            self.news()

    def action_start(self, from_beginning: bool) -> None:
        """Start a training with the change under the cursor; ask first what becomes of one that still runs."""
        change = self._chosen
        if change is not None and not self._why_not(change):
            start_beside(self.app, self.folder, self._at_work(), lambda stop: self._start(change, from_beginning, stop))

    def _start(self, change: Change, from_beginning: bool, stop_other: bool) -> None:
        assert self.state.manifest is not None
        step: At | None = None
        if not from_beginning and change.apply is not Apply.RESTART:
            step = self._newest if change.at_step is None else change.at_step
        settings = {name: as_text(value) for name, value in change.settings.items()}
        try:
            launched = self._services.launch(
                self.state.manifest.task, settings, parent=Origin(folder=self.folder, step=step)
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
