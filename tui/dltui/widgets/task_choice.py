"""What is to be trained: one of the built-in tasks, or a file of the person's own, whose path is typed."""

import os
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, Select, Static

from dltui.text import safe_text
from dltui.widgets.completing import PathSuggester
from dltui.widgets.hparam_field import ChoiceSelect
from dltui_trainers.errors import TrainerError
from dltui_trainers.named_task import find_task
from dltui_trainers.registry import TASKS, TaskInfo
from dltui_trainers.taskfile.names import is_task_file, split_name

OWN = "own file"
"""Shown among the tasks, of which none has a space in its name."""
NO_PATH = "Type the path of your task file, such as path/to/task.py; the right arrow completes it."


class TaskChoice(Horizontal):
    """A select of the tasks, and a field for the path while a file of one's own is wanted. Posts :class:`Chosen`.

    ``known``: what was chosen last; None while there is no such file, or it is wrong, which ``trouble`` says.
    """

    @dataclass
    class Chosen(Message):
        """Another task, or none yet."""

        task: TaskInfo | None
        trouble: str = ""

    def __init__(self, task: str, classes: str) -> None:
        """``task``: what is chosen at first. Raises ``TrainerError`` for a file that is none, or is gone."""
        super().__init__(classes=f"task--choice {classes}")
        self._first = task
        self.known: TaskInfo | None = TASKS[task] if task in TASKS else find_task(task)
        self.trouble = ""

    def compose(self) -> ComposeResult:
        is_own = self._first not in TASKS
        options = [(name, name) for name in (*TASKS, OWN)]
        yield Label("task", classes="field--name")
        yield ChoiceSelect(
            options,
            value=OWN if is_own else self._first,
            allow_blank=False,
            compact=True,
            id="task",
            classes="field--value",
        )
        path = Input(
            self._first if is_own else "",
            compact=True,
            id="file",
            classes="field--value -text",
            placeholder="path/to/task.py",
        )
        path.suggester = PathSuggester()
        path.display = is_own
        yield path
        yield Static(id="summary", classes="field--hint")

    def tell(self, summary: str) -> None:
        """Show in a few words what the task is."""
        self.query_one("#summary", Static).update(Content(safe_text(summary)))

    @property
    def is_own(self) -> bool:
        """Whether it is a file of the person's own."""
        return self.query_one("#task", Select).value == OWN

    @on(Select.Changed, "#task")
    def _choose(self, event: Select.Changed) -> None:
        event.stop()
        path = self.query_one("#file", Input)
        path.display, self.query_one("#summary").display = self.is_own, not self.is_own
        if self.is_own:
            self._find(path.value)
            self.call_after_refresh(path.focus)
        else:
            self._be(TASKS[str(event.value)])

    @on(Input.Changed, "#file")
    def _type(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_own:
            self._find(event.value)

    @on(Input.Submitted, "#file")
    def _submit(self, event: Input.Submitted) -> None:
        """The path is given: on to what there is to set."""
        event.stop()
        self.screen.focus_next()

    def _find(self, text: str) -> None:
        """Look at the file, of which nothing is run."""
        name = text.strip()
        if not name:
            self._be(None, NO_PATH)
        elif not is_task_file(name):
            self._be(None, _no_file(name))
        else:
            try:
                self._be(find_task(name))
            except TrainerError as error:
                self._be(None, str(error))

    def _be(self, task: TaskInfo | None, trouble: str = "") -> None:
        if (task, trouble) != (self.known, self.trouble):
            self.known, self.trouble = task, trouble
            self.post_message(self.Chosen(task, trouble))


def _no_file(name: str) -> str:
    path, _ = split_name(name)
    path = os.path.expanduser(path or name)
    if os.path.isdir(path):
        return f"{name} is a folder: go on to the file in it, {os.path.join(name, 'task.py')}."
    return f"{name} is no task file, whose name ends in .py."
