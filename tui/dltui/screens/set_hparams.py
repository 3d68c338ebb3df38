"""The form for a running training: every hyperparameter that can be set while it runs, with its present value."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from dltui.runs.wish import Wish
from dltui.screens.form_about_run import FormAboutRun
from dltui.series.state import RunState
from dltui.text import safe_text
from dltui.widgets.hparam_form import HparamForm
from dltui.widgets.hparam_values import default_text
from dltui.widgets.intervened import move, present
from dltui_trainers.configure import as_json, as_settings, configure, without_effect
from dltui_trainers.errors import TrainerError
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

KEYS = "↑↓ field   / * by 3   < > by 10   Enter twice sets   Esc closes"


class SetScreen(FormAboutRun[Wish | None]):
    """Answers with what shall be set in the training of ``task``. Several are set in the same breath, or none."""

    BINDINGS = [Binding("ctrl+s,f5", "send", "Set")]
    rows_beside = 10
    explanations: ClassVar[Mapping[str, str]] = {
        "reason": "It is kept in the log and in the history, beside what came of the change."
    }

    def __init__(self, folder: Path, state: RunState, why_not: Callable[[], str], task: TaskInfo) -> None:
        super().__init__(folder, state, why_not)
        self._trained = task
        self._told = dict(state.hparams)
        self._is_asked = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog tuning"):
            yield Static(
                Content(f"Set in the running training: {safe_text(self.folder.name)}"), classes="dialog--question"
            )
            yield HparamForm(self._trained, *present_values(self.state, self._trained), called="now", id="form")
            yield from self.compose_below("reason", "why, for the history (you may leave it out)", KEYS)

    def on_mount(self) -> None:
        self._check()

    def news(self) -> None:
        """Somebody else may have set something, or the training is over."""
        if self.state.hparams != self._told:
            self._told = dict(self.state.hparams)
            self.query_one(HparamForm).renew(*present_values(self.state, self._trained))
            self._is_asked = False
        if not self._is_asked or self.why_not():
            self._check()

    @on(HparamForm.Changed)
    def _edit(self, event: HparamForm.Changed) -> None:
        event.stop()
        self._is_asked = False
        self._check()

    @on(Input.Submitted)
    def _enter(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_send()

    def _check(self) -> dict[str, Value] | None:
        """Return the values to set, None while something stands in the way; say which it is."""
        line, form = self.query_one("#check", Static), self.query_one(HparamForm)
        trouble = self.why_not()
        if trouble:
            self.say(line, f"✗ {trouble}", "-error")
            return None
        base, _ = as_settings(self._trained, self.state.hparams)
        try:
            hparams, warnings = configure(self._trained, form.settings, base)
        except TrainerError as error:
            self.say(line, f"✗ {error}", "-error")
            return None
        every = as_json(hparams, self._trained)
        values = {name: every[name] for name in form.settings}
        trouble = self._trouble(values, without_effect(every))
        if trouble:
            self.say(line, f"✗ {trouble}", "-error")
            return None
        if not values:
            self.say(line, Content.styled("Nothing is changed yet.", "$chart-label"), "-good")
            return None
        self._tell(line, values, warnings)
        return values

    def _trouble(self, values: dict[str, Value], idle: dict[str, str]) -> str:
        """Why the training would refuse it, which only a running one would."""
        for name in values:
            if name in idle:
                return f"{name} has no effect with {idle[name]}."
        epochs, done = values.get("epochs"), self.state.epoch
        if isinstance(epochs, int) and epochs <= done:
            return (
                f"epochs = {epochs} is too few: {int(done)} are done already; k on the run screen stops the training."
            )
        return ""

    def _tell(self, line: Static, values: dict[str, Value], warnings: list[str]) -> None:
        now = present(self.state)
        moves = {name: move(name, now.get(name), value) for name, value in values.items()}
        lines = [Content(safe_text(f"! {warning}")) for warning in warnings]
        if self._is_asked:
            keys = ("Enter sets it, Esc does not", "bold $text-accent")
            lines.append(Content.assemble((", ".join(moves.values()), "bold"), "   ", keys))
        else:
            lines += [
                Content.assemble((told, "bold"), (f"   {self._trained.hparam(name).help}", "$chart-label"))
                for name, told in moves.items()
            ]
        self.say(line, Content("\n").join(lines), "-warning" if warnings else "-good")

    def action_send(self) -> None:
        """Ask once more, then answer with what is to be set."""
        was_asked, self._is_asked = self._is_asked, True
        values = self._check()
        if values is None:
            self._is_asked = False
        elif was_asked:
            self.dismiss(Wish(command="set", settings=values, reason=self.query_one("#reason", Input).value.strip()))

    def action_leave(self) -> None:
        """Take the question back; set nothing."""
        if self._is_asked:
            self._is_asked = False
            self._check()
        else:
            self.dismiss(None)


def present_values(state: RunState, task: TaskInfo) -> tuple[dict[str, str], dict[str, str]]:
    """Return what can be set in the running training, as a person would type it, and the rest; name -> text."""
    known = as_settings(task, present(state))[0]
    values = {name: known.get(name, default_text(task, name)) for name in task.reads}
    live = {name: text for name, text in values.items() if task.hparam(name).live}
    return live, {name: text for name, text in values.items() if name not in live}
