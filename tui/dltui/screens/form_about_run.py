"""A dialog about a run with a form of hyperparameters: what the dialogs to set some and to branch have in common."""

from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Label, Static

from dltui.screens.about_run import AboutRun, Result
from dltui.widgets.hparam_field import HparamField
from dltui.widgets.hparam_form import HparamForm


class FormAboutRun(AboutRun[Result]):
    """Below the form stand a line to type into, the explanation of what is being edited, the check and the keys.

    ``rows_beside``: the rows of the frame and of what stands above and below the form. ``explanations``: of what is no
    field of the form, id -> sentence.
    """

    BINDINGS = [
        Binding("escape", "leave", "Close"),
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Previous field", show=False),
    ]
    rows_beside: ClassVar[int]
    explanations: ClassVar[Mapping[str, str]]

    def compose_below(self, label: str, hint: str, keys: str) -> ComposeResult:
        """Yield what stands below the form; ``label`` is what the line to type into is called, and its id."""
        with Horizontal(classes="field"):
            yield Label(label, classes="field--name")
            yield Input(placeholder=hint, compact=True, id=label)
        yield Static(id="explanation")
        yield Static(id="check")
        yield Static(Content(keys), classes="dialog--hint")

    def explained(self, id: str) -> str:
        """Return the explanation of what is no field of the form."""
        return self.explanations.get(id, "")

    def on_resize(self) -> None:
        """Keep the lines below the form on the screen."""
        self.query_one(HparamForm).leave_rows(self.rows_beside)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Explain what is being edited."""
        field = next((each for each in event.widget.ancestors if isinstance(each, HparamField)), None)
        explanation = field.explanation if field else Content(self.explained(event.widget.id or ""))
        self.query_one("#explanation", Static).update(explanation)
