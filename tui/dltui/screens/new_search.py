"""The dialog that starts a search or a tuning: the task, how the trials are chosen, what is tried, and how many."""

from dataclasses import dataclass
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Select, Static
from textual.worker import get_current_worker

from dltui.errors import DltuiError
from dltui.runs.data import DataSeen
from dltui.screens.search_asked import METHODS, OBJECTIVE, PRUNERS, SPACES, TUNE, Typed, options_of
from dltui.search.study.options import SearchOptions, TuneOptions
from dltui.services import Services
from dltui.text import safe_text
from dltui.widgets.hparam_field import ChoiceSelect
from dltui.widgets.search_space import space_text
from dltui.widgets.task_choice import TaskChoice
from dltui_trainers.errors import TrainerError
from dltui_trainers.registry import TASKS, TaskInfo

KEYS = "↓↑ field   Enter opens a choice, or starts   ^s starts   Esc closes"
_FOR_SEARCH = ("space", "over", "pruner", "workers")
"""The fields that a tuning has no use for."""


@dataclass
class DataTried(Message):
    """The data that the settings name were looked at."""

    task: str
    settings: dict[str, str]
    seen: DataSeen
    bubble = False


class NewSearchScreen(ModalScreen[Path | None]):
    """Answers with the folder of the study that was started, or None."""

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
        self._searched = TASKS[task]
        self._tried: DataTried | None = None
        self._is_awaited = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog tuning"):
            yield Static(Content("Search the hyperparameters of a task"), classes="dialog--question")
            yield TaskChoice(self._searched.name, classes="field")
            yield from _field("method", _choice("method", METHODS))
            yield from _field("objective", _input("objective", f"{OBJECTIVE}; or max val_accuracy, min val_perplexity"))
            yield from _field("given", _input("given", "name=value ...: what no trial shall change, such as model=cnn"))
            yield from _field("space", _choice("space", SPACES))
            yield from _field("over", _input("over", "lr=1e-4..0.1 width=32,64: in the place of the usual; or beside"))
            yield from _field("trials", _input("trials", "40 of a search, 10 of a tuning; 0: no limit"))
            yield from _field("budget", _input("budget", "90, 5m, 1h; empty: no limit"))
            yield from _field("pruner", _choice("pruner", PRUNERS))
            yield from _field("workers", _input("workers", "trainings at a time; empty: as this machine has room for"))
            yield Static(id="search-preview")
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
        self._searched = event.task or self._searched
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

    @property
    def _typed(self) -> Typed:
        inputs = {name: self.query_one(f"#search-{name}", Input).value.strip() for name in _INPUTS}
        chosen = {name: str(self.query_one(f"#search-{name}", Select).value) for name in ("method", "space", "pruner")}
        return Typed(**inputs, **chosen)

    def _check(self) -> SearchOptions | TuneOptions | None:
        """Return what is asked for; None while something stands in the way, or is not known yet. It is said."""
        if not self.is_mounted:
            return None
        choice, typed = self.query_one(TaskChoice), self._typed
        choice.tell(self._searched.summary)
        for name in _FOR_SEARCH:
            self.query_one(f"#row-{name}").display = typed.method != TUNE
        if choice.known is None:
            self._refuse(choice.trouble)
            return None
        try:
            task = self._task_with(typed)
            if task is None:
                return None
            options = options_of(task, typed)
        except (DltuiError, TrainerError) as error:
            self._refuse(str(error))
            return None
        told = space_text(options) if isinstance(options, SearchOptions) else _ABOUT_TUNING
        self.query_one("#search-preview", Static).update(told)
        self._say(f"✓ Ready: {_called(options)} of {self._searched.title}", "-good")
        return options

    def _task_with(self, typed: Typed) -> TaskInfo | None:
        """The task as its data make it; None until they have been looked at, or if they cannot be, which is said."""
        if not self._searched.resolver:
            return self._searched
        settings, known = typed.settings, self._tried
        if known is None or (known.task, known.settings) != (self._searched.name, settings):
            self._try_data(self._searched, settings)
            self._say("… reading the data", "-good")
            return None
        if known.seen.trouble:
            self._refuse(known.seen.trouble)
            return None
        return known.seen.task

    @work(thread=True, exclusive=True, group="data")
    def _try_data(self, task: TaskInfo, settings: dict[str, str]) -> None:
        """Look at the data in a thread: a large file takes its time."""
        worker = get_current_worker()
        seen = self._services.look_at_data(task, settings)
        if not worker.is_cancelled:
            self.post_message(DataTried(task.name, settings, seen))

    @on(DataTried)
    def _take(self, event: DataTried) -> None:
        if not self.is_attached:
            return
        self._tried = event
        was_awaited, self._is_awaited = self._is_awaited, False
        if self._check() is not None and was_awaited:
            self.action_start()

    def _refuse(self, sentence: str) -> None:
        """Say what stands in the way. It is written for the command line, and here a field takes it."""
        self.query_one("#search-preview", Static).update(Content())
        for option in ("--set ", "--over ", "--"):
            sentence = sentence.replace(option, "")
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
            self._is_awaited = bool(self._searched.resolver)
            return
        try:
            folder = self._services.launch_study(self._searched.name, options)
        except (DltuiError, TrainerError) as error:
            self._refuse(str(error))
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


_INPUTS = ("objective", "given", "over", "trials", "budget", "workers")
_ABOUT_TUNING = Content.styled(
    "Trains, looks at the curves, and changes what they ask for, one thing at a time; what hurts is backed out.",
    "$chart-label",
)


def _field(name: str, box: Widget) -> ComposeResult:
    with Horizontal(classes="field", id=f"row-{name}"):
        yield Label(name, classes="field--name")
        yield box


def _choice(name: str, options: list[tuple[str, str]]) -> ChoiceSelect:
    first = options[0][1]
    return ChoiceSelect(
        options, value=first, allow_blank=False, compact=True, id=f"search-{name}", classes="field--value -text"
    )


def _input(name: str, hint: str) -> Input:
    return Input(placeholder=hint, compact=True, id=f"search-{name}", classes="field--value -text")


def _called(options: SearchOptions | TuneOptions) -> str:
    if isinstance(options, TuneOptions):
        return "a tuning"
    return f"a {options.method} search" + (f" ({options.sampler})" if options.method == "bayes" else "")
