"""The form for a new training: its fields, its live check, and what it starts."""

import pytest
from fakes import SIZES, FakeServices, check_capture, run_app, screen_text, settle
from forms import LOG, open_form, set_value, shown
from textual.widgets import Button, Input, Select, Static

from dltui.advice.lint import Remark
from dltui.diagnosis.finding import Severity
from dltui.errors import RunsFolderError
from dltui.screens.new_run import NewRunScreen
from dltui_trainers.registry import TASKS


@pytest.mark.parametrize("size", SIZES)
async def test_the_form(size: tuple[int, int]) -> None:
    app = run_app(FakeServices())
    async with app.run_test(size=size) as pilot:
        await open_form(app, pilot)
        check_capture(f"new-run-{size[0]}x{size[1]}", screen_text(app))


async def test_a_wrong_value_is_told_at_once_and_cannot_be_started() -> None:
    services = FakeServices()
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        set_value(screen, "lr", "fast")
        await settle(pilot)
        assert "✗ lr = fast is not a number" in screen_text(app)
        assert screen.query_one("#start", Button).disabled
        await pilot.press("ctrl+s")
        assert services.launches == []
        set_value(screen, "lr", "90")
        await settle(pilot)
        assert "times above what is usual for this optimizer" in screen_text(app)
        set_value(screen, "lr", "0.01")
        set_value(screen, "optimizer", "sgd")
        await settle(pilot)
        assert "✓ Ready: digits with lr=0.01  optimizer=sgd" in screen_text(app)
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert services.launches == [("digits", {"lr": "0.01", "optimizer": "sgd"})]


async def test_what_is_unwise_is_told_while_it_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    services = FakeServices()
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        set_value(screen, "warmup_steps", "90000")
        set_value(screen, "l1", "0.1")
        await settle(pilot)
        text = screen_text(app)
        assert "▲ The warm-up takes" in text and "▲ An L1 penalty this strong" in text
        assert "!" not in text
        assert screen.query_one("#check").has_class("-warning")
        note = Remark(hyperparameter="l1", severity=Severity.INFO, key="l1_strong", to=0.0)
        monkeypatch.setattr("dltui.screens.new_run.lint", lambda task, hparams: (note,))
        set_value(screen, "warmup_steps", "0")
        set_value(screen, "l1", "0.01")
        await settle(pilot)
        text = screen_text(app)
        assert "✓ Ready: digits with l1=0.01" in text and "● An L1 penalty this strong" in text
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert len(services.launches) == 1  # a remark hinders nothing


async def test_a_hyperparameter_gets_one_line() -> None:
    app = run_app(FakeServices())
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_form(app, pilot)
        check = screen.query_one("#check", Static)
        set_value(screen, "lr", "90")
        await settle(pilot)
        assert [line.lower()[:8] for line in str(check.content).splitlines()] == ["▲ lr is "]
        # no remark says anything about this: its warning stays
        set_value(screen, "grad_clip", "5000")
        await settle(pilot)
        starts = [" ".join(line.lower().split(" ")[:3]) for line in str(check.content).splitlines()]
        assert starts == ["! grad_clip =", "▲ lr is"]


async def test_the_fields_are_those_of_the_task() -> None:
    app = run_app(FakeServices())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        screen.query_one("#task", Select).value = "polynomial"
        await settle(pilot)
        assert {*shown(screen), *LOG, "momentum"} == set(TASKS["polynomial"].reads)
        assert screen.query_one("#field-lr .field--value", Input).value == "0.03"
        await pilot.press("ctrl+s")
        await settle(pilot)


async def test_a_start_that_fails_keeps_the_form_and_says_why() -> None:
    services = FakeServices(launch_error=RunsFolderError("Cannot write to runs: Read-only file system."))
    app = run_app(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_form(app, pilot)
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert "✗ Cannot write to runs" in screen_text(app)
        await pilot.press("escape")
        await settle(pilot)
        assert not isinstance(app.screen, NewRunScreen)
