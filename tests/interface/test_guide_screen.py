"""The screen of a guide: its steps and trials, what each step found, and what a person can ask of it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from fakes import FakeServices, check_capture, run_app, screen_text, updates_of, with_footer
from guide.sample import HOSTILE, faulty_guide, guide_at, sample_guide
from runlogs import whole_run
from textual.pilot import Pilot

from dltui.app import DltuiApp
from dltui.errors import GuideError
from dltui.guide.follow import GuideSeen
from dltui.guide.options import STEPS
from dltui.guide.state import Answer, Guide, GuideStatus, StepState, TrialEntry
from dltui.runs.status import RunStatus
from dltui.screens.guide import GuideScreen
from dltui.screens.run import RunScreen
from dltui.screens.runs import RunsScreen
from dltui.text import safe_text

NAME = "digits-guide-20261121-181500-3fa2"


def seen(guide: Guide, status: RunStatus | None = None, trouble: str = "") -> GuideSeen:
    """Return how the guide stands where its engine does as its state says."""
    known = status or (RunStatus.RUNNING if guide.status is GuideStatus.PAUSED else RunStatus(guide.status))
    return GuideSeen(guide=guide, status=known, trouble=trouble)


def services_of(guide: GuideSeen | Guide | None) -> FakeServices:
    told = seen(guide) if isinstance(guide, Guide) else guide
    return FakeServices(guide=told, updates=updates_of(whole_run(), RunStatus.FINISHED))


async def tell(services: FakeServices, pilot: Pilot[Any], now: GuideSeen | Guide) -> None:
    """Let the guide stand otherwise, and wait until that is shown."""
    services.guide_followers[-1].on_change(seen(now) if isinstance(now, Guide) else now)
    await with_footer(pilot)


def screen_of(app: DltuiApp) -> GuideScreen:
    assert isinstance(app.screen, GuideScreen)
    return app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 35)])
async def test_every_step_of_a_finished_guide(size: tuple[int, int]) -> None:
    app = run_app(services_of(sample_guide()), guide=NAME)
    async with app.run_test(size=size) as pilot:
        await with_footer(pilot)
        assert screen_of(app).selected == STEPS[-1]
        for step in STEPS:
            await pilot.press(str(step))
            await with_footer(pilot)
            text = screen_text(app)
            check_capture(f"guide-step-{step}-{size[0]}x{size[1]}", text)
            assert all(len(line) <= size[0] for line in text.split("\n"))


@pytest.mark.parametrize("size", [(80, 24), (120, 35), (200, 50)])
async def test_a_guide_at_work_shows_the_running_step_and_its_trials(size: tuple[int, int]) -> None:
    guide = guide_at(3)
    trials = [
        TrialEntry(name="s3-lr-1e-05", settings={"lr": 1e-5}, status="finished", val_loss=2.25, seconds=0.6),
        TrialEntry(name="s3-lr-0.001", settings={"lr": 1e-3}, status="running", val_loss=0.61, seconds=0.3),
    ]
    guide = guide.with_step(msgspec.structs.replace(guide.steps[3], trials=trials, seconds=1.4))
    app = run_app(services_of(guide), guide=NAME)
    async with app.run_test(size=size) as pilot:
        await with_footer(pilot)
        assert screen_of(app).selected == 3
        check_capture(f"guide-at-work-{size[0]}x{size[1]}", screen_text(app))


async def test_a_fault_halts_the_guide_and_tells_what_can_be_done() -> None:
    services = services_of(faulty_guide())
    app = run_app(services, guide=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        assert screen_of(app).selected == 2
        check_capture("guide-fault-80x24", screen_text(app))
        await pilot.press("a")
        assert services.asked == [{"command": "accept", "value": 2}]
        assert [folder.name for folder in services.gone_on] == [NAME]


async def test_the_selected_step_follows_the_one_at_work_until_a_person_moves() -> None:
    services = services_of(guide_at(2))
    app = run_app(services, guide=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        screen = screen_of(app)
        assert screen.selected == 2
        await tell(services, pilot, guide_at(3))
        assert screen.selected == 3 and "3  learning rate" in screen_text(app)
        await pilot.press("up", "up", "up")
        await with_footer(pilot)
        assert screen.selected == 0
        await tell(services, pilot, guide_at(4))
        assert screen.selected == 0 and "0  know the data" in screen_text(app)
        await pilot.press("4")
        await tell(services, pilot, guide_at(5))
        assert screen.selected == 5  # the one at work was chosen: it is followed again
        await tell(services, pilot, sample_guide())
        assert screen.selected == 6
        await pilot.press("left")
        assert screen.selected == 5


async def test_keys_ask_for_what_they_say() -> None:
    guide = guide_at(3)
    services = services_of(guide)
    app = run_app(services, guide=NAME)
    async with app.run_test(size=(120, 35)) as pilot:
        await with_footer(pilot)
        await pilot.press("space")
        await with_footer(pilot)
        assert "asked to pause …" in screen_text(app)
        await tell(services, pilot, msgspec.structs.replace(guide, status=GuideStatus.PAUSED))
        assert "‖ paused" in screen_text(app)
        await pilot.press("space")
        await tell(services, pilot, guide)
        await pilot.press("5", "s")
        await pilot.press("2", "r")
        await with_footer_of_dialog(pilot)
        assert "Do step 2 anew?" in screen_text(app) and "Steps 2 to 6" in screen_text(app)
        await pilot.press("enter")
        await with_footer(pilot)
        await pilot.press("k")
        await with_footer_of_dialog(pilot)
        await pilot.press("y")
        await with_footer(pilot)
        assert services.asked == [
            {"command": "pause"},
            {"command": "resume"},
            {"command": "skip", "value": 5},
            {"command": "repeat", "value": 2},
            {"command": "stop"},
        ]
        assert services.gone_on == []


async def with_footer_of_dialog(pilot: Pilot[Any]) -> None:
    await pilot.pause()
    await pilot.pause()


async def test_what_somebody_looks_at_stays_though_the_next_step_begins() -> None:
    running = msgspec.structs.replace(sample_guide().steps[3], state=StepState.RUNNING)
    services = services_of(guide_at(3).with_step(running))
    app = run_app(services, guide=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        await pilot.press("enter", "down")
        await tell(services, pilot, guide_at(4))
        assert screen_of(app).selected == 3
        await pilot.press("enter")
        await with_footer(pilot)
        assert isinstance(app.screen, RunScreen) and app.screen.folder.name == "s3-lr-3.16e-05"


async def test_a_refused_command_is_told_with_its_reason_and_one_done_is_told_too() -> None:
    guide = guide_at(3)
    services = services_of(guide)
    app = run_app(services, guide=NAME)
    async with app.run_test(size=(120, 35)) as pilot:
        await with_footer(pilot)
        await pilot.press("5", "s", "6", "s")
        answers = [Answer(id=1, command="skip", refused="Step 5 is done; repeat does it\x1b[2J again."), *guide.answers]
        answers += [Answer(id=2, command="skip"), Answer(id=77, command="edit", refused="asked by somebody else")]
        await tell(services, pilot, msgspec.structs.replace(guide, answers=answers))
        told = [notification.message for notification in app._notifications]
        assert "Step 5 is skipped.: Step 5 is done; repeat does it␛[2J again." in told
        assert told[-1] == "Step 6 is skipped." and len(told) == 2
        services.ask_error = "Cannot hand the command to it: the disk is full."
        await pilot.press("4", "s")
        assert "the disk is full" in [notification.message for notification in app._notifications][-1]


async def test_a_killed_engine_is_told_and_c_starts_another() -> None:
    services = services_of(seen(guide_at(4), RunStatus.KILLED))
    app = run_app(services, guide=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        check_capture("guide-killed-80x24", screen_text(app))
        await pilot.press("space", "k")  # there is nobody to be paused or stopped
        assert services.asked == []
        await pilot.press("c")
        assert [folder.name for folder in services.gone_on] == [NAME]
        services.guide_error = GuideError("Another process works on it already.")
        await pilot.press("c")
        assert "Another process" in [notification.message for notification in app._notifications][-1]


async def test_a_guide_that_failed_shows_what_its_engine_printed() -> None:
    failed = msgspec.structs.replace(guide_at(4), status=GuideStatus.FAILED, error=f"It died: {HOSTILE}.")
    services = services_of(failed)
    services.engine_output = ("Traceback", HOSTILE)
    app = run_app(services, guide=NAME)
    async with app.run_test(size=(120, 35)) as pilot:
        await with_footer(pilot)
        assert "✗ failed" in screen_text(app) and "The guide failed: It died" in screen_text(app)
        await pilot.press("o")
        await pilot.pause()
        assert "engine.log" in screen_text(app) and safe_text(HOSTILE)[:12] in screen_text(app)


async def test_a_folder_that_is_deleted_leaves_what_was_known() -> None:
    services = services_of(guide_at(3))
    app = run_app(services, guide=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        gone = seen(guide_at(3), RunStatus.KILLED, trouble="The folder of it is no longer there.")
        await tell(services, pilot, gone)
        assert "no longer there" in screen_text(app) and "3  learning rate" in screen_text(app)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, RunsScreen) and services.guide_followers[-1].closed


async def test_nothing_can_be_read_yet() -> None:
    services = services_of(GuideSeen(guide=None, status=RunStatus.STARTING, trouble="guide.json is torn."))
    app = run_app(services, guide=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        assert "guide.json is torn" in screen_text(app)
        await pilot.press("s", "r", "e", "c", "f", "enter", "0")
        assert services.asked == [] and services.gone_on == []
        await tell(services, pilot, guide_at(1))
        assert "1  initial loss" in screen_text(app)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_hostile_text_reaches_no_terminal(size: tuple[int, int]) -> None:
    app = run_app(services_of(sample_guide(name=HOSTILE.replace("/", ""), hostile=True)), guide="hostile")
    async with app.run_test(size=size) as pilot:
        await with_footer(pilot)
        for step in STEPS:
            await pilot.press(str(step), "enter")
            await with_footer(pilot)
            text = screen_text(app)
            assert "\x1b" not in text and "\u202e" not in text
            assert all(len(line) <= size[0] for line in text.split("\n"))


async def test_enter_opens_the_run_of_a_trial_and_escape_comes_back() -> None:
    services = services_of(sample_guide())
    app = run_app(services, guide=NAME)
    async with app.run_test(size=(120, 35)) as pilot:
        await with_footer(pilot)
        await pilot.press("3", "enter", "home", "down", "enter")
        await with_footer(pilot)
        assert isinstance(app.screen, RunScreen)
        assert app.screen.folder == Path("runs") / NAME / "s3-lr-3.16e-05"
        await pilot.press("escape")
        await with_footer(pilot)
        assert screen_of(app).selected == 3
        await pilot.press("escape", "f")
        await with_footer(pilot)
        assert isinstance(app.screen, RunScreen) and app.screen.folder.name == "s6-final"


async def test_a_name_of_a_trial_that_leads_elsewhere_opens_nothing() -> None:
    app = run_app(services_of(msgspec.structs.replace(sample_guide(), final="../../etc")), guide=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        await pilot.press("f")
        await with_footer(pilot)
        assert isinstance(app.screen, GuideScreen)


async def test_the_dialog_sends_only_what_is_changed() -> None:
    services = services_of(guide_at(3))
    app = run_app(services, guide=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        await pilot.press("e")
        await pilot.pause()
        await pilot.press(*"2m", "down", "down", "down", *"1e-4", "down", *"1e-6")
        await pilot.pause()
        assert "make no range" in screen_text(app)
        await pilot.press("enter")
        assert services.asked == []
        await pilot.press("up", "down", *"0.1", "down", "down", "down", "down", *"0,1e-3")
        await pilot.pause()
        check_capture("guide-edit-80x24", screen_text(app))
        await pilot.press("enter")
        await with_footer(pilot)
        also = {"budget_s": 120.0, "lr_low": 1e-4, "lr_high": 0.1, "weight_decays": "0,1e-3"}
        assert services.asked == [{"command": "edit", "also": also}]


async def test_without_colour_it_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    services = services_of(sample_guide())
    app = run_app(services, guide=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        for step in STEPS:
            await pilot.press(str(step))
            await with_footer(pilot)
        assert "6  curves  ✓ sound" in screen_text(app)


async def test_every_key_is_in_the_palette() -> None:
    app = run_app(services_of(guide_at(3)), guide=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        told = {command.title for command in app.get_system_commands(app.screen)}
        assert {"Skip the selected step", "Pause the guide and its trials", "Step 6"} <= told


async def test_what_is_the_same_is_not_drawn_anew() -> None:
    services = services_of(sample_guide())
    app = run_app(services, guide=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        before = screen_text(app)
        await tell(services, pilot, sample_guide())
        assert screen_text(app) == before


async def test_chinese() -> None:
    services = services_of(sample_guide())
    services.language = "zh_CN"
    app = run_app(services, guide=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        assert "学习率" in screen_text(app) and "存疑" in screen_text(app)


async def test_a_step_that_was_skipped_or_had_no_time_says_so() -> None:
    guide = guide_at(3)
    guide = guide.with_step(msgspec.structs.replace(guide.steps[5], state=StepState.OUT_OF_TIME))
    app = run_app(services_of(guide), guide=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        await pilot.press("1")
        await with_footer(pilot)
        assert "This step was left out" in screen_text(app)
        await pilot.press("5")
        await with_footer(pilot)
        assert "The budget was spent before this step" in screen_text(app)
