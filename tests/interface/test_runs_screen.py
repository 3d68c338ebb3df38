"""The list of runs: table, filter, preview, and the way to a run and to a new one."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import (
    RUNS,
    SIZES,
    FakeServices,
    check_list,
    run_app,
    screen_text,
    settle,
    summary,
    until,
    updates_of,
)
from rich.text import Text
from runlogs import whole_run
from textual.coordinate import Coordinate
from textual.screen import Screen
from textual.widgets import DataTable, Input

from dltui.catalog.summary import RunSummary
from dltui.processes.belonging import GpuUser
from dltui.runs.status import RunStatus
from dltui.screens.new_run import NewRunScreen
from dltui.screens.run import RunScreen
from dltui.screens.runs import FEW_MARKS, RunsScreen
from dltui.widgets.chart_view import ChartView
from dltui.widgets.runs_table import RunsTable


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
    await check_list(services, size, "runs")


async def test_no_runs_yet(services: FakeServices) -> None:
    services.runs = ()
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "No runs here yet. Press n to start a training." in screen_text(app)


async def test_processes_on_the_gpus_stand_above_the_list_with_their_runs(services: FakeServices) -> None:
    one = GpuUser(pid=7, command="python train.py", gpus=(0, 1), memory=12 * 10**9, run=RUNS[0].folder)
    services.on_gpus = (one, *(replace(one, pid=8 + at, run=None) for at in range(3)))
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await until(pilot, lambda: "gpu 0,1" in screen_text(app))
        lines = screen_text(app).splitlines()
        assert "gpu 0,1 12.0 GB  no run: dltui watch --pid 8  python train.py" in lines[1]
        assert "and 2 more: 'dltui doctor' lists them" in lines[3]
        services.on_gpus = (one,)
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        screen.look_at_gpus()
        await until(pilot, lambda: f"run {RUNS[0].folder.name}  python" in screen_text(app))
        services.on_gpus = ()
        screen.look_at_gpus()
        await until(pilot, lambda: "gpu 0,1" not in screen_text(app))


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


def foreign(name: str, **rest: object) -> RunSummary:
    """Another program's log."""
    given = {"folder": Path("/data") / name, "label": name, "format": "csv", "status": RunStatus.QUIET, **rest}
    return RunSummary(**given)  # type: ignore[arg-type]


def shown(screen: Screen[object]) -> list[str]:
    """The names in the table, as they stand."""
    table = screen.query_one(RunsTable)
    return [str(table.get_row_at(row)[1]) for row in range(table.row_count)]


LOGS = (
    foreign("exp/resnet/results.csv", epoch=3.0, train_loss=0.5, best_val_loss=0.6, verdict="overfitting"),
    foreign("exp/vgg.jsonl", format="jsonl", step=1200, epoch=float("nan"), status=RunStatus.RUNNING),
    foreign("long.csv", is_read=False),
    foreign("broken.csv", problem="no loss was found"),
)


async def test_logs_of_others_stand_beside_our_runs(services: FakeServices) -> None:
    services.runs, services.limit = (*RUNS, *LOGS), "first 500 logs"
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert "7 runs, 2 at work (first 500 logs) in runs" in text
        lines = {line.split()[2]: line for line in text.split("\n")[2:9]}
        assert "○ quiet" in lines["exp/resnet/results.csv"] and "▲ overfitting" in lines["exp/resnet/results.csv"]
        assert "s 1 200" in lines["exp/vgg.jsonl"]
        assert "…" in lines["long.csv"]
        assert "! no curve" in text


@pytest.mark.parametrize(("key", "column"), [("greater_than_sign", "state"), ("less_than_sign", "verdict")])
async def test_keys_choose_the_column_that_sorts(services: FakeServices, key: str, column: str) -> None:
    services.runs = (*RUNS, *LOGS)
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        assert "age▲" in screen_text(app)
        await pilot.press(key)
        await settle(pilot)
        assert f"{column}▲" in screen_text(app)
        await pilot.press("r")
        await settle(pilot)
        assert f"{column}▼" in screen_text(app)


