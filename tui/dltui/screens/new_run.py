"""The form for a new training: the task, its hyperparameters by family, and what is wrong with them while you type."""

from typing import Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Footer, Label, Select, Static

from dltui.advice.lint import lint
from dltui.diagnosis.finding import Severity
from dltui.errors import DltuiError
from dltui.runs.launch import Launched
from dltui.services import Services
from dltui.text import safe_text
from dltui.widgets.hparam_field import HparamField
from dltui.widgets.hparam_form import HparamForm, default_text
from dltui_trainers.configure import as_json, configure, without_effect
from dltui_trainers.errors import TrainerError
from dltui_trainers.registry import TASKS, TaskInfo


class NewRunScreen(Screen[Launched | None]):
    """Answers with the training that was started, or None."""

    TITLE = "new run"
    BINDINGS = [
        Binding("ctrl+s,f5", "start", "Start", key_display="^s"),
        Binding("escape", "leave", "Back"),
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]

    def __init__(self, services: Services, task: str = "digits") -> None:
        super().__init__()
        self._services = services
        self._chosen: TaskInfo = TASKS[task]
        self._settings: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        with Horizontal(classes="form--task"):
            yield Label("task", classes="field--name")
            options = [(name, name) for name in TASKS]
            yield Select(
                options, value=self._chosen.name, allow_blank=False, compact=True, id="task", classes="field--value"
            )
            yield Static(id="summary", classes="field--hint")
        yield HparamForm(id="form")
        with Vertical(classes="form--end"):
            yield Static(id="explanation")
            yield Static(id="check")
            yield Button("Start training", id="start", variant="primary", compact=True)
        yield Footer(show_command_palette=False)

    async def on_mount(self) -> None:
        await self._show_task()

    async def _show_task(self) -> None:
        self.query_one("#summary", Static).update(Content(self._chosen.summary))
        initial = {name: default_text(self._chosen, name) for name in self._chosen.reads}
        await self.query_one(HparamForm).show(initial)
        self._check()

    @on(Select.Changed, "#task")
    async def _choose_task(self, event: Select.Changed) -> None:
        event.stop()
        if str(event.value) != self._chosen.name:
            self._chosen = TASKS[str(event.value)]
            self._settings = {}
            await self._show_task()

    @on(HparamForm.Changed)
    def _edit(self, event: HparamForm.Changed) -> None:
        event.stop()
        self._settings = event.settings
        self._check()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Explain the hyperparameter that is being edited."""
        field = next((each for each in event.widget.ancestors if isinstance(each, HparamField)), None)
        self.query_one("#explanation", Static).update(Content(field.explanation if field else ""))

    def _check(self) -> bool:
        try:
            hparams, warnings = configure(self._chosen, self._settings)
        except TrainerError as error:
            self._say(str(error))
            return False
        idle = without_effect(as_json(hparams, self._chosen))
        self.query_one(HparamForm).mark_idle(idle)
        remarks, texts = lint(self._chosen, hparams), self._services.texts()
        # one line a hyperparameter: a remark knows a better value, a warning only that this one is unusual
        remarked = {remark.hyperparameter for remark in remarks}
        warnings = [warning for warning in warnings if warning.split(" ", 1)[0] not in remarked]
        lines = [f"! {warning}" for warning in warnings]
        lines += [f"{'●' if each.severity is Severity.INFO else '▲'} {texts.remark(each)}" for each in remarks]
        unusual = bool(warnings) or any(remark.severity is not Severity.INFO for remark in remarks)
        self._tell(lines if unusual else [f"✓ {self._summary()}", *lines], "-warning" if unusual else "-good")
        return True

    def _summary(self) -> str:
        changed = "  ".join(f"{name}={text}" for name, text in self._settings.items())
        return f"Ready: {self._chosen.name} with {changed or 'its defaults'}."

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
        """Start the training, unless something is wrong with it."""
        if not self._check():
            return
        try:
            launched = self._services.launch(self._chosen.name, dict(self._settings))
        except (DltuiError, TrainerError) as error:
            self._say(str(error))
            return
        self.dismiss(launched)

    def action_leave(self) -> None:
        """Go back without a training."""
        self.dismiss(None)
