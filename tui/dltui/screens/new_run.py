"""The form for a new training: the task, its hyperparameters by family, and what is wrong with them while you type."""

from collections.abc import Mapping
from typing import Literal

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Footer, Static
from textual.worker import get_current_worker

from dltui.advice.lint import lint
from dltui.diagnosis.finding import Severity
from dltui.errors import DltuiError
from dltui.formatting import short_path
from dltui.messages import DataLookedAt
from dltui.runs.data import DataSeen
from dltui.runs.launch import Launched
from dltui.services import Services
from dltui.text import safe_text
from dltui.widgets.family_strip import FamilyStrip
from dltui.widgets.hparam_field import HparamField
from dltui.widgets.hparam_form import HparamForm
from dltui.widgets.hparam_values import default_text
from dltui.widgets.task_choice import TaskChoice
from dltui_trainers.configure import configure
from dltui_trainers.errors import TrainerError
from dltui_trainers.named_task import find_task
from dltui_trainers.registry import TASKS, TaskInfo

KEYS = "Enter opens a choice · ↓↑ the next field · PgDn PgUp the next family"
PATIENCE_S = 0.2
"""What is looked at faster than that is not announced: the line would flash at every key."""


class NewRunScreen(Screen[Launched | None]):
    """Answers with the training that was started, or None."""

    TITLE = "new run"
    BINDINGS = [
        Binding("ctrl+s,f5", "start", "Start", key_display="^s"),
        Binding("pagedown", "turn(1)", "Family", key_display="PgUp/PgDn"),
        Binding("pageup", "turn(-1)", "Family before", show=False),
        Binding("escape", "leave", "Back"),
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]

    def __init__(
        self,
        services: Services,
        task: str = "digits",
        settings: Mapping[str, str] | None = None,
        source: str = "",
    ) -> None:
        """``settings``: what is filled in at first, and ``source``: where it comes from.

        Raises ``TrainerError`` where ``task`` is a file that is none any more.
        """
        super().__init__()
        self._services = services
        self._chosen: TaskInfo = TASKS[task] if task in TASKS else find_task(task)
        self._first_task = task
        self._filled = dict(settings or {})
        self._source = source
        self._told = self._chosen.summary
        self._is_looking = False
        self._is_announced = False
        self._is_awaited = False
        """Whether the training is to be started as soon as its data have been looked at."""

    def compose(self) -> ComposeResult:
        yield TaskChoice(self._first_task, classes="form--task")
        yield FamilyStrip(id="strip")
        yield HparamForm(id="form")
        with Vertical(classes="form--end"):
            yield Static(id="explanation")
            with Horizontal(classes="form--start"):
                yield Static(id="check")
                yield Button("Start training", id="start", variant="primary", compact=True)
        yield Footer(show_command_palette=False)

    async def on_mount(self) -> None:
        await self._show_task()
        if self._filled:
            self._form.fill(self._filled)
            self._form.edit("epochs")

    @property
    def _form(self) -> HparamForm:
        return self.query_one(HparamForm)

    async def _show_task(self) -> None:
        self._told = self._chosen.summary
        await self._form.show(self._chosen, {name: default_text(self._chosen, name) for name in self._chosen.reads})
        self._explain()
        self._check()

    @on(TaskChoice.Chosen)
    async def _choose_task(self, event: TaskChoice.Chosen) -> None:
        event.stop()
        for each in (self._form, self.query_one(FamilyStrip)):
            each.visible = event.task is not None
        if event.task is None:
            self._is_awaited = False
            self._told = "your own data, model and loss, in a file"
            self._explain()
            self._check()
        else:
            self._chosen = event.task
            await self._show_task()

    @on(HparamForm.Changed)
    def _edit(self, event: HparamForm.Changed) -> None:
        event.stop()
        self._check()

    @on(FamilyStrip.Chosen)
    def _go(self, event: FamilyStrip.Chosen) -> None:
        event.stop()
        self._form.jump(event.family)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Tell what is being edited."""
        self._explain()

    def _explain(self) -> None:
        focused = self.focused
        field = next((each for each in focused.ancestors if isinstance(each, HparamField)), None) if focused else None
        told = field.explanation if field else Content(f"{safe_text(self._told)}\n{KEYS}" if focused else "")
        source = f"with the settings of {self._source} · " if self._source else ""
        self.query_one(TaskChoice).tell(f"{source}{self._told}")
        self.query_one("#explanation", Static).update(told)
        self._tell_families()

    def _tell_families(self) -> None:
        self.query_one(FamilyStrip).tell(self._form.families, self._form.family)

    def _check(self) -> None:
        """Say what is wrong, or that it is ready; where the data are the user's, after they were looked at."""
        self._is_awaited = False
        self._tell_families()
        choice = self.query_one(TaskChoice)
        if choice.known is None:
            self._say(choice.trouble)
            return
        settings = self._form.settings
        try:
            configure(self._chosen, settings)
        except TrainerError as error:
            self._say(str(error))
            return
        if not self._chosen.resolver:
            self._judge(DataSeen(task=self._chosen, settings=settings))
        elif not self._is_looking:
            self._is_looking = True
            self._look(self._chosen, settings)
            self.set_timer(PATIENCE_S, self._announce)
        elif self._is_announced:
            self._announce()

    @work(thread=True, exclusive=True, group="data")
    def _look(self, task: TaskInfo, settings: dict[str, str]) -> None:
        """Look at the data in a thread: a large file takes its time. One look at a time, and then the latest."""
        worker = get_current_worker()
        looked = DataLookedAt(task.name, settings, self._services.look_at_data(task, settings))
        if not worker.is_cancelled:
            self.post_message(looked)

    def _announce(self) -> None:
        self._is_announced = self._is_looking
        if self._is_looking:
            path = short_path(self._form.settings.get("data", ""))
            self._tell([f"… reading {path or 'the data'}"], "-good")
            self.query_one("#start", Button).disabled = True

    @on(DataLookedAt)
    def _take(self, event: DataLookedAt) -> None:
        self._is_looking = self._is_announced = False
        if not self.is_attached:
            return
        if (event.task, event.settings) != (self._chosen.name, self._form.settings):
            was_awaited = self._is_awaited
            self._check()
            self._is_awaited = was_awaited
            return
        self._form.offer(event.seen.words)
        if self._judge(event.seen) and self._is_awaited:
            self._launch()

    def _judge(self, seen: DataSeen) -> bool:
        """Say what there is to say about settings whose data are known; return whether they can be started."""
        self._form.limit(seen.task.reads)
        self._told = seen.found
        self._explain()
        if seen.trouble:
            # it is said for the command line, and here a field is what takes it
            self._say(seen.trouble.replace("--set ", ""))
            return False
        try:
            hparams, warnings = configure(seen.task, seen.settings)
        except TrainerError as error:
            self._say(str(error))
            return False
        remarks, texts = lint(seen.task, hparams), self._services.texts()
        # one line a hyperparameter: a remark knows a better value, a warning only that this one is unusual
        remarked = {remark.hyperparameter for remark in remarks}
        warnings = [warning for warning in warnings if warning.split(" ", 1)[0] not in remarked]
        lines = [*(f"· {note}" for note in seen.task.notes), *(f"! {warning}" for warning in warnings)]
        lines += [f"{'●' if each.severity is Severity.INFO else '▲'} {texts.remark(each)}" for each in remarks]
        unusual = bool(warnings) or any(remark.severity is not Severity.INFO for remark in remarks)
        lines = lines if unusual else [f"✓ {self._summary()}", *lines]
        lines += [f"· {name} is left out: it has no effect with {why}." for name, why in self._form.aside.items()]
        self._tell(lines, "-warning" if unusual else "-good")
        return True

    def _summary(self) -> str:
        changed = {name: text for name, text in self._form.settings.items() if name != "data"}
        told = "  ".join(f"{name}={text}" for name, text in changed.items())
        return f"Ready: {self._chosen.title} with {told or 'its defaults'}."

    def _say(self, sentence: str) -> None:
        """Say the one thing that stands in the way."""
        self._tell([f"✗ {sentence}"], "-error")

    def _tell(self, lines: list[str], kind: Literal["-error", "-warning", "-good"]) -> None:
        check = self.query_one("#check", Static)
        check.update(Content("\n".join(map(safe_text, lines))))
        for each in ("-error", "-warning", "-good"):
            check.set_class(each == kind, each)
        self.query_one("#start", Button).disabled = kind == "-error"

    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Start the training, unless something is wrong with it; while its data are read, as soon as they are."""
        self._check()
        if self._is_looking:
            self._is_awaited = True
        elif not self.query_one("#start", Button).disabled:
            self._launch()

    def _launch(self) -> None:
        self._is_awaited = False
        try:
            launched = self._services.launch(self._chosen.name, self._form.settings)
        except (DltuiError, TrainerError) as error:
            self._say(str(error))
            return
        self.dismiss(launched)

    def action_turn(self, by: int) -> None:
        """Go to another family."""
        self._form.action_turn(by)

    def action_leave(self) -> None:
        """Go back without a training."""
        self.dismiss(None)