async def test_a_click_on_a_header_sorts_and_a_second_one_turns_around(services: FakeServices) -> None:
    services.runs = (*RUNS, *LOGS)
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        at = screen_text(app).split("\n")[1].index("best val")
        await pilot.click(RunsTable, offset=(at, 0))
        await settle(pilot)
        assert shown(app.screen)[:3] == ["mnist1d-a", "digits-c", "exp/resnet/results.csv"]
        await pilot.click(RunsTable, offset=(at, 0))
        await settle(pilot)
        assert shown(app.screen)[:3] == ["exp/resnet/results.csv", "digits-c", "mnist1d-a"]


async def test_the_filter_knows_fields_globs_and_expressions(services: FakeServices) -> None:
    services.runs = (*RUNS, *LOGS)
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"format:csv *RES*")
        await settle(pilot)
        assert shown(app.screen) == ["exp/resnet/results.csv"]
        services.runs = (*services.runs, foreign("exp/resnet/new.csv"))
        assert isinstance(app.screen, RunsScreen)
        app.screen.list_runs()
        await settle(pilot)
        assert sorted(shown(app.screen)) == ["exp/resnet/new.csv", "exp/resnet/results.csv"]


async def test_an_expression_that_is_none_is_told_beside_the_filter_and_the_list_stays(services: FakeServices) -> None:
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"name:digits /(/")
        await settle(pilot)
        assert app.screen.query_one(Input).value == "name:digits /(/"
        assert "/(/ is no regular expression" in screen_text(app)
        assert shown(app.screen) == ["digits-c", "digits-b"]
        await pilot.press(*["backspace"] * 3, *"/-c$/")
        await settle(pilot)
        assert "regular expression" not in screen_text(app) and shown(app.screen) == ["digits-c"]


async def test_marked_runs_are_compared_in_the_order_of_their_marks(services: FakeServices) -> None:
    app = run_app(services)
    wanted: list[tuple[Path, ...]] = []
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        screen = app.screen
        app.open_comparison = wanted.append  # type: ignore[method-assign, assignment]
        await pilot.press("c")
        await settle(pilot)
        assert [each.message for each in app._notifications] == [FEW_MARKS]
        await pilot.press("down", "space", "up", "up", "space")
        await settle(pilot)
        assert shown(screen) == ["■B digits-c", "●A digits-b", "mnist1d-a"]
        assert "2 marked" in screen_text(app)
        await pilot.press("c")
        await settle(pilot)
        assert wanted == [(RUNS[1].folder, RUNS[0].folder)]
        await pilot.press("up", "space")
        await settle(pilot)
        assert shown(screen) == ["digits-c", "●A digits-b", "mnist1d-a"]
        await pilot.press("u")
        await settle(pilot)
        assert shown(screen) == ["digits-c", "digits-b", "mnist1d-a"]


async def test_the_cursor_stays_at_the_top_until_somebody_moves_it(services: FakeServices) -> None:
    services.runs = RUNS[:1]
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        services.runs = (summary("digits-new", RunStatus.RUNNING), *RUNS)
        assert isinstance(app.screen, RunsScreen)
        app.screen.list_runs()
        await settle(pilot)
        assert app.screen.query_one(RunsTable).cursor_row == 0


async def test_only_cells_that_are_different_are_drawn_again(
    services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.runs = tuple(summary(f"digits-{n:04}", RunStatus.FINISHED, epoch=1.0) for n in range(1000))
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        table = app.screen.query_one(RunsTable)
        assert table.row_count == 1000
        changed: list[object] = []
        update = RunsTable.update_cell

        def note(self: RunsTable, *given: object, **rest: object) -> None:
            changed.append(given)
            update(self, *given, **rest)  # type: ignore[arg-type]

        monkeypatch.setattr(RunsTable, "update_cell", note)
        services.runs = (*services.runs[:500], replace(services.runs[500], epoch=2.0), *services.runs[501:])
        assert isinstance(app.screen, RunsScreen)
        app.screen.list_runs()
        await settle(pilot)
        assert len(changed) == 1
        await pilot.press("slash", *"digits-0999")
        await settle(pilot)
        assert shown(app.screen) == ["digits-0999"]


async def test_the_list_learns_of_a_long_log_from_who_looks_at_it(services: FakeServices) -> None:
    services.runs = (foreign("long.csv", is_read=False),)
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, RunsScreen)
        app.screen.preview_selected()
        await settle(pilot)
        assert services.noted == [(Path("/data/long.csv"), "inconclusive")]
