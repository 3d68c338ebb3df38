"""Keys that come faster than screens change: what is asked twice is done once."""

from pathlib import Path

import pytest
from fakes import FakeServices, run_app, settle, updates_of
from runlogs import START_S, whole_run
from textual import events

from dltui.app import DltuiApp
from dltui.catalog.catalog import RunSummary
from dltui.runs.status import RunStatus
from dltui.screens.branch import BranchScreen
from dltui.screens.confirm import ConfirmUndo
from dltui.screens.new_run import NewRunScreen
from dltui.screens.run import RunScreen
from dltui.screens.runs import RunsScreen
from dltui.screens.set_hparams import SetScreen
from dltui_trainers.runlog import EventRecord


def press_at_once(app: DltuiApp, *keys: str) -> None:
    """Send ``keys`` as a terminal does, without waiting for what the one before has done."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.parametrize("times", [2, 3])
async def test_leaving_a_run_in_haste_ends_at_the_list(finished: FakeServices, times: int) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        press_at_once(app, *["escape"] * times)
        await settle(pilot)
        assert isinstance(app.screen, RunsScreen)


@pytest.mark.parametrize(("key", "screen"), [("enter", RunScreen), ("n", NewRunScreen)])
async def test_a_key_that_comes_twice_opens_one_screen(finished: FakeServices, key: str, screen: type) -> None:
    finished.runs = (RunSummary(folder=Path("runs/digits-x")),)
    app = run_app(finished)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        press_at_once(app, key, key)
        await settle(pilot)
        assert [type(each) for each in app.screen_stack].count(screen) == 1


@pytest.mark.parametrize(("key", "screen"), [("l", SetScreen), ("b", BranchScreen), ("u", ConfirmUndo)])
async def test_a_dialog_opens_once(key: str, screen: type) -> None:
    told = EventRecord(step=20, time=START_S + 2, name="set", hparam="lr", from_=0.1, to=0.03, id=1, by="user")
    services = FakeServices(updates=updates_of([*whole_run()[:60], told], RunStatus.RUNNING))
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        press_at_once(app, key, key)
        await settle(pilot)
        assert [type(each) for each in app.screen_stack].count(screen) == 1
        assert services.asked == []


async def test_pause_in_haste_ends_as_it_was() -> None:
    services = FakeServices(updates=updates_of(whole_run()[:60], RunStatus.RUNNING))
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        press_at_once(app, "space", "space", "space")
        await settle(pilot)
        assert [each["command"] for each in services.asked] == ["pause", "resume", "pause"]
