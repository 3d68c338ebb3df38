"""The dialog that starts a guide: the task, what is given, the time for it, and what it will do with that time."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static
from textual.worker import get_current_worker

from dltui.errors import DltuiError, UsageError
from dltui.guide.budget import SHARES
from dltui.guide.options import STEPS, Options, checked
from dltui.guide.told_time import seconds_in
from dltui.services import Services
from dltui.text import safe_text
from dltui.widgets.guide_words import step_title
from dltui.widgets.task_choice import TaskChoice
from dltui_trainers.configure import configure
from dltui_trainers.errors import TrainerError
from dltui_trainers.registry import TASKS, TaskInfo

KEYS = "↓↑ field   Enter starts   Esc closes"
TOLD_BUDGET = "The budget is chosen once the data are known; each step has its share, and what it leaves goes on."
GIVEN_BUDGET = "What a step leaves over goes to those after it; the whole budget is kept."


@dataclass
class DataTried(Message):
    """The data that the settings name were looked at; ``trouble`` says what is wrong with them."""

    task: str
    settings: dict[str, str]
    trouble: str
    bubble = False


class NewGuideScreen(ModalScreen[Path | None]):
    """Answers with the folder of the guide that was started, or None."""

    BINDINGS = [
        Binding("escape", "leave", "Close"),
        Binding("ctrl+s,f5", "start", "Start"),
        # at once: what is typed right behind an arrow is for the field that it leads to
        Binding("down", "turn(1)", "Next field", show=False, priority=True),
        Binding("up", "turn(-1)", "Previous field", show=False, priority=True),
    ]

    def __init__(self, services: Services, task: str = "digits") -> None:
        super().__init__()
        self._services = services
        self._texts = services.guide_texts()
        self._tuned = TASKS[task]
        self._tried: DataTried | None = None
        self._is_awaited = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog tuning"):
            yield Static(Content("Let the guide tune a task"), classes="dialog--question")
            yield TaskChoice(self._tuned.name, classes="field")
            with Horizontal(classes="field"):
                yield Label("given", classes="field--name")
                hint = "name=value ...: what no step shall change, such as model=cnn"
                yield Input(placeholder=hint, compact=True, id="given", classes="field--value -text")
            with Horizontal(classes="field"):
                yield Label("budget", classes="field--name")
                hint = "90, 5m, 1h; empty: as the data need it"
                yield Input(placeholder=hint, compact=True, id="budget", classes="field--value -text")
            yield Static(id="plan")
            with Horizontal(classes="form--start"):
                yield Static(id="check")
                yield Button("Start", id="start", variant="primary", compact=True)
            yield Static(Content(KEYS), classes="dialog--hint")

    def on_mount(self) -> None:
        self.query_one("#task").focus()
        self._check()

    @on(TaskChoice.Chosen)
    def _choose(self, event: TaskChoice.Chosen) -> None:
        event.stop()
        self._tuned = event.task or self._tuned
        self._check()

    @on(Input.Changed)
    def _edit(self, event: Input.Changed) -> None:
        event.stop()
        self._is_awaited = False
        self._check()

    @on(Input.Submitted)
    def _enter(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_start()

    def _check(self) -> Options | None:
        """Return what is asked for; None while something stands in the way, or is not known yet. It is said."""
        choice = self.query_one(TaskChoice)
        choice.tell(self._tuned.summary)
        if choice.known is None:
            self._say(f"✗ {choice.trouble}", "-error")
            return None
        try:
            options = self._options()
            self._show_plan(options.budget_s)
            configure(self._tuned, options.settings)
        except (DltuiError, TrainerError) as error:
            self._say(f"✗ {error}".replace("--set ", ""), "-error")
            return None
        if self._tuned.resolver:
            known = self._tried
            if known is None or (known.task, known.settings) != (self._tuned.name, options.settings):
                self._try_data(self._tuned, options.settings)
                self._say("… reading the data", "-good")
                return None
            if known.trouble:
                self._say(f"✗ {known.trouble}".replace("--set ", ""), "-error")
                return None
        self._say(f"✓ Ready: a guide for {self._tuned.title}", "-good")
        return options

    def _options(self) -> Options:
        budget = self.query_one("#budget", Input).value.strip()
        given = settings_in(self.query_one("#given", Input).value)
        return checked(Options(settings=given, budget_s=seconds_in(budget) if budget else 0.0))

    def _show_plan(self, budget_s: float) -> None:
        lines = [Content.styled(GIVEN_BUDGET if budget_s else TOLD_BUDGET, "$chart-label")]
        for step in STEPS:
            share = SHARES[step] / sum(SHARES)
            time = f"{share * budget_s:.0f} s" if budget_s else f"{100 * share:.0f} %"
            lines.append(Content(f"{step}  {step_title(self._texts, step):<16} {time:>8}"))
        self.query_one("#plan", Static).update(Content("\n").join(lines))

    @work(thread=True, exclusive=True, group="data")
    def _try_data(self, task: TaskInfo, settings: dict[str, str]) -> None:
        """Look at the data in a thread: a large file takes its time."""
        worker = get_current_worker()
        seen = self._services.look_at_data(task, settings)
        if not worker.is_cancelled:
            self.post_message(DataTried(task.name, settings, seen.trouble))

    @on(DataTried)
    def _take(self, event: DataTried) -> None:
        if not self.is_attached:
            return
        self._tried = event
        was_awaited, self._is_awaited = self._is_awaited, False
        if self._check() is not None and was_awaited:
            self.action_start()

    def _say(self, sentence: str, tone: str) -> None:
        check = self.query_one("#check", Static)
        check.update(Content(safe_text(sentence)))
        for each in ("-error", "-good"):
            check.set_class(each == tone, each)
        self.query_one("#start", Button).disabled = tone == "-error"

    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Start it, unless something is wrong; while its data are read, as soon as they are."""
        options = self._check()
        if options is None:
            self._is_awaited = bool(self._tuned.resolver)
            return
        try:
            folder = self._services.launch_guide(self._tuned.name, options)
        except (DltuiError, TrainerError) as error:
            self._say(f"✗ {error}".replace("--set ", ""), "-error")
        else:
            self.dismiss(folder)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the choices are open, the arrows are theirs."""
        return not (action == "turn" and self.query_one("#task", Select).expanded)

    def action_turn(self, by: int) -> None:
        """Go to the next field, or the one before."""
        (self.focus_next if by > 0 else self.focus_previous)()

    def action_leave(self) -> None:
        """Start nothing."""
        self.dismiss(None)


def settings_in(text: str) -> dict[str, str]:
    """Return the settings in ``name=value name=value``. Raises :class:`UsageError` for what is none."""
    try:
        words = shlex.split(text)
    except ValueError:
        raise UsageError("A quote is not closed.") from None
    settings = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"'{word}' is not name=value, such as lr=0.01.")
        settings[name] = value
    return settings
