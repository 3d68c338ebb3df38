"""The list of runs: table, filter, preview, and the way to a run and to a new one."""

import pytest
from fakes import RUNS, SIZES, FakeServices, check_capture, run_app, screen_text, settle, summary, updates_of
from rich.text import Text
from runlogs import whole_run
from textual.coordinate import Coordinate
from textual.widgets import DataTable, Input

from dltui.runs.status import RunStatus
from dltui.screens.new_run import NewRunScreen
from dltui.screens.run import RunScreen
from dltui.screens.runs import RunsScreen
from dltui.widgets.chart_view import ChartView


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> FakeServices:
    """Three runs; the clock stands three hours after they were started."""
    monkeypatch.setattr("dltui.screens.runs.now", lambda: 1767323045.0 + 3 * 3600)
    return FakeServices(runs=RUNS, updates=updates_of(whole_run(), RunStatus.FINISHED))


async def listed(app: object, pilot: object) -> None:
    """Wait for the list and the preview of its first run."""
    await settle(pilot)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", SIZES)
async def test_the_list_with_a_look_at_the_first_run(services: FakeServices, size: tuple[int, int]) -> None:
    app = run_app(services)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        screen.preview_selected()
        await settle(pilot)
        text = screen_text(app)
        check_capture(f"runs-{size[0]}x{size[1]}", text)
        assert all(len(line) <= size[0] for line in text.split("\n"))


async def test_no_runs_yet(services: FakeServices) -> None:
    services.runs = ()
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "No runs here yet. Press n to start a training." in screen_text(app)


async def test_enter_opens_the_run_under_the_cursor(services: FakeServices) -> None:
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("down", "enter")
        await settle(pilot)
        assert isinstance(app.screen, RunScreen) and app.screen.folder.name == "digits-b"
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(app.screen, RunsScreen)
        assert all(follower.closed for follower in services.followers[:-1])


async def test_the_filter_takes_words_in_any_order(services: FakeServices) -> None:
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"failed dig")
        await settle(pilot)
        table = app.screen.query_one(DataTable)
        assert table.row_count == 1
        assert "1 of 3 runs" in screen_text(app)
        await pilot.press("enter", "enter")
        await settle(pilot)
        assert isinstance(app.screen, RunScreen) and app.screen.folder.name == "digits-b"
        await pilot.press("escape")
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert table.row_count == 3
        await pilot.press("slash", *"nothing like it")
        await settle(pilot)
        assert "No run matches" in screen_text(app)
        assert app.screen.query_one(Input).value == "nothing like it"


async def test_the_cursor_stays_on_its_run_when_a_new_one_appears(services: FakeServices) -> None:
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("down")
        services.runs = (summary("digits-d", RunStatus.STARTING), *RUNS)
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        screen.list_runs()
        await settle(pilot)
        assert screen.query_one(DataTable).row_count == 4
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, RunScreen) and app.screen.folder.name == "digits-b"


async def test_n_opens_the_form_and_what_it_starts_is_shown(services: FakeServices) -> None:
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await settle(pilot)
        assert isinstance(app.screen, NewRunScreen)
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert services.launches == [("digits", {})]
        assert isinstance(app.screen, RunScreen) and app.screen.folder.name == "started"


async def test_a_run_whose_name_is_hostile_is_listed_as_text(services: FakeServices) -> None:
    services.runs = (summary("[red]\x1b[2J\u202ename", RunStatus.FINISHED),)
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        assert "[red]\N{SYMBOL FOR ESCAPE}[2J\N{REPLACEMENT CHARACTER}name" in screen_text(app)


async def test_the_colours_follow_the_theme(services: FakeServices) -> None:
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        screen.preview_selected()
        await settle(pilot)
        chart = screen.query_one(ChartView)
        table: DataTable[Text] = screen.query_one(DataTable)
        before = [chart.render_line(2), table.get_cell_at(Coordinate(0, 0))]
        await pilot.press("d")
        screen.list_runs()
        await settle(pilot)
        after = [chart.render_line(2), table.get_cell_at(Coordinate(0, 0))]
        assert str(before[0].text) == str(after[0].text) and before[0] != after[0]
        assert before[1].plain == after[1].plain and before[1] != after[1]


@pytest.mark.parametrize("theme", ["nord", "textual-light", "ansi-dark"])
async def test_a_theme_that_is_not_ours_has_chart_colours_too(services: FakeServices, theme: str) -> None:
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        app.theme = theme
        await settle(pilot)
        assert "best 0.25" in screen_text(app)
