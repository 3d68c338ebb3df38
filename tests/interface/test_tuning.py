"""Telling a running training what to do: what is offered, what is asked of it, and what its answers say."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import (
    CHANGES,
    OVERFITTED,
    FakeServices,
    batch_update,
    check_capture,
    run_app,
    screen_text,
    settle,
    updates_of,
    with_footer,
)
from runlogs import START_S, manifest, step, whole_run
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Select

from dltui.advice.change import Apply, Change
from dltui.app import DltuiApp
from dltui.diagnosis.finding import Symptom
from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui.screens.advice import AdviceScreen
from dltui.screens.confirm import ConfirmBeside, ConfirmStop, ConfirmUndo
from dltui.screens.run import RunScreen
from dltui.screens.set_hparams import SetScreen
from dltui.widgets.hparam_field import HparamField
from dltui_trainers.runlog import EventRecord

SIZES = ((80, 24), (120, 35), (200, 50))
LOWER_LR = Change(
    hyperparameter="lr", from_=0.001, to=0.0003, apply=Apply.LIVE, symptom=Symptom.LR_TOO_HIGH, key="lr_down"
)


def event(name: str, at: int = 55, **rest: Any) -> EventRecord:
    """Return an answer of the training, 0.08 s after it was asked at step ``at``."""
    return EventRecord(**{"step": at, "time": START_S + 0.1 * at, "name": name, "by": "user", **rest})


def lr_set(id: int, at: int = 55, **rest: Any) -> EventRecord:
    """Return the answer to a set lr."""
    return event("set", at, **{"hparam": "lr", "from_": 0.001, "to": 0.0003, "id": id, **rest})


@pytest.fixture(autouse=True)
def judge_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge every piece of news when it comes, so that nothing is drawn anew under a dialog a second later."""
    monkeypatch.setattr("dltui.screens.run.DIAGNOSE_EVERY_S", 0.0)


@pytest.fixture
def running() -> FakeServices:
    """Services that show a run at work."""
    return FakeServices(updates=updates_of(whole_run()[:60], RunStatus.RUNNING), diagnosed=(OVERFITTED, CHANGES))


def tell(services: FakeServices, *records: Any, **rest: Any) -> None:
    """Let the training write to its log."""
    services.followers[0].on_update(batch_update(list(records), **rest))


