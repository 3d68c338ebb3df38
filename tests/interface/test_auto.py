"""Advice that is followed unasked in the run screen: switched on and off, told like every change, one at a time."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeServices, batch_update, run_app, screen_text, settle, updates_of
from runlogs import START_S, whole_run
from textual.pilot import Pilot

from dltui.advice.change import Apply, Change
from dltui.advice.limits import Limits
from dltui.app import DltuiApp
from dltui.diagnosis.finding import Diagnosis, Evidence, Finding, Severity, Symptom, Unit, Verdict
from dltui.runs.status import RunStatus
from dltui.screens.confirm import ConfirmAuto
from dltui_trainers.runlog import EventRecord

TOO_HIGH = Finding(
    symptom=Symptom.LR_TOO_HIGH,
    severity=Severity.WARNING,
    confidence=0.95,
    since_step=10,
    evidence=(Evidence(name="oscillation", value=0.3, unit=Unit.RATIO, numbers={"level": 0.5}),),
    guide_step=3,
)
FOUND = Diagnosis(verdict=Verdict.UNDERFITTING, confidence=0.9, findings=(TOO_HIGH,), at_step=59)
LOWER = Change(
    hyperparameter="lr", from_=0.001, to=0.0003, apply=Apply.LIVE, symptom=Symptom.LR_TOO_HIGH, key="lr_down"
)
ASKED = {
    "command": "set",
    "hparam": "lr",
    "value": 0.0003,
    "by": "advice",
    "reason": "advice: learning rate too high",
}
FOLDER = Path("runs/digits-x")
WHENEVER = Limits(every_epochs=1)


@pytest.fixture
def running() -> FakeServices:
    """A run at work of whose learning rate the diagnosis says that it is too high."""
    return FakeServices(updates=updates_of(whole_run()[:60], RunStatus.RUNNING), diagnosed=(FOUND, (LOWER,)))


def answer() -> EventRecord:
    """What the training answers to the first thing that was asked of it."""
    return EventRecord(step=55, time=START_S + 5.5, name="set", hparam="lr", from_=0.001, to=0.0003, id=1, by="advice")


async def press(pilot: Pilot[None], *keys: str) -> str:
    """Press the keys one after the other; return what is shown then."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)
    return screen_text(pilot.app)


async def test_a_person_switches_it_on_and_off(running: FakeServices) -> None:
    app = run_app(running, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        assert running.asked == [] and "auto" not in screen_text(app).splitlines()[0]
        text = await press(pilot, "A")
        assert isinstance(app.screen, ConfirmAuto)
        assert "lr, grad_clip, weight_decay, dropout; at most one change in 5 epochs" in " ".join(text.split())
        await press(pilot, "escape")
        assert running.auto == {} and running.asked == []
        text = await press(pilot, "A", "y")
        assert running.auto == {FOLDER: Limits()} and "auto" in text.splitlines()[0]
        text = await press(pilot, "A")
        assert running.auto == {} and "auto" not in text.splitlines()[0]


async def test_what_it_does_is_told_like_every_change(running: FakeServices) -> None:
    running.auto[FOLDER] = WHENEVER
    app = run_app(running, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        assert running.asked == [ASKED]
        assert "… lr 1e-3 → 3e-4 asked for" in screen_text(app)
        running.followers[0].on_update(batch_update([answer()]))
        await settle(pilot)
        text = screen_text(app)
        assert "lr 1e-3 → 3e-4 since step 56" in text and "by advice" in text


async def test_it_waits_for_the_answer(running: FakeServices) -> None:
    running.auto[FOLDER] = WHENEVER
    app = run_app(running, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        seen = running.diagnoses
        for record in whole_run()[60:66]:
            running.followers[0].on_update(batch_update([record]))
            await settle(pilot)
        while running.diagnoses == seen:
            await pilot.pause(0.05)
        assert running.asked == [ASKED]


async def test_what_was_launched_with_it_has_it(running: FakeServices) -> None:
    launched = running.launch("digits", {})
    app = DltuiApp(running, launched=launched, auto=WHENEVER)  # type: ignore[arg-type]
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        assert running.asked == [ASKED]


async def test_what_cannot_be_asked_is_told_once(running: FakeServices) -> None:
    running.auto[FOLDER], running.ask_error = WHENEVER, "the disk is full"
    app = run_app(running, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        assert running.auto == {} and [note.message for note in app._notifications] == ["the disk is full"]


@pytest.mark.parametrize("status", [RunStatus.FINISHED, RunStatus.KILLED])
async def test_a_training_that_is_over_is_left_alone(running: FakeServices, status: RunStatus) -> None:
    running.updates, running.auto = updates_of(whole_run(), status), {FOLDER: WHENEVER}
    app = run_app(running, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        text = await press(pilot, "A")
        assert running.asked == [] and "auto" not in text.splitlines()[0]


async def test_a_note_is_no_reason(running: FakeServices) -> None:
    running.auto[FOLDER] = WHENEVER
    running.diagnosed = (replace(FOUND, findings=(replace(TOO_HIGH, severity=Severity.INFO),)), (LOWER,))
    app = run_app(running, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        assert running.asked == []
