"""The run screen: what it shows of a run in each state, and what each key does."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import SIZES, FakeServices, batch_update, check_capture, run_app, screen_text, settle, updates_of
from runlogs import START_S, end, evaluation, step, whole_run
from textual.widgets import Footer

from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui.screens.confirm import ConfirmQuit, ConfirmStop
from dltui.screens.run import RunScreen
from dltui.screens.runs import RunsScreen
from dltui.screens.too_small import TooSmallScreen
from dltui.widgets.chart_view import ChartView
from dltui_trainers.runlog import EventRecord


@pytest.mark.parametrize("size", SIZES)
async def test_the_screen_of_a_finished_run(finished: FakeServices, size: tuple[int, int]) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        text = screen_text(app)
        check_capture(f"run-finished-{size[0]}x{size[1]}", text)
        lines = text.split("\n")
        assert len(lines) == size[1] and all(len(line) <= size[0] for line in lines)
        assert "Help" in lines[-1] and "Quit" in lines[-1]


@pytest.mark.parametrize("size", SIZES)
async def test_the_screen_before_the_first_record(size: tuple[int, int]) -> None:
    app = run_app(FakeServices(updates=[RunUpdate(status=RunStatus.STARTING)]), "digits-x")
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        check_capture(f"run-starting-{size[0]}x{size[1]}", screen_text(app))


async def test_a_running_run_tells_how_far_it_is() -> None:
    services = FakeServices(updates=updates_of(whole_run()[:50], RunStatus.RUNNING))
    app = run_app(services, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert "● running" in text and "epoch 4/10 46 %" in text and "ETA 0:05" in text and "10 it/s" in text


async def test_a_long_log_that_is_being_read_claims_no_state() -> None:
    updates = updates_of(whole_run()[:50], RunStatus.STARTING)
    updates = [replace(updates[0], status=None, loading=True), replace(updates[1], loading=True)]
    app = run_app(FakeServices(updates=updates), "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert "◌ reading the log" in text and "starting" not in text and "ETA" not in text


@pytest.mark.parametrize(("status", "shown"), [(None, "◌ reading the log 34 %"), (RunStatus.RUNNING, "● running")])
async def test_how_much_of_a_long_log_is_read(status: RunStatus | None, shown: str) -> None:
    updates = updates_of(whole_run()[:50], RunStatus.STARTING)
    updates = [replace(each, status=status, loading=True, share=0.349) for each in updates]
    app = run_app(services := FakeServices(updates=updates), "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        assert shown in screen_text(app) and "reading the log 34 %" in screen_text(app)
        services.followers[0].on_update(RunUpdate(status=RunStatus.FINISHED))
        await settle(pilot)
        assert "reading the log" not in screen_text(app)


async def test_a_failed_run_shows_its_error_and_where() -> None:
    updates = updates_of([step(1), end("failed", error="ValueError: no such thing")], RunStatus.FAILED)
    updates.append(RunUpdate(traceback_line=12))
    app = run_app(FakeServices(updates=updates), "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "✗ Failed: ValueError: no such thing (o shows stdout.log:12)" in screen_text(app)


async def test_the_output_goes_on_while_it_is_shown() -> None:
    services = FakeServices(updates=updates_of([step(1)], RunStatus.RUNNING))
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("o")
        await settle(pilot)
        assert "Traceback" not in screen_text(app)
        services.followers[0].on_update(RunUpdate(output=("Traceback (most recent call last):",)))
        await settle(pilot)
        assert "Traceback (most recent call last):" in screen_text(app)


async def test_a_killed_run_says_at_which_step() -> None:
    app = run_app(FakeServices(updates=updates_of([step(7)], RunStatus.KILLED)), "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "† Killed at step 7: the process is gone" in screen_text(app)


async def test_a_run_without_a_manifest_is_shown_and_says_so() -> None:
    updates = [RunUpdate(status=RunStatus.FINISHED), batch_update(whole_run())]
    app = run_app(FakeServices(updates=updates), "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert "! run.json is missing or cannot be read" in text and "best 0.25 @ epoch 6" in text


async def test_what_the_training_could_not_do_is_told() -> None:
    event = EventRecord(step=5, time=START_S, name="checkpoint", reason="No space left on device", done=False)
    app = run_app(FakeServices(updates=updates_of([step(7), event], RunStatus.RUNNING)), "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "! checkpoint at step 5: No space left on device" in screen_text(app)


async def test_lines_that_could_not_be_read_are_counted() -> None:
    services = FakeServices(updates=updates_of(whole_run(), RunStatus.FINISHED))
    services.updates.append(RunUpdate(batch=None))
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        from dltui.runs.reader import decode

        services.followers[0].on_update(RunUpdate(batch=decode(b"rubbish\nmore rubbish")))
        await settle(pilot)
        assert "! 2 lines of metrics.jsonl could not be read" in screen_text(app)


async def test_values_that_are_not_finite_and_steps_that_go_back_are_shown() -> None:
    records = [step(each, float("nan") if each % 3 else 1.0) for each in range(20)]
    records += [step(each, float("inf")) for each in range(5)]
    app = run_app(FakeServices(updates=updates_of([*records, evaluation(5, float("nan"))], RunStatus.RUNNING)), "x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        assert "not finite" in screen_text(app)


async def test_text_of_a_log_is_shown_and_never_interpreted() -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J[bold red]markup[/] \u202egnol"
    updates = updates_of(
        [step(1), end("failed", error=hostile)], RunStatus.FAILED, hparams={hostile: hostile, "lr": 1.0}
    )
    updates[0] = RunUpdate(manifest=updates[0].manifest, status=RunStatus.FAILED, output=(hostile, "tab\there"))
    app = run_app(FakeServices(updates=updates), hostile.replace("/", ""))
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert not any(ord(character) < 32 and character != "\n" for character in text)
        assert "[bold red]markup" in text and "\u202e" not in text and "\N{SYMBOL FOR ESCAPE}" in text
        assert "Help" in text.split("\n")[-1]


async def test_keys_change_the_view(finished: FakeServices) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, RunScreen)
        await pilot.press("s")
        assert screen.view.smoothing == 0.95
        await pilot.press("S", "S")
        assert screen.view.smoothing == 0.8
        await pilot.press("y")
        assert not screen.view.y_log
        await pilot.press("x")
        assert screen.view.axis == "epoch"
        await pilot.press("plus", "plus")
        assert screen.view.window == (7.5, 10.0)
        await pilot.press("comma")
        assert screen.view.window == (6.875, 9.375)
        await pilot.press("minus", "0")
        assert screen.view.window is None
        await pilot.press("2")
        await settle(pilot)
        assert screen_text(app).split("\n")[1].startswith("accuracy")
        await pilot.press("f")
        await settle(pilot)
        assert "learning rate" not in screen_text(app)


async def test_the_value_cursor_tells_the_values(finished: FakeServices) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("left")
        await settle(pilot)
        assert "step 100: train" in screen_text(app)
        await pilot.press("ctrl+left", "left")
        await settle(pilot)
        assert "step 100:" not in screen_text(app) and "val 0." in screen_text(app)
        await pilot.press("escape")
        await settle(pilot)
        assert "(raw " not in screen_text(app)
        assert isinstance(app.screen, RunScreen)


async def test_the_mouse_zooms_and_points(finished: FakeServices) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, RunScreen)
        await pilot.click("#big", offset=(60, 5))
        assert screen.view.cursor == pytest.approx(47, abs=2)
        chart = screen.query_one("#big", ChartView)
        chart.post_message(ChartView.Wheeled(50.0, inward=True))
        await settle(pilot)
        assert screen.view.window == (25.0, 75.0)


async def test_live_records_are_drawn_and_every_update_is_acknowledged() -> None:
    services = FakeServices(updates=updates_of([step(1)], RunStatus.RUNNING))
    app = run_app(services, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        (follower,) = services.followers
        for each in range(2, 60):
            follower.on_update(batch_update([step(each)]))
        await settle(pilot)
        assert "step 59" in screen_text(app)
        assert follower.acknowledged == 60
    assert follower.closed


async def test_a_log_that_is_replaced_begins_anew() -> None:
    services = FakeServices(updates=updates_of(whole_run(), RunStatus.RUNNING))
    app = run_app(services, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        services.followers[0].on_update(batch_update([step(3)], restarted=True))
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, RunScreen) and screen.followed is not None
        assert len(screen.followed.state.train_loss) == 1


async def test_quit_asks_about_a_running_training_and_leaves_it_by_default(finished: FakeServices) -> None:
    finished.alive = True
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("q")
        assert isinstance(app.screen, ConfirmQuit)
        await settle(pilot)
        check_capture("quit-80x24", screen_text(app))
        await pilot.press("escape")
        assert isinstance(app.screen, RunScreen)
        await pilot.press("q", "enter")
        await settle(pilot)
    assert finished.stopped == []
    assert app.return_code == 0


async def test_quit_can_stop_the_training(finished: FakeServices) -> None:
    finished.alive = True
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("q", "s")
        await settle(pilot)
    assert finished.stopped == [Path("runs/digits-x")]


async def test_quit_asks_nothing_when_nothing_runs(finished: FakeServices) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("q")
        await settle(pilot)
    assert app.return_code == 0


async def test_stop_asks_and_stops() -> None:
    services = FakeServices(updates=updates_of([step(1)], RunStatus.RUNNING))
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("k")
        assert isinstance(app.screen, ConfirmStop)
        await pilot.press("enter")
        assert services.stopped == []
        await pilot.press("k", "y")
        await settle(pilot)
        assert services.stopped == [Path("runs/digits-x")]


async def test_a_stop_that_cannot_be_handed_over_is_told() -> None:
    services = FakeServices(
        updates=updates_of([step(1)], RunStatus.RUNNING), stop_error="Cannot hand it over: no [b]space[/]."
    )
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("k", "y")
        await settle(pilot)
        assert [note.message for note in app._notifications] == ["Cannot hand it over: no [b]space[/]."]


async def test_escape_leads_to_the_runs(finished: FakeServices) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(app.screen, RunsScreen)


async def test_help_lists_the_keys_and_the_palette_the_actions(finished: FakeServices) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(120, 50)) as pilot:
        await settle(pilot)
        commands = [command.title for command in app.get_system_commands(app.screen)]
        assert {"Smooth less", "X axis: step, epoch or time", "Quit", "Dark / light", "Theme"} <= set(commands)
        assert "Stop the training" not in commands  # it is over
        await pilot.press("question_mark")
        await settle(pilot)
        text = screen_text(app)
        for word in ("Smooth less", "The whole run", "What the training printed", "best validation loss so far"):
            assert word in text
        await pilot.press("escape")
        await pilot.press("d")
        assert app.theme == "dltui-light"


async def test_the_output_can_be_read(finished: FakeServices) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("o")
        await settle(pilot)
        assert "digits-x/stdout.log" in screen_text(app) and "650 parameters" in screen_text(app)


async def test_a_terminal_that_becomes_too_small_says_so_and_recovers(finished: FakeServices) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.resize_terminal(40, 10)
        await settle(pilot)
        assert isinstance(app.screen, TooSmallScreen)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert isinstance(app.screen, RunScreen)
        assert app.screen.query_one(Footer).display
        assert "finished" in screen_text(app)


async def test_the_palette_opens_once_even_beneath_the_cover(finished: FakeServices) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+p")
        await pilot.resize_terminal(40, 10)
        await settle(pilot)
        await pilot.press("ctrl+p")
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(app.screen, RunScreen)
