"""The advice: what is offered, what starts a training of its own, and where the screen goes then."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import (
    CHANGES,
    OVERFITTED,
    SIZES,
    FakeServices,
    batch_update,
    check_capture,
    run_app,
    screen_text,
    settle,
    updates_of,
)
from runlogs import manifest, step, whole_run
from textual.pilot import Pilot

from dltui.app import DltuiApp
from dltui.errors import RunsFolderError
from dltui.runs.launch import Origin
from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui.screens.advice import AdviceScreen
from dltui.screens.confirm import ConfirmBeside
from dltui.screens.run import RunScreen
from dltui.screens.runs import RunsScreen
from dltui_trainers.runlog import Parent

FOLDER = Path("runs/digits-x")
CHILD = Parent(run="digits-x", step=60, changed={"dropout": 0.3})


@pytest.fixture
def overfitted(finished: FakeServices) -> FakeServices:
    """Services that find the finished run overfitted."""
    finished.diagnosed = (OVERFITTED, CHANGES)
    return finished


async def open_advice(app: DltuiApp, pilot: Pilot[None]) -> None:
    await settle(pilot)
    await pilot.press("a")
    await settle(pilot)
    assert isinstance(app.screen, AdviceScreen)


@pytest.mark.parametrize("size", SIZES)
async def test_the_screen(overfitted: FakeServices, size: tuple[int, int]) -> None:
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=size) as pilot:
        await open_advice(app, pilot)
        check_capture(f"advice-{size[0]}x{size[1]}", screen_text(app))
        await pilot.press("escape")
        assert isinstance(app.screen, RunScreen)
    assert overfitted.launches == []


async def test_enter_starts_the_change_and_shows_the_new_run(overfitted: FakeServices) -> None:
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_advice(app, pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert overfitted.launches == [("digits", {"weight_decay": "0.0001"})]
        assert overfitted.origins == [Origin(folder=FOLDER, step=None)]
        assert isinstance(app.screen, RunScreen) and app.screen.folder == Path("runs/started")
        assert overfitted.stopped == []
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(app.screen, RunsScreen)


@pytest.mark.parametrize(("key", "at"), [("enter", 60), ("r", None)])
async def test_a_branch_begins_at_its_checkpoint_or_if_wanted_at_the_beginning(
    overfitted: FakeServices, key: str, at: float | None
) -> None:
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_advice(app, pilot)
        await pilot.press("2")
        await settle(pilot)
        assert "branch from epoch 6. r" in screen_text(app)
        await pilot.press(key)
        await settle(pilot)
    assert overfitted.launches == [("digits", {"dropout": "0.3"})]
    assert overfitted.origins == [Origin(folder=FOLDER, step=at)]


async def test_what_has_no_value_or_is_no_setting_cannot_be_started(overfitted: FakeServices) -> None:
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_advice(app, pilot)
        for number, sentence in (("3", "does not tell the present value"), ("4", "it is done by hand")):
            await pilot.press(number)
            await settle(pilot)
            assert sentence in screen_text(app)
            await pilot.press("enter", "r")
            await settle(pilot)
            assert isinstance(app.screen, AdviceScreen)
    assert overfitted.launches == []


@pytest.mark.parametrize("known", [None, manifest("x", task="somebody's own")])
async def test_a_log_of_somebody_else_starts_nothing(overfitted: FakeServices, known: object) -> None:
    overfitted.updates[0] = replace(overfitted.updates[0], manifest=known)
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_advice(app, pilot)
        assert "no task of dltui" in screen_text(app)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, AdviceScreen)
    assert overfitted.launches == []


@pytest.mark.parametrize(
    ("keys", "launches", "stopped"),
    [(["enter"], 1, []), (["l"], 1, []), (["s"], 1, [FOLDER]), (["escape"], 0, [])],
)
async def test_a_training_that_still_runs_goes_on_unless_it_is_to_stop(
    keys: list[str], launches: int, stopped: list[Path]
) -> None:
    services = FakeServices(updates=updates_of(whole_run()[:60], RunStatus.RUNNING), diagnosed=(OVERFITTED, CHANGES))
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_advice(app, pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, ConfirmBeside)
        await pilot.press(*keys)
        await settle(pilot)
        assert isinstance(app.screen, RunScreen if launches else AdviceScreen)
    assert len(services.launches) == launches and services.stopped == stopped


async def test_a_start_that_fails_keeps_the_advice_and_stops_nothing() -> None:
    services = FakeServices(updates=updates_of(whole_run()[:60], RunStatus.RUNNING), diagnosed=(OVERFITTED, CHANGES))
    services.launch_error = RunsFolderError("Cannot write to runs: Read-only file system.")
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_advice(app, pilot)
        await pilot.press("enter", "s")
        await settle(pilot)
        assert isinstance(app.screen, AdviceScreen)
        assert "✗ Cannot write to runs: Read-only file system." in screen_text(app)
    assert services.stopped == []


async def test_the_explanation_leads_to_the_advice(overfitted: FakeServices) -> None:
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("e", "a")
        await settle(pilot)
        assert isinstance(app.screen, AdviceScreen)


async def test_no_advice_is_said_and_starts_nothing(finished: FakeServices) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_advice(app, pilot)
        assert "Nothing to change." in screen_text(app)
        await pilot.press("enter", "r", "1", "down", "space")
        await settle(pilot)
        assert isinstance(app.screen, AdviceScreen)


async def test_a_child_tells_its_parent_and_leads_there() -> None:
    first, rest = updates_of(whole_run(), RunStatus.FINISHED, parent=CHILD)
    services = FakeServices(updates=[first, rest], parents={"digits-x": (FOLDER, {"dropout": 0.2})})
    app = run_app(services, "digits-x-2")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "from digits-x at step 60, changed dropout 0.2 → 0.3   p opens it" in screen_text(app)
        services.updates = updates_of(whole_run(), RunStatus.FINISHED)
        await pilot.press("p", "p")
        await settle(pilot)
        assert isinstance(app.screen, RunScreen) and app.screen.folder == FOLDER
        assert "from digits-x" not in screen_text(app)
        await pilot.press("p")
        await settle(pilot)
        assert app.screen.folder == FOLDER


async def test_a_parent_that_is_not_here_is_named_only() -> None:
    services = FakeServices(updates=updates_of(whole_run(), RunStatus.FINISHED, parent=CHILD))
    app = run_app(services, "digits-x-2")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert "from digits-x at step 60, changed dropout → 0.3" in text and "opens it" not in text
        await pilot.press("p")
        await settle(pilot)
        assert isinstance(app.screen, RunScreen) and app.screen.folder.name == "digits-x-2"


async def test_advice_is_asked_for_before_anything_was_judged() -> None:
    services = FakeServices(updates=[RunUpdate(loading=True), replace(batch_update([step(1)]), loading=True)])
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a", "e")
        await settle(pilot)
        assert isinstance(app.screen, RunScreen)


@pytest.mark.parametrize(("settable", "told"), [(["lr", "dropout"], True), ([], False)])
async def test_a_script_is_started_again_with_what_it_tells(
    overfitted: FakeServices, settable: list[str], told: bool
) -> None:
    script = manifest(source="recorder", task="train", hparams={"lr": 0.1}, settable=settable, commands=["set"])
    overfitted.updates[0] = replace(overfitted.updates[0], manifest=script)
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await open_advice(app, pilot)
        assert "does not tell this setting" in screen_text(app)  # weight_decay is neither told nor watched
        await pilot.press("2")
        await settle(pilot)
        assert ("does not tell this setting" in screen_text(app)) is not told
        await pilot.press("b")
        await settle(pilot)
    assert overfitted.launches == ([("train", {"dropout": "0.3"})] if told else [])
    assert overfitted.origins == ([Origin(folder=FOLDER, step=60)] if told else [])
