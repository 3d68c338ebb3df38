"""What was done to a training: the line above the charts that tells what came of it, and the list of all."""

from typing import Any

import pytest
from fakes import (
    SIZES,
    FakeServices,
    batch_update,
    check_capture,
    run_app,
    screen_text,
    settle,
    updates_of,
    with_footer,
)
from runlogs import START_S, evaluation, step, whole_run
from textual.pilot import Pilot
from textual.widgets import OptionList

from dltui.app import DltuiApp
from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui.screens.confirm import ConfirmUndo
from dltui.screens.history import HistoryScreen
from dltui.screens.replay import ReplayScreen
from dltui.screens.run import RunScreen
from dltui_trainers.runlog import AnyRecord, EventRecord


def event(name: str, at: int, **rest: Any) -> EventRecord:
    """Return what the training tells at step ``at``."""
    return EventRecord(**{"step": at, "time": START_S + 0.1 * at, "name": name, "by": "user", **rest})


def tuned(after: float, until: int = 1200, changed_at: int = 600) -> list[AnyRecord]:
    """Return a run whose loss stands at 1 until lr is set, and then goes to ``after``."""
    records: list[AnyRecord] = []
    for at in range(1, until + 1):
        level = 1.0 if at <= changed_at else after
        wobble = 0.01 * ((at * 7919) % 13 - 6)
        records.append(step(at, level + wobble))
        if at % 30 == 0:
            records.append(evaluation(at, level + wobble))
        if at == changed_at:
            records.append(event("set", at, hparam="lr", from_=0.1, to=0.03, id=7, reason="too high"))
    return records


def services(records: list[AnyRecord], status: RunStatus = RunStatus.RUNNING) -> FakeServices:
    """Return services that show a run with those records."""
    return FakeServices(updates=updates_of(records, status, epochs=1000))


async def open_history(app: DltuiApp, pilot: Pilot[None]) -> HistoryScreen:
    """Go to the list."""
    await with_footer(pilot)
    await pilot.press("h")
    await settle(pilot)
    assert isinstance(app.screen, HistoryScreen)
    return app.screen


@pytest.fixture(autouse=True)
def list_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show every piece of news when it comes."""
    monkeypatch.setattr("dltui.screens.history.LIST_EVERY_S", 0.0)
    monkeypatch.setattr("dltui.screens.run.DIAGNOSE_EVERY_S", 0.0)


@pytest.mark.parametrize(
    ("after", "until", "said", "undo"),
    [
        (0.4, 1200, "✓ lr 0.1 → 0.03 since step 601  helped: val ", False),
        (3.0, 1200, "▲ lr 0.1 → 0.03 since step 601  hurt: val ", True),
        (1.0, 1200, "● lr 0.1 → 0.03 since step 601  no clear effect", False),
        (1.0, 640, "… lr 0.1 → 0.03 since step 601  too early to tell", False),
    ],
)
async def test_the_verdict_stands_above_the_charts(after: float, until: int, said: str, undo: bool) -> None:
    app = run_app(services(tuned(after, until)), "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert said in text and ("u undoes it" in text) is undo


async def test_a_run_that_is_over_tells_the_verdict_and_offers_no_undo() -> None:
    app = run_app(services(tuned(3.0), RunStatus.FINISHED), "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert "hurt: val " in text and "undoes it" not in text
        await open_history(app, pilot)
        assert "u undo" not in screen_text(app)
        await pilot.press("u")
        await settle(pilot)
        assert isinstance(app.screen, HistoryScreen)


@pytest.mark.parametrize("size", SIZES)
async def test_the_list(size: tuple[int, int]) -> None:
    records = tuned(3.0)
    records += [
        event("set", 1200, hparam="lr", id=8, done=False, reason="lr = 3e4 is out of range", by="advice"),
        event("paused", 1200, id=9),
        event("undo", 600, id=10, from_=1200, to=600),
        event("set", 600, hparam="dropout", from_=0.2, to=0.4, id=11, by="advice", reason="overfitting"),
    ]
    records += [step(at, 1.0) for at in range(601, 700)]
    app = run_app(services(records), "digits-x")
    async with app.run_test(size=size) as pilot:
        await open_history(app, pilot)
        await pilot.press("end")
        await settle(pilot)
        text = screen_text(app)
        check_capture(f"history-{size[0]}x{size[1]}", text)
        assert "▲ hurt" in text and "↶ undone at step 1 200" in text and "too high" in text


async def test_u_undoes_the_last_after_a_question() -> None:
    fake = services(tuned(3.0))
    app = run_app(fake, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_history(app, pilot)
        await pilot.press("u")
        await settle(pilot)
        assert isinstance(app.screen, ConfirmUndo)
        await pilot.press("enter")
        await settle(pilot)
    assert fake.asked == [{"command": "undo", "value": 7}]


async def test_it_grows_while_it_is_read_and_the_cursor_stays() -> None:
    fake = services(tuned(0.4))
    fake.followers.clear()
    app = run_app(fake, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_history(app, pilot)
        options = screen.query_one("#list", OptionList)
        fake.followers[0].on_update(batch_update([event("paused", 1200, id=8), event("resumed", 1200, id=9)]))
        await settle(pilot)
        assert options.option_count == 3 and options.highlighted == 0
        await pilot.press("end")
        fake.followers[0].on_update(batch_update([event("set", 1200, hparam="lr", from_=0.03, to=0.01, id=12)]))
        fake.followers[0].on_update(RunUpdate(status=RunStatus.KILLED))
        await settle(pilot)
        assert options.option_count == 4 and options.highlighted == 3
        assert "u undo" not in screen_text(app)


async def test_two_hundred_entries_are_all_judged() -> None:
    records = tuned(1.0, 4000, 1)
    for at in range(20, 4000, 20):
        records.append(event("set", at, hparam="lr", from_=0.1, to=0.2, id=at, by="a script"))
    records.sort(key=lambda each: each.step)
    app = run_app(services(records, RunStatus.FINISHED), "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_history(app, pilot)
        options = screen.query_one("#list", OptionList)
        assert options.option_count == 200
        while str(options.get_option_at_index(199).prompt).split()[1] == "·":  # not judged yet
            await pilot.pause(0.01)
        await pilot.press("end", "pageup", "pagedown", "space", "home")
        await settle(pilot)
        assert isinstance(app.screen, HistoryScreen)


async def test_nothing_was_done() -> None:
    app = run_app(services(whole_run()[:60]), "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("h")
        await settle(pilot)
        assert isinstance(app.screen, RunScreen)


async def test_a_replay_has_the_history_of_its_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dltui.screens.replay.TICK_S", 0.01)
    fake = services(tuned(0.4), RunStatus.FINISHED)
    app = run_app(fake, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("r")
        await settle(pilot)
        while not (isinstance(app.screen, ReplayScreen) and app.screen.followed and app.screen.followed.state.step):
            await pilot.pause(0.01)
        await pilot.press("space", "home")
        await settle(pilot)
        await pilot.press("h", "u", "b", "ctrl+s")
        await settle(pilot)
        assert isinstance(app.screen, ReplayScreen) and "since step 601" not in screen_text(app)
        await pilot.press("end")
        await settle(pilot)
        text = screen_text(app)
        assert "helped: val " in text and "undoes" not in text
        await open_history(app, pilot)
        assert "set lr 0.1 → 0.03" in screen_text(app)
        await pilot.press("u")
        await settle(pilot)
        assert isinstance(app.screen, HistoryScreen)
    assert fake.asked == []
