"""The dialog that starts a guide, and a guide in the list of runs."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import RUNS, FakeServices, check_capture, run_app, screen_text, settle, summary, updates_of
from guide.sample import sample_guide
from runlogs import whole_run
from textual.widgets import Select

from dltui.catalog.summary import GUIDE, GuideFacts, RunSummary
from dltui.errors import RunsFolderError
from dltui.guide.follow import GuideSeen
from dltui.guide.options import Options
from dltui.runs.data import DataSeen
from dltui.runs.status import RunStatus
from dltui.screens.compare import CompareScreen
from dltui.screens.guide import GuideScreen
from dltui.screens.new_guide import NewGuideScreen
from dltui.screens.runs import RunsScreen

FINISHED = GuideSeen(guide=sample_guide(), status=RunStatus.FINISHED)


def a_guide(name: str = "digits-guide", trial: str = "s6-final", **changes: float) -> RunSummary:
    """Return a guide of the list."""
    facts = GuideFacts(task="digits", began=1767333000.0, step=4, trial=trial)
    return RunSummary(
        folder=Path("runs") / name, format=GUIDE, status=RunStatus.RUNNING, best_val_loss=0.0786, guide=facts, **changes
    )


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> FakeServices:
    monkeypatch.setattr("dltui.screens.runs.now", lambda: 1767323045.0 + 3 * 3600)
    updates = updates_of(whole_run(), RunStatus.FINISHED)
    return FakeServices(runs=(a_guide(), *RUNS), updates=updates, guide=FINISHED)


async def test_before_anything_is_typed_the_plan_is_shown_and_it_can_be_started(services: FakeServices) -> None:
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("g")
        await settle(pilot)
        text = screen_text(app)
        assert "✓ Ready: a guide for digits" in text and "0  know the data" in text and "handwritten digits" in text


@pytest.mark.parametrize("size", [(80, 24), (120, 35)])
async def test_the_dialog(services: FakeServices, size: tuple[int, int]) -> None:
    app = run_app(services)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, RunsScreen)
        app.screen.preview_selected()  # it would come by itself in a moment, beneath the dialog
        await settle(pilot)
        await pilot.press("g")
        await settle(pilot)
        assert isinstance(app.screen, NewGuideScreen)
        await pilot.press("down", *"model=cnn", "down", *"2m")
        await settle(pilot)
        check_capture(f"new-guide-{size[0]}x{size[1]}", screen_text(app))
        await pilot.press("enter")
        await settle(pilot)
        assert services.guides == [("digits", Options(settings={"model": "cnn"}, budget_s=120.0))]
        assert isinstance(app.screen, GuideScreen) and app.screen.folder.name == "digits-guide"
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(app.screen, RunsScreen)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (["down", *"lr"], "'lr' is not name=value"),
        (["down", *"lr=fast"], "lr = fast is not a number"),
        (["down", *"leraning_rate=1"], "There is no hyperparameter 'leraning_rate'."),
        (["down", *"data='x"], "A quote is not closed"),
        (["down", "down", *"soon"], "'soon' is no time"),
        (["down", "down", "0"], "A budget of 0 leaves no time for anything"),
        (["down", "down", *"90000h"], "budget"),
    ],
)
async def test_what_makes_no_sense_is_told_at_once(services: FakeServices, keys: list[str], told: str) -> None:
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("g")
        await settle(pilot)
        await pilot.press(*keys)
        await settle(pilot)
        assert f"✗ {told}"[:12] in screen_text(app) and told.split()[-1] in screen_text(app)
        await pilot.press("enter")
        await settle(pilot)
        assert services.guides == [] and isinstance(app.screen, NewGuideScreen)


async def test_data_are_looked_at_before_it_starts(services: FakeServices) -> None:
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("g")
        await settle(pilot)
        app.screen.query_one("#task", Select).value = "tabular"
        await settle(pilot)
        assert "✗ The task tabular needs a table: data=FILE.csv" in screen_text(app)
        services.look = lambda task, settings: DataSeen(task=task, settings=settings)
        await pilot.press("down", *"data=a.csv", "enter")
        await settle(pilot)
        assert services.guides == [("tabular", Options(settings={"data": "a.csv"}))]


async def test_a_start_that_fails_keeps_the_dialog_and_says_why(services: FakeServices) -> None:
    services.guide_error = RunsFolderError("Cannot write to runs: Read-only file system.")
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("g")
        await settle(pilot)
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert "✗ Cannot write to runs" in screen_text(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 35)])
async def test_a_guide_is_a_row_that_opens_its_screen(services: FakeServices, size: tuple[int, int]) -> None:
    app = run_app(services)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        screen.preview_selected()
        await settle(pilot)
        check_capture(f"runs-guide-{size[0]}x{size[1]}", screen_text(app))
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, GuideScreen)


async def test_the_preview_goes_along_with_the_trials(services: FakeServices) -> None:
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        screen.preview_selected()
        await settle(pilot)
        followed = len(services.followers)
        services.runs = (a_guide(trial="s5-1"), *RUNS)
        screen.list_runs()
        await settle(pilot)
        screen.preview_selected()
        assert len(services.followers) == followed + 1
        services.runs = (a_guide(trial=""), *RUNS)
        screen.list_runs()
        await settle(pilot)
        screen.preview_selected()
        assert services.followers[-1].closed and len(services.followers) == followed + 1


async def test_a_marked_guide_is_compared_by_the_run_that_stands_for_it(services: FakeServices) -> None:
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("space", "space", "c")
        await settle(pilot)
        assert isinstance(app.screen, CompareScreen)
        assert "s6-final" in screen_text(app)


async def test_its_name_may_be_hostile(services: FakeServices) -> None:
    services.runs = (a_guide(name="[red]\x1b[2J\u202ename"),)
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        assert "[red]␛[2J\N{REPLACEMENT CHARACTER}name" in screen_text(app)


async def test_quitting_asks_about_the_guide_and_not_about_each_of_its_trials(services: FakeServices) -> None:
    services.alive = True
    app = run_app(services, guide="digits-guide")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("f")
        await settle(pilot)
        await pilot.press("q")
        await settle(pilot)
        assert "digits-guide is still training." in screen_text(app)
        await pilot.press("s")
        await settle(pilot)
        assert [folder.name for folder in services.stopped] == ["digits-guide"]


def test_a_run_is_its_own_curve() -> None:
    run = summary("digits-c", RunStatus.RUNNING)
    assert run.curve == run.folder and replace(a_guide(), guide=None).curve is None
