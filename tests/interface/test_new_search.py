"""The dialog that starts a search or a tuning, and a search in the list of runs."""

from pathlib import Path

import pytest
from fakes import RUNS, FakeServices, check_capture, run_app, screen_text, settle, updates_of
from runlogs import whole_run
from search.studies import search_records, study_of
from textual.widgets import Select

from dltui.catalog.summary import SEARCH, RunSummary, StudyFacts
from dltui.errors import SearchError
from dltui.runs.data import DataSeen
from dltui.runs.status import RunStatus
from dltui.screens.new_search import NewSearchScreen
from dltui.screens.runs import RunsScreen
from dltui.screens.search import SearchScreen
from dltui.screens.search_asked import objective_in
from dltui.search.study.follow import StudySeen
from dltui.search.study.options import Objective, SearchOptions, TuneOptions


def a_search() -> RunSummary:
    """Return a search of the list."""
    facts = StudyFacts(task="digits", began=1767333000.0, ended=31, of_trials=40, trial="t0024")
    folder = Path("runs") / "digits-search"
    return RunSummary(folder=folder, format=SEARCH, status=RunStatus.RUNNING, best_val_loss=0.092, study=facts)


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> FakeServices:
    monkeypatch.setattr("dltui.screens.runs.now", lambda: 1767323045.0 + 3 * 3600)
    study = StudySeen(study=study_of(search_records()), status=RunStatus.RUNNING)
    updates = updates_of(whole_run(), RunStatus.FINISHED)
    return FakeServices(runs=(a_search(), *RUNS), updates=updates, study=study)


@pytest.mark.parametrize("size", [(80, 24), pytest.param((120, 35), marks=pytest.mark.long)])
async def test_the_dialog_starts_a_search(services: FakeServices, size: tuple[int, int]) -> None:
    app = run_app(services)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        screen.preview_selected()  # it would come by itself in a moment, beneath the dialog
        await settle(pilot)
        check_capture(f"runs-search-{size[0]}x{size[1]}", screen_text(app))
        await pilot.press("s")
        await settle(pilot)
        assert isinstance(app.screen, NewSearchScreen)
        await pilot.press("down", "down", *"max val_accuracy", "down", *"epochs=9", "down", "down")
        await pilot.press(*"lr=1e-3..0.1 width=32,64", "down", *"12", "down", *"5m")
        await settle(pilot)
        check_capture(f"new-search-{size[0]}x{size[1]}", screen_text(app))
        await pilot.press("enter")
        await settle(pilot)
        ((task, options),) = services.searches
        assert task == "digits" and isinstance(options, SearchOptions)
        assert options.objective == Objective(metric="val_accuracy", rises=True) and options.settings == {"epochs": "9"}
        assert [each.name for each in options.dimensions] == ["lr", "width"]
        assert (options.trials, options.budget_s, options.method, options.sampler) == (12, 300.0, "bayes", "tpe")
        assert isinstance(app.screen, SearchScreen) and app.screen.folder.name == "digits-search"
        await pilot.press("escape", "enter")
        await settle(pilot)
        assert isinstance(app.screen, SearchScreen)  # the row of the list opens it again


async def test_the_doctor_is_one_of_the_methods(services: FakeServices) -> None:
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot)
        app.screen.query_one("#tuning-method", Select).value = "tune"
        await settle(pilot)
        assert "workers" not in screen_text(app) and "what hurts is backed out" in screen_text(app)
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert services.searches == [("digits", TuneOptions())]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (["down", "down", *"much better"], "is no objective"),
        (["down", "down", "down", *"lr"], "is not name=value"),
        (["down", "down", "down", *"lr=fast"], "is not a number"),
        (["down", "down", "down", "down", "down", *"lr=0..1,x"], "lr"),
        (["down", "down", "down", "down", "down", *"leraning=1,2"], "leraning"),
        ([*["down"] * 6, *"many"], "is not a whole number"),
        ([*["down"] * 6, "0"], "Nothing would end it"),
        ([*["down"] * 7, *"soon"], "'soon' is no time"),
    ],
)
async def test_what_makes_no_sense_is_told_at_once(services: FakeServices, keys: list[str], told: str) -> None:
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot)
        await pilot.press(*keys, "enter")
        await settle(pilot)
        assert "✗ " in screen_text(app) and told in screen_text(app) and "--" not in screen_text(app).split("✗ ")[1]
        assert services.searches == [] and isinstance(app.screen, NewSearchScreen)


async def test_data_are_looked_at_first_and_a_start_that_fails_says_why(services: FakeServices) -> None:
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot)
        app.screen.query_one("#task", Select).value = "tabular"
        await settle(pilot)
        assert "✗ The task tabular needs a table: data=FILE.csv" in screen_text(app)
        services.look = lambda task, settings: DataSeen(task=task, settings=settings)
        services.search_error = SearchError("Cannot write to runs: Read-only file system.")
        await pilot.press("down", "down", "down", *"data=a.csv", "ctrl+s")
        await settle(pilot)
        assert "✗ Cannot write to runs" in screen_text(app)
        services.search_error = None
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert [task for task, _ in services.searches] == ["tabular"]


@pytest.mark.parametrize(
    ("text", "metric", "rises"),
    [
        ("", "val_loss", False),
        ("val_accuracy", "val_accuracy", True),
        ("min mine", "mine", False),
        ("max f1", "f1", True),
    ],
)
def test_an_objective_as_it_is_typed(text: str, metric: str, rises: bool) -> None:
    assert objective_in(text) == Objective(metric=metric, rises=rises)
