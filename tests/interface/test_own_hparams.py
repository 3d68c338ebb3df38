"""The hyperparameters of a person's own task file in a form: a family of their own, before all others."""

from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import Select

from dltui.widgets.family_section import FamilySection
from dltui.widgets.hparam_field import HparamField
from dltui.widgets.hparam_form import HparamForm
from dltui.widgets.hparam_values import default_text
from dltui_trainers.named_task import find_task
from dltui_trainers.registry import TaskInfo

FILE = """
hparams = {"epochs": 7, "depth": 3, "gain": 0.5, "mode": ["wide", "deep"], "gated": True, "note": "a"}
def load(h): ...
def build_model(h, data): return h.width
"""


class FormApp(App[None]):
    """A form alone."""

    def __init__(self, task: TaskInfo) -> None:
        super().__init__()
        self._shown = task
        self.changes: list[dict[str, str]] = []

    def compose(self) -> ComposeResult:
        yield HparamForm(self._shown, {name: default_text(self._shown, name) for name in self._shown.reads})

    def on_hparam_form_changed(self, event: HparamForm.Changed) -> None:
        self.changes.append(event.settings)


async def test_own_hyperparameters_have_fields_of_their_kind(tmp_path: Path) -> None:
    path = tmp_path / "task.py"
    path.write_text(FILE)
    app = FormApp(find_task(str(path)))
    async with app.run_test(size=(120, 35)) as pilot:
        first = app.query(FamilySection).first()
        assert first.family == "task"
        assert [each.hparam.name for each in first.fields] == ["depth", "gain", "mode", "gated", "note"]
        assert isinstance(app.query_one("#field-gated", HparamField).box, Select)
        assert app.query_one("#field-epochs", HparamField).box.value == "7"
        app.query_one("#field-depth", HparamField).box.value = "5"
        app.query_one("#field-gated", HparamField).box.value = "false"
        app.query_one("#field-mode", HparamField).box.value = "deep"
        await pilot.pause()
        assert app.changes[-1] == {"depth": "5", "gated": "false", "mode": "deep"}
        assert "a whole number" in app.query_one("#field-depth", HparamField).explanation.plain