async def press(pilot: Pilot[None], *keys: str) -> str:
    """Press the keys one after the other; return what is shown then."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)
    return screen_text(pilot.app)


async def opened(app: DltuiApp, pilot: Pilot[None]) -> RunScreen:
    """Return the run screen as soon as it shows the run."""
    await with_footer(pilot)
    assert isinstance(app.screen, RunScreen)
    return app.screen


@pytest.mark.parametrize("size", SIZES)
async def test_the_form(running: FakeServices, size: tuple[int, int]) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=size) as pilot:
        await opened(app, pilot)
        text = await press(pilot, "l", "slash", "enter")
        assert "lr 1e-3 → 3e-4   Enter sets it, Esc does not" in text
        check_capture(f"set-{size[0]}x{size[1]}", text)


async def test_the_learning_rate_is_lowered_in_four_keys(running: FakeServices) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        text = await press(pilot, "l", "slash", "enter", "enter")
        assert running.asked == [{"command": "set", "hparam": "lr", "value": 0.0003}]
        assert "… lr 1e-3 → 3e-4 asked for …" in text
        tell(running, lr_set(1, note="the cosine schedule goes on from there"))
        await settle(pilot)
        text = screen_text(app)
        assert "lr 1e-3 → 3e-4 since step 56" in text and " s)" in text
        assert "the cosine schedule goes on" in text and "asked for" not in text


async def test_what_has_no_effect_in_this_training_is_not_offered(running: FakeServices) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await opened(app, pilot)
        await press(pilot, "l")
        fields = {field.hparam.name: field.display for field in app.screen.query(HparamField)}
        assert fields["lr"] and not fields["momentum"] and not fields["augment_strength"]
        app.screen.query_one("#field-augment Input", Input).value = "crop"
        await settle(pilot)
        assert app.screen.query_one("#field-augment_strength").display


async def test_several_are_set_in_one_breath_with_a_reason(running: FakeServices) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await press(pilot, "l")
        form = app.screen
        form.query_one("#field-lr Input", Input).value = "3e-4"
        form.query_one("#field-schedule Select", Select).value = "constant"
        form.query_one("#reason", Input).value = " I think so "
        await settle(pilot)
        await press(pilot, "ctrl+s", "ctrl+s")
        assert running.asked == [
            {
                "command": "set",
                "hparam": "lr",
                "value": 0.0003,
                "also": {"schedule": "constant"},
                "reason": "I think so",
            }
        ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("lr", "fast", "✗ lr = fast is not a number"),
        ("lr", "-1", "out of range"),
        ("lr", "nan", "is not finite"),
        ("epochs", "3", "✗ epochs = 3 is too few: 5 are done already"),
        ("batch_size", "100000", "more than the"),
    ],
)
async def test_what_the_training_would_refuse_is_not_asked(
    running: FakeServices, name: str, text: str, said: str
) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await press(pilot, "l")
        app.screen.query_one(f"#field-{name} Input", Input).value = text
        await settle(pilot)
        assert said in await press(pilot, "ctrl+s", "ctrl+s")
        assert isinstance(app.screen, SetScreen) and running.asked == []


async def test_nothing_is_set_where_nothing_was_changed_or_the_question_was_taken_back(running: FakeServices) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        assert "Nothing is changed yet." in await press(pilot, "l", "enter", "enter")
        assert "Enter sets it" not in await press(pilot, "slash", "enter", "escape")
        assert isinstance(app.screen, SetScreen)
        assert "Enter sets it" not in await press(pilot, "enter", "slash")
        await press(pilot, "escape")
        assert isinstance(app.screen, RunScreen) and running.asked == []


async def test_the_form_hears_what_others_set_and_keeps_what_was_typed(running: FakeServices) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await press(pilot, "l", "slash")
        tell(running, event("set", hparam="dropout", from_=0.2, to=0.4, id=99, by="advice"))
        await settle(pilot)
        dropout, lr = (app.screen.query_one(f"#field-{name} Input", Input) for name in ("dropout", "lr"))
        assert (dropout.value, lr.value) == ("0.4", "0.0003")
        await press(pilot, "enter", "enter")
        assert running.asked == [{"command": "set", "hparam": "lr", "value": 0.0003}]


async def test_the_training_ends_while_the_form_is_open(running: FakeServices) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await press(pilot, "l", "slash", "enter")
        running.followers[0].on_update(RunUpdate(status=RunStatus.FINISHED))
        await settle(pilot)
        assert "✗ The training is over" in screen_text(app)
        assert "✗ The training is over" in await press(pilot, "enter", "enter")
        await press(pilot, "escape")
        assert isinstance(app.screen, RunScreen) and running.asked == []


async def test_a_refusal_is_told_with_its_reason(running: FakeServices) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await press(pilot, "l", "slash", "enter", "enter")
        tell(running, event("set", hparam="lr", id=1, done=False, reason="lr is 3e-4 already"))
        await settle(pilot)
        text = screen_text(app)
        assert "✗ set lr was refused: lr is 3e-4 already" in text and text.count("refused") == 1


async def test_what_is_refused_to_a_search_concerns_nobody_here(running: FakeServices) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        tell(running, event("stop", id=1, done=False, by="search", reason="the training is over"))
        await settle(pilot)
        assert "refused" not in screen_text(app)


async def test_what_others_do_is_told_with_their_names(running: FakeServices) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await opened(app, pilot)
        tell(running, lr_set(77, by="night\x1b[31mly"))
        await settle(pilot)
        assert "lr 1e-3 → 3e-4 since step 56 by night␛[31mly" in screen_text(app)


async def test_no_answer_is_told_with_what_it_may_be(running: FakeServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dltui.screens.tuned.PATIENCE_S", 0.0)
    app = run_app(running, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await opened(app, pilot)
        text = await press(pilot, "l", "slash", "enter", "enter")
        assert "lr 1e-3 → 3e-4 asked for, no answer yet: it answers between two steps, and may be validating" in text
        running.followers[0].on_update(RunUpdate(status=RunStatus.STARTING))
        await settle(pilot)
        assert "the training is still starting" in screen_text(app)
        running.followers[0].on_update(RunUpdate(status=RunStatus.KILLED))
        await settle(pilot)
        assert "the training ended before it answered" in screen_text(app)


async def test_a_folder_that_cannot_be_written_is_told(running: FakeServices) -> None:
    running.ask_error = "Cannot hand the command to digits-x: Read-only file system."
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        text = await press(pilot, "space")
        assert [note.message for note in app._notifications] == [running.ask_error] and "asked for" not in text


async def test_space_pauses_and_lets_it_go_on(running: FakeServices) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await press(pilot, "space")
        tell(running, event("paused", id=1))
        await settle(pilot)
        await press(pilot, "space")
        tell(running, event("resumed", id=2))
        await settle(pilot)
        text = await press(pilot, "ctrl+s")
        assert [each["command"] for each in running.asked] == ["pause", "resume", "checkpoint"]
        assert "a checkpoint asked for" in text
        tell(running, event("checkpoint", id=3, to="step-55.pt"))
        await settle(pilot)
        assert [note.message for note in app._notifications] == ["checkpoint step-55.pt written at step 55"]


async def test_undo_asks_first_and_tells_where_it_leads(running: FakeServices) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await press(pilot, "u")
        assert isinstance(app.screen, RunScreen)
        tell(running, lr_set(77, at=40))
        await settle(pilot)
        text = await press(pilot, "u")
        assert isinstance(app.screen, ConfirmUndo)
        assert "Undo lr 1e-3 → 3e-4?" in text and "step 40" in text and "lr 3e-4 → 1e-3" in text
        await press(pilot, "escape")
        assert running.asked == []
        await press(pilot, "u", "enter")
        assert running.asked == [{"command": "undo", "value": 77}]  # the change that is meant
        tell(running, event("undo", 40, from_=55, to=40, id=1))
        await settle(pilot)
        text = screen_text(app)
        assert "↶ undone: from step 55 back to step 40" in text and "since step" not in text
        await press(pilot, "u")
        assert isinstance(app.screen, RunScreen)


async def test_it_is_undone_elsewhere_while_the_question_is_open(running: FakeServices) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        tell(running, lr_set(77, at=40))
        await settle(pilot)
        await press(pilot, "u")
        tell(running, event("undo", 40, from_=55, to=40, id=78))
        await settle(pilot)
        await press(pilot, "enter")
        assert running.asked == [] and "undone already" in next(iter(app._notifications)).message


@pytest.mark.parametrize("status", [RunStatus.FINISHED, RunStatus.KILLED])
async def test_a_run_that_is_over_is_told_nothing(running: FakeServices, status: RunStatus) -> None:
    running.updates[0] = replace(running.updates[0], status=status)
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        text = await press(pilot, "space", "l", "u", "ctrl+s", "k")
        assert isinstance(app.screen, RunScreen) and running.asked == []
        assert "Pause" not in text and " Set" not in text and "Undo" not in text and "b Branch" in text


async def test_a_log_of_another_program_is_told_nothing() -> None:
    services = FakeServices(
        updates=[RunUpdate(status=RunStatus.RUNNING, format="csv"), batch_update([step(each) for each in range(9)])]
    )
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        text = await press(pilot, "space", "l", "u", "b", "h", "ctrl+s", "k")
        assert isinstance(app.screen, RunScreen) and services.asked == []
        assert "Pause" not in text and "Branch" not in text


async def test_a_task_that_is_not_ours_can_be_paused_but_not_set(running: FakeServices) -> None:
    running.updates[0] = replace(running.updates[0], manifest=manifest("x", task="somebody's own"))
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await press(pilot, "l", "b", "space")
        assert isinstance(app.screen, RunScreen) and [each["command"] for each in running.asked] == ["pause"]


async def test_advice_is_applied_to_the_running_training(running: FakeServices) -> None:
    running.diagnosed = (OVERFITTED, (LOWER_LR, *CHANGES))
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        text = await press(pilot, "a")
        assert "⏎ Enter sets lr 1e-3 → 3e-4 in the running training." in text and "lr 1e-3 → 3e-4   live" in text
        await press(pilot, "enter")
        assert isinstance(app.screen, RunScreen) and running.launches == []
        assert running.asked == [
            {"command": "set", "hparam": "lr", "value": 0.0003, "reason": "advice: learning rate too high"}
        ]


@pytest.mark.parametrize(("key", "at"), [("b", "last"), ("r", None)])
async def test_live_advice_can_be_a_training_of_its_own(running: FakeServices, key: str, at: str | None) -> None:
    running.diagnosed = (OVERFITTED, (LOWER_LR,))
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await press(pilot, "a", key)
        assert isinstance(app.screen, ConfirmBeside)
        await press(pilot, "enter")
    assert running.asked == [] and running.launches == [("digits", {"lr": "0.0003"})]
    assert [each.step for each in running.origins] == [at]


async def test_the_training_ends_while_live_advice_is_read(running: FakeServices) -> None:
    running.diagnosed = (OVERFITTED, (LOWER_LR,))
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await press(pilot, "a")
        running.followers[0].on_update(RunUpdate(status=RunStatus.FINISHED))
        await settle(pilot)
        assert isinstance(app.screen, AdviceScreen)
        assert "branch from the last checkpoint" in screen_text(app) and "sets it" not in screen_text(app)
        await press(pilot, "enter")
    assert running.asked == [] and running.launches == [("digits", {"lr": "0.0003"})]


async def test_stop_still_asks(running: FakeServices) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await press(pilot, "k")
        assert isinstance(app.screen, ConfirmStop)
        await press(pilot, "y")
        assert running.stopped == [Path("runs/digits-x")]


@pytest.mark.parametrize("key", ["l", "a", "b", "h", "u"])
async def test_news_that_come_while_a_dialog_opens_or_closes(running: FakeServices, key: str) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        tell(running, lr_set(77, at=40))
        await settle(pilot)
        for pressed in (key, "escape", key, "escape"):
            tell(running, step(61), step(62))
            app.post_message(events.Key(pressed, None))
            tell(running, step(63), lr_set(78, at=63))
            await pilot.pause()
        await settle(pilot)
        assert isinstance(app.screen, RunScreen)
