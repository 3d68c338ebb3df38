"""A task file in the forms: its path is typed and completed, and what is wrong with it is told."""

from pathlib import Path

import pytest
from fakes import FakeServices, run_app, screen_text, settle
from textual.pilot import Pilot
from textual.widgets import Button, Input, Select, Static

from dltui.guide.options import Options
from dltui.screens.new_guide import NewGuideScreen
from dltui.screens.new_run import NewRunScreen
from dltui.widgets.hparam_form import HparamForm
from dltui.widgets.task_choice import OWN, TaskChoice

FILE = '''
"""Two spirals."""
hparams = {"epochs": 7, "depth": 3}
def load(h): ...
def build_model(h, data): return h.depth
'''


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spiral.py").write_text(FILE)
    return tmp_path / "spiral.py"


async def want_own(pilot: Pilot[None], key: str) -> TaskChoice:
    """Open the form that ``key`` opens, and choose a file of one's own."""
    await settle(pilot)
    await pilot.press(key)
    await settle(pilot)
    choice = pilot.app.screen.query_one(TaskChoice)
    choice.query_one("#task", Select).value = OWN
    await settle(pilot)
    assert choice.is_own and isinstance(pilot.app.screen.focused, Input)
    return choice


def check(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#check", Static).render())


async def test_a_task_file_has_its_own_form(path: Path) -> None:
    services = FakeServices()
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        choice = await want_own(pilot, "n")
        screen = app.screen
        assert isinstance(screen, NewRunScreen)
        assert "path of your task file" in check(pilot) and not screen.query_one(HparamForm).visible
        assert screen.query_one("#start", Button).disabled
        await pilot.press(*"spiral.p")
        await settle(pilot)
        assert "is no task file" in check(pilot)
        await pilot.press("y")
        await settle(pilot)
        assert choice.known is not None and choice.known.name == str(path)
        assert "Ready: spiral with its defaults" in check(pilot)
        shown = screen_text(app)
        assert "depth" in shown and "activation" not in shown and "Two spirals" in shown
        screen.query_one("#field-depth Input", Input).value = "5"
        await settle(pilot)
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert services.launches == [(str(path), {"depth": "5"})]


async def test_a_path_is_completed(path: Path) -> None:
    app = run_app(FakeServices())
    async with app.run_test(size=(80, 24)) as pilot:
        choice = await want_own(pilot, "n")
        await pilot.press(*"spi")
        field = choice.query_one("#file", Input)
        while not field._suggestion:
            await pilot.pause()
        await pilot.press("right")
        await settle(pilot)
        assert field.value == "spiral.py" and choice.known is not None


async def test_what_is_wrong_with_a_file_is_told_and_another_task_can_be_chosen(path: Path) -> None:
    path.write_text("def load(h):\n    return h.dept h\n")
    app = run_app(FakeServices())
    async with app.run_test(size=(120, 35)) as pilot:
        choice = await want_own(pilot, "n")
        field = choice.query_one("#file", Input)
        field.value = "spiral.py"
        await settle(pilot)
        assert "spiral.py:2: invalid syntax" in check(pilot)
        field.value = "missing.py"
        await settle(pilot)
        assert "There is no file" in check(pilot)
        choice.query_one("#task", Select).value = "moons"
        await settle(pilot)
        assert "Ready: moons" in check(pilot) and not field.display
        assert app.screen.query_one(HparamForm).visible


async def test_a_guide_of_a_task_file(path: Path) -> None:
    services = FakeServices()
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await want_own(pilot, "g")
        assert isinstance(app.screen, NewGuideScreen)
        await pilot.press(*"spiral.py", "down", *"depth=x")
        await settle(pilot)
        assert "depth = x is not a whole number" in check(pilot)
        await pilot.press("backspace", "2")
        await settle(pilot)
        assert "Ready: a guide for spiral" in check(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert services.guides == [(str(path), Options(settings={"depth": "2"}))]
