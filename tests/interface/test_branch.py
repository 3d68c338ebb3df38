"""The form for a branch: from which checkpoint, with which hyperparameters, under which name."""

from pathlib import Path
from typing import Any

import pytest
from fakes import FakeServices, batch_update, check_capture, run_app, screen_text, settle, updates_of, with_footer
from runlogs import START_S, whole_run
from textual.pilot import Pilot
from textual.widgets import Input, Select

from dltui.app import DltuiApp
from dltui.errors import UsageError
from dltui.runs.launch import Origin
from dltui.runs.status import RunStatus
from dltui.screens.branch import BranchScreen
from dltui.screens.confirm import ConfirmBeside
from dltui.screens.run import RunScreen
from dltui.widgets.hparam_field import HparamField
from dltui.wrapped.again import Again
from dltui_trainers.kept import Kept
from dltui_trainers.runlog import EventRecord, Parent

FOLDER = Path("runs/digits-x")
HPARAMS = {"lr": 0.001, "batch_size": 64, "optimizer": "adam", "schedule": "cosine", "dropout": 0.2}
SET = EventRecord(step=40, time=START_S + 4, name="set", hparam="lr", from_=0.003, to=0.001, id=1, by="advice")


def kept(name: str, step: int, **hparams: Any) -> Kept:
    """Return a checkpoint that was kept."""
    path = FOLDER / "checkpoints" / name
    return Kept(path=path, step=step, epoch=step // 10, task="digits", hparams={**HPARAMS, **hparams})


@pytest.fixture(autouse=True)
def judge_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge every piece of news when it comes, so that nothing is drawn anew under a dialog a second later."""
    monkeypatch.setattr("dltui.screens.run.DIAGNOSE_EVERY_S", 0.0)


@pytest.fixture
def branchable() -> FakeServices:
    """Services that show a run that is over, with checkpoints."""
    services = FakeServices(updates=updates_of([*whole_run(), SET], RunStatus.FINISHED))
    services.checkpoints = [
        kept("step-40.pt", 40, lr=0.003),
        kept("best.pt", 60),
        kept("step-60.pt", 60),
        kept("last.pt", 100, epochs=10),
    ]
    return services


async def open_form(app: DltuiApp, pilot: Pilot[None]) -> BranchScreen:
    """Go to the form."""
    await with_footer(pilot)
    await pilot.press("b")
    await settle(pilot)
    assert isinstance(app.screen, BranchScreen)
    return app.screen


def set_value(screen: BranchScreen, name: str, text: str) -> None:
    """Type a value."""
    screen.query_one(f"#field-{name} Input", Input).value = text


@pytest.mark.parametrize("size", [(80, 24), (120, 35), (200, 50)])
async def test_the_form(branchable: FakeServices, size: tuple[int, int]) -> None:
    app = run_app(branchable, "digits-x")
    async with app.run_test(size=size) as pilot:
        screen = await open_form(app, pilot)
        screen.query_one("#from", Select).value = "40"
        set_value(screen, "lr", "3e-4")
        await settle(pilot)
        text = screen_text(app)
        assert "✓ Goes on from step 40 with lr = 3e-4." in text and "step 40 · epoch 4 · before lr 3e-3 → 1e-3" in text
        assert not screen.query("#field-layers, #field-seed, #field-label_noise, #field-train_size")
        check_capture(f"branch-{size[0]}x{size[1]}", text)


async def test_the_values_are_those_of_the_checkpoint(branchable: FakeServices) -> None:
    app = run_app(branchable, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        assert screen.query_one("#from", Select).value == "best"  # the last one has no epochs before it
        value = screen.query_one("#field-lr Input", Input)
        assert value.value == "0.001"
        screen.query_one("#from", Select).value = "40"
        await settle(pilot)
        assert value.value == "0.003"


async def test_it_is_started_and_shown(branchable: FakeServices) -> None:
    app = run_app(branchable, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        screen.query_one("#from", Select).value = "best"
        set_value(screen, "dropout", "0.4")
        screen.query_one("#name", Input).value = " calmer "
        await settle(pilot)
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert isinstance(app.screen, RunScreen) and app.screen.folder == Path("runs/started")
    assert branchable.launches == [("digits", {"dropout": "0.4"})] and branchable.names == ["calmer"]
    assert branchable.origins == [Origin(folder=FOLDER, step="best")]


async def test_a_parent_at_work_is_asked_about() -> None:
    services = FakeServices(updates=updates_of(whole_run()[:60], RunStatus.RUNNING), checkpoints=[kept("last.pt", 50)])
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_form(app, pilot)
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert isinstance(app.screen, ConfirmBeside)
        await pilot.press("s")
        await settle(pilot)
    assert services.stopped == [FOLDER] and services.origins == [Origin(folder=FOLDER, step="last")]


async def test_what_cannot_be_is_told_and_not_started(branchable: FakeServices) -> None:
    app = run_app(branchable, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        set_value(screen, "lr", "-3")
        await settle(pilot)
        assert "out of range" in screen_text(app)
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert app.screen is screen and branchable.launches == []
        set_value(screen, "lr", "0.01")
        branchable.launch_error = UsageError("'a/b' cannot be a run's name.")
        await settle(pilot)
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert app.screen is screen and "✗ 'a/b' cannot be a run's name." in screen_text(app)


async def test_without_a_checkpoint_there_is_nothing_to_branch_from(branchable: FakeServices) -> None:
    branchable.checkpoints = []
    app = run_app(branchable, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        assert "✗ The run has kept no checkpoint yet" in screen_text(app)
        await pilot.press("ctrl+s", "enter", "up", "down", "tab")
        await settle(pilot)
        assert screen.is_attached and branchable.launches == []


async def test_the_parent_ends_while_the_form_is_open() -> None:
    services = FakeServices(updates=updates_of(whole_run()[:60], RunStatus.RUNNING), checkpoints=[kept("last.pt", 50)])
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_form(app, pilot)
        services.followers[0].on_update(batch_update([SET], status=RunStatus.FINISHED))
        await settle(pilot)
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert isinstance(app.screen, RunScreen)
    assert services.stopped == [] and len(services.launches) == 1


SCRIPT: dict[str, Any] = {
    "source": "recorder",
    "commands": ["set", "pause", "resume", "stop", "checkpoint"],
    "settable": ["lr", "dropout"],
    "hparams": {"lr": 0.1, "dropout": 0.1, "depth": 3, "model": "resnet", "optimizer.kind": "[bold]adamw", "amp": True},
}
"""What the manifest of a script of a person's own tells."""


class ScriptServices(FakeServices):
    """Plans as the real ones do for a script, without looking for its command."""

    def plan(self, task: str, settings: dict[str, str], origin: Origin) -> Again:  # type: ignore[override]
        kept = next((each for each in self.checkpoints[::-1] if origin.step in ("last", each.step)), None)
        changed = {name: int(text) for name, text in settings.items()}
        parent = Parent(run=origin.run, step=kept.step if kept else 0, changed={**changed})
        return Again(words=("python", "train.py"), cwd=Path(), parent=parent, kept=kept)


def of_script(**changes: Any) -> ScriptServices:
    services = ScriptServices(updates=updates_of(whole_run(), RunStatus.FINISHED, **{**SCRIPT, **changes}))
    told = SCRIPT["hparams"]
    services.checkpoints = [kept("step-40.pt", 40, **told), kept("last.pt", 100, **told)]
    return services


async def test_a_script_offers_all_that_it_tells() -> None:
    services = of_script()
    app = run_app(services, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_form(app, pilot)
        assert screen.query_one("#from", Select).value == "last"
        names = [field.hparam.name for field in screen.query(HparamField)]
        assert sorted(names) == ["amp", "depth", "dropout", "lr", "model", "optimizer.kind"]
        text = screen_text(app)
        assert "The script goes on with the state that it handed over there." in text
        assert "optimizer.kind" in text and "[bold]adamw" in text and "batch_size" not in text
        set_value(screen, "depth", "5")
        await settle(pilot)
        assert "✓ Goes on from step 100 with depth = 5." in screen_text(app)
        screen.query_one("#from", Select).value = "start"
        await settle(pilot)
        assert "✓ Starts anew with depth = 5." in screen_text(app)
        await pilot.press("ctrl+s")
        await settle(pilot)
    assert services.launches == [("digits", {"depth": "5"})]
    assert services.origins == [Origin(folder=FOLDER, step=None)]


async def test_a_script_without_checkpoints_can_start_anew() -> None:
    services = of_script(settable=[])
    services.checkpoints = []
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        assert screen.query_one("#from", Select).value == "start"
        assert "✓ Starts anew with nothing changed." in screen_text(app)


async def test_a_command_that_tells_nothing_has_no_form() -> None:
    services = of_script(source="command", commands=["pause", "resume", "stop"], settable=[], hparams={})
    app = run_app(services, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        await pilot.press("b")
        await settle(pilot)
        assert isinstance(app.screen, RunScreen)
