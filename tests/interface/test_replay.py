"""The replay screen: what it says at each moment, and what its keys and the mouse do."""

from pathlib import Path
from typing import Any

import pytest
from fakes import (
    CHANGES,
    OVERFITTED,
    SIZES,
    FakeServices,
    check_capture,
    run_app,
    screen_text,
    settle,
    until,
    updates_of,
)
from rich.cells import cell_len
from runlogs import whole_run
from textual.pilot import Pilot

from dltui.app import DltuiApp
from dltui.replay.player import ReplayStart
from dltui.replay.recording import Ruler
from dltui.runs.status import RunStatus
from dltui.screens.help import HelpScreen
from dltui.screens.replay import ReplayScreen
from dltui.screens.run import RunScreen
from dltui.screens.runs import RunsScreen
from dltui.series.state import RunState
from dltui.services import Services
from dltui.widgets.rail import Cells, Columns
from dltui.widgets.timeline_view import TimelineView
from dltui.widgets.transport import TransportBar

SAMPLES = Path(__file__).parents[2] / "samples"


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of every replay in these tests; the ticks come as fast as they can."""
    turned = Clock()
    monkeypatch.setattr("dltui.screens.replay.TICK_S", 0.01)
    monkeypatch.setattr("dltui.screens.replay.CLOCK", turned)
    return turned


def replay(name: str = "overfitting", **start: Any) -> DltuiApp:
    """Return the application on the replay of a sample."""
    return DltuiApp(Services(SAMPLES), opened=SAMPLES / name, replay=ReplayStart(**start))


def state_of(app: DltuiApp) -> RunState:
    """What the screen knows of the run now."""
    assert isinstance(app.screen, ReplayScreen) and app.screen.followed is not None
    return app.screen.followed.state


async def opened(pilot: Pilot[Any]) -> None:
    """Return when the log is read and the timeline is as fine as it gets."""
    await until(pilot, lambda: "judged" in screen_text(pilot.app))
    await settle(pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_the_screen_of_a_replay(size: tuple[int, int]) -> None:
    app = replay(at_step=1000)
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        text = screen_text(app)
        check_capture(f"replay-{size[0]}x{size[1]}", text)
        lines = text.split("\n")
        assert len(lines) == size[1] and all(len(line) <= size[0] for line in lines)
        assert "Help" in lines[-1] and "Quit" in lines[-1] and "Play" in lines[-1]


async def test_it_plays_to_the_end_and_says_what_the_run_screen_says(clock: Clock) -> None:
    app = replay(speed=100.0)
    async with app.run_test(size=(120, 35)) as pilot:
        await opened(pilot)
        assert "▶ playing  100x recorded time" in screen_text(app) and "● running" in screen_text(app)
        clock.now_s = 0.016
        await until(pilot, lambda: state_of(app).step > 800)
        assert state_of(app).step < 1000 and state_of(app).status is RunStatus.RUNNING
        clock.now_s = 3600.0
        await until(pilot, lambda: "✓ finished" in screen_text(app))
        assert "■ at the end" in screen_text(app) and state_of(app).step == 1840
        await pilot.press("space")
        await until(pilot, lambda: "▶ playing" in screen_text(app) and state_of(app).step < 100)


async def test_back_in_time_the_diagnosis_is_that_of_then() -> None:
    app = replay(at_step=1840)
    async with app.run_test(size=(120, 35)) as pilot:
        await opened(pilot)
        assert "▲ OVERFITTING" in screen_text(app)
        await pilot.press("home")
        await until(pilot, lambda: "▲ OVERFITTING" not in screen_text(app))
        assert "0.00 s" in screen_text(app) or "0.0 s/3.2 s" in screen_text(app)
        await pilot.press("l", "l", "l")
        await until(pilot, lambda: "✓ GOOD FIT" in screen_text(app))
        await pilot.press("end")
        await until(pilot, lambda: "✓ finished" in screen_text(app) and "▲ OVERFITTING" in screen_text(app))


async def test_steps_by_epochs_and_from_change_to_change() -> None:
    app = replay(at_step=650)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: state_of(app).step == 667)
        await pilot.press("left_square_bracket", "left_square_bracket")
        await until(pilot, lambda: state_of(app).step == 621)
        await pilot.press("n")
        await until(pilot, lambda: state_of(app).step == 667)
        assert "▲ OVERFITTING" in screen_text(app)
        await pilot.press("N")
        await until(pilot, lambda: state_of(app).step == 575)
        await pilot.press(*"n" * 20)
        await until(pilot, lambda: state_of(app).step > 1700)


async def test_keys_change_the_speed_and_the_ruler(clock: Clock) -> None:
    app = replay(by=Ruler.STEPS, speed=5.0)
    async with app.run_test(size=(120, 35)) as pilot:
        await opened(pilot)
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: "10x by steps, 184/s" in screen_text(app))
        await pilot.press("less_than_sign", "less_than_sign", "t")
        await until(pilot, lambda: "2x recorded time" in screen_text(app))
        await pilot.press("space")
        await until(pilot, lambda: "▮▮ paused" in screen_text(app))
        before = state_of(app).step
        clock.now_s = 100.0
        await settle(pilot)
        assert state_of(app).step == before


async def test_the_mouse_seeks_on_the_bar_and_on_the_timeline() -> None:
    app = replay(at_step=100)
    async with app.run_test(size=(120, 35)) as pilot:
        await opened(pilot)
        bar, timeline = app.screen.query_one(TransportBar), app.screen.query_one(TimelineView)
        left, count = bar.columns.left, bar.columns.count
        await pilot.click(bar, offset=(left + count // 2, 1))
        await until(pilot, lambda: abs(state_of(app).step - 920) <= 20)
        await pilot.click(timeline, offset=(left + count // 4, 1))
        await until(pilot, lambda: abs(state_of(app).step - 460) <= 20)
        await pilot.mouse_down(bar, offset=(left + 5, 1))
        await pilot.hover(bar, offset=(left + count - 1, 1))
        await pilot.mouse_up(bar, offset=(left + count - 1, 1))
        await until(pilot, lambda: state_of(app).step == 1840)
        await pilot.hover(bar, offset=(left, 1))
        await settle(pilot)
        assert state_of(app).step == 1840


async def test_the_head_stands_where_the_curves_end_on_every_axis() -> None:
    app = replay(at_step=1000)
    async with app.run_test(size=(120, 35)) as pilot:
        await opened(pilot)
        for _ in range(3):
            lines = screen_text(app).split("\n")
            bar = next(line for line in lines if line.strip().startswith("━") and "●" in line)
            corner = next(index for index, line in enumerate(lines) if line.lstrip().startswith("└"))
            curves = max(
                len(line[: line.find("╏ ") if "╏ " in line and line.rstrip()[-1] >= "⠀" else None].rstrip())
                for line in lines[3:corner]
            )
            assert abs(bar.index("●") + 1 - curves) <= 2
            await pilot.press("x")
            await settle(pilot)


async def test_what_is_opened_over_it_holds_it(clock: Clock) -> None:
    app = replay(speed=1.0)
    async with app.run_test(size=(120, 35)) as pilot:
        await opened(pilot)
        clock.now_s = 1.0
        await until(pilot, lambda: state_of(app).step > 400)
        screen = app.screen
        assert isinstance(screen, ReplayScreen) and screen.followed is not None
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        assert "An epoch back" in screen_text(app)
        before = screen.followed.state.step
        clock.now_s = 2.0
        await settle(pilot)
        assert screen.followed.state.step == before
        await pilot.press("escape")
        await until(pilot, lambda: "▶ playing" in screen_text(app))
        clock.now_s = 2.5
        await until(pilot, lambda: state_of(app).step > before)


async def test_r_replays_a_run_that_is_over_and_escape_returns_to_it(finished: FakeServices) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "r Play" in screen_text(app).split("\n")[-1]
        await pilot.press("r", "r")
        await opened(pilot)
        assert "step 1/100" in screen_text(app)
        await pilot.press("k", "o", "r")
        assert isinstance(app.screen, ReplayScreen) and finished.stopped == []
        await pilot.press("escape")
        await settle(pilot)
        assert type(app.screen) is RunScreen and "✓ finished" in screen_text(app)


async def test_a_run_at_work_is_not_replayed() -> None:
    app = run_app(FakeServices(updates=updates_of(whole_run()[:50], RunStatus.RUNNING)), "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("r")
        await settle(pilot)
        assert type(app.screen) is RunScreen


async def test_escape_puts_the_cursor_away_then_leaves_for_the_runs() -> None:
    app = replay(at_step=100)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("left", "plus")
        await settle(pilot)
        await pilot.press("escape", "escape")
        await settle(pilot)
        assert isinstance(app.screen, ReplayScreen)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(app.screen, RunsScreen)


async def test_a_log_that_cannot_be_read_any_more_is_told_and_left(finished: FakeServices) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        finished.updates = []
        await pilot.press("r")
        await until(pilot, lambda: type(app.screen) is RunScreen and "cannot be read" in screen_text(app))


@pytest.mark.parametrize("name", ["non_finite", pytest.param("healthy-polynomial", marks=pytest.mark.long)])
async def test_every_key_at_every_size(name: str) -> None:
    app = replay(name)
    keys = (*"jlnNtxf3", "space", "home", "end", "left", "plus", *"0syv")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        for size in ((70, 20), (200, 50), (10, 5), (120, 35)):
            await pilot.resize_terminal(*size)
            await pilot.press(*keys)
        await settle(pilot)
        assert "judged" in screen_text(app)


async def test_advice_of_then_starts_beside_nothing(finished: FakeServices) -> None:
    finished.diagnosed = (OVERFITTED, CHANGES)
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("r")
        await opened(pilot)
        assert "● running" in screen_text(app)
        await pilot.press("a")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert finished.launches == [("digits", {"weight_decay": "0.0001"})] and finished.stopped == []
        assert type(app.screen) is RunScreen


async def test_sent_to_the_end_while_it_plays_it_stops_there() -> None:
    app = replay(speed=1.0)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("end")
        await until(pilot, lambda: "■ at the end" in screen_text(app) and state_of(app).step == 1840)


async def test_the_timeline_in_chinese() -> None:
    services = FakeServices(updates=updates_of(whole_run(), RunStatus.FINISHED), language="zh_CN")
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("r")
        await opened(pilot)
        await pilot.press("end")
        await settle(pilot)
        judged = next(line for line in screen_text(app).split("\n") if line.startswith("judged"))
        assert "无法判断" in judged and cell_len(judged) <= 80


def test_a_wide_character_that_is_half_covered_goes() -> None:
    cells = Cells(8)
    cells.write(0, "拟合", "")
    assert cells.content().plain == "拟合    "
    cells.fill(1, 2, "|", "")
    assert cells.content().plain == " |合    "
    cells.fill(2, 3, "|", "")
    assert cells.content().plain == " ||     "
    cells.write(7, "合", "")
    assert cell_len(cells.content().plain) == 8


def test_shares_and_columns_lead_to_each_other() -> None:
    columns = Columns(7, 73)
    assert [columns.at(share) for share in (-1.0, 0.0, 0.5, 1.0, 9.0)] == [0, 0, 36, 72, 72]
    assert all(columns.at(columns.share(7 + column)) == column for column in range(73))
    assert (columns.share(0), columns.share(500)) == (0.0, 1.0)
