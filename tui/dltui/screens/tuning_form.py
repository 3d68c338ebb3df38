"""A dialog that starts what tunes a task by itself: the task, what is given for it, and a line that says what is wrong.

Where the data of the task are a person's own, they are looked at in a thread before anything can be started.
"""

from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Select, Static
from textual.worker import get_current_worker

from dltui.errors import DltuiError
from dltui.messages import DataLookedAt
from dltui.services import Services
from dltui.text import safe_text
from dltui.widgets.hparam_field import ChoiceSelect
from dltui.widgets.task_choice import TaskChoice
from dltui_trainers.errors import TrainerError
from dltui_trainers.registry import TASKS, TaskInfo

Options = TypeVar("Options")


class TuningForm(ModalScreen[Path | None], Generic[Options]):
    """Answers with the folder of what was started with ``Options``, or None."""

    BINDINGS = [
        Binding("escape", "leave", "Close"),
        Binding("ctrl+s,f5", "start", "Start"),
        # at once: what is typed right behind an arrow is for the field that it leads to
        Binding("down", "turn(1)", "Next field", show=False, priority=True),
        Binding("up", "turn(-1)", "Previous field", show=False, priority=True),
    ]
    heading: ClassVar[str]
    keys_told: ClassVar[str]
    for_command_line: ClassVar[tuple[str, ...]] = ("--set ",)
    """What is left out of a sentence that is written for the command line: here a field takes it."""

    def __init__(self, services: Services, task: str = "digits") -> None:
        super().__init__()
        self._services = services
        self.tuned = TASKS[task]
        self._tried: DataLookedAt | None = None
        self._is_awaited = False

    def fields(self) -> ComposeResult:
        """Lay out what is typed and chosen beside the task, and what is told of it."""
        raise NotImplementedError

    def options(self) -> Options | None:
        """Return what is asked for, checked, and tell of it; None while the data are read, see :meth:`task_with`.

        Raises :class:`DltuiError` and :class:`TrainerError` for what cannot be.
        """
        raise NotImplementedError

    def called(self, options: Options) -> str:
        """Return what would be started, in a few words."""
        raise NotImplementedError

    def launch(self, task: str, options: Options) -> Path:
        """Start it and return its folder. Raises :class:`DltuiError` and :class:`TrainerError`."""
        raise NotImplementedError

    def text_field(self, name: str, hint: str) -> Horizontal:
        """Return a field for a text; ``hint`` stands in it while it is empty."""
        return _field(name, Input(placeholder=hint, compact=True, id=f"tuning-{name}", classes="field--value -text"))

    def choice_field(self, name: str, options: list[tuple[str, str]]) -> Horizontal:
        """Return a field for one of ``options``, each as it is shown and what it stands for; the first is chosen."""
        box = ChoiceSelect(
            options,
            value=options[0][1],
            allow_blank=False,
            compact=True,
            id=f"tuning-{name}",
            classes="field--value -text",
        )
        return _field(name, box)

    def typed(self, name: str) -> str:
        """Return what is typed in that field."""
        return self.query_one(f"#tuning-{name}", Input).value.strip()

    def chosen(self, name: str) -> str:
        """Return what the choice in that field stands for."""
        return str(self.query_one(f"#tuning-{name}", Select).value)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog tuning"):
            yield Static(Content(self.heading), classes="dialog--question")
            yield TaskChoice(self.tuned.name, classes="field")
            yield from self.fields()
            with Horizontal(classes="form--start"):
                yield Static(id="check")
                yield Button("Start", id="start", variant="primary", compact=True)
            yield Static(Content(self.keys_told), classes="dialog--hint")

    def on_mount(self) -> None:
        self.query_one("#task").focus()
        self._check()

    @on(TaskChoice.Chosen)
    def _choose(self, event: TaskChoice.Chosen) -> None:
        event.stop()
        self.tuned = event.task or self.tuned
        self._check()

    @on(Select.Changed)
    @on(Input.Changed)
    def _edit(self, event: Select.Changed | Input.Changed) -> None:
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
        choice.tell(self.tuned.summary)
        if choice.known is None:
            self.refuse(choice.trouble)
            return None
        try:
            options = self.options()
        except (DltuiError, TrainerError) as error:
            self.refuse(str(error))
            return None
        if options is not None:
            self._say(f"✓ Ready: {self.called(options)}", "-good")
        return options

    def task_with(self, settings: dict[str, str]) -> TaskInfo | None:
        """The task as its data make it; None until they have been looked at, or if they cannot be, which is said."""
        if not self.tuned.resolver:
            return self.tuned
        known = self._tried
        if known is None or (known.task, known.settings) != (self.tuned.name, settings):
            self._try_data(self.tuned, settings)
            self._say("… reading the data", "-good")
            return None
        if known.seen.trouble:
            self.refuse(known.seen.trouble)
            return None
        return known.seen.task

    @work(thread=True, exclusive=True, group="data")
    def _try_data(self, task: TaskInfo, settings: dict[str, str]) -> None:
        """Look at the data in a thread: a large file takes its time."""
        worker = get_current_worker()
        seen = self._services.look_at_data(task, settings)
        if not worker.is_cancelled:
            self.post_message(DataLookedAt(task.name, settings, seen))

    @on(DataLookedAt)
    def _take(self, event: DataLookedAt) -> None:
        if not self.is_attached:
            return
        self._tried = event
        was_awaited, self._is_awaited = self._is_awaited, False
        if self._check() is not None and was_awaited:
            self.action_start()

    def refuse(self, sentence: str) -> None:
        """Say what stands in the way."""
        for words in self.for_command_line:
            sentence = sentence.replace(words, "")
        self._say(f"✗ {sentence}", "-error")

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
            self._is_awaited = bool(self.tuned.resolver)
            return
        try:
            folder = self.launch(self.tuned.name, options)
        except (DltuiError, TrainerError) as error:
            self.refuse(str(error))
        else:
            self.dismiss(folder)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While choices are open, the arrows are theirs."""
        return not (action == "turn" and any(each.expanded for each in self.query(Select)))

    def action_turn(self, by: int) -> None:
        """Go to the next field, or the one before."""
        (self.focus_next if by > 0 else self.focus_previous)()

    def action_leave(self) -> None:
        """Start nothing."""
        self.dismiss(None)


def _field(name: str, box: Widget) -> Horizontal:
    return Horizontal(Label(name, classes="field--name"), box, classes="field", id=f"row-{name}")
