"""The model screen: the table of parameters, one at large, other moments, live news, whatever a log may hold."""

from typing import Any

import pytest
from fakes import SIZES, FakeServices, batch_update, check_capture, run_app, screen_text, settle, with_footer
from models import HISTOGRAM, LAYERS, layer, measured, stats, watched_updates
from runlogs import step, whole_run
from textual.pilot import Pilot
from textual.widgets import Input

from dltui.app import DltuiApp
from dltui.diagnosis.finding import Diagnosis, Evidence, Finding, Severity, Symptom, Unit, Verdict
from dltui.runs.status import RunStatus
from dltui.screens.help import HelpScreen
from dltui.screens.model import ModelScreen
from dltui.screens.replay import ReplayScreen
from dltui.screens.run import RunScreen
from dltui.widgets.model_table import ModelTable
from dltui.widgets.parameter_detail import ParameterDetail
from dltui_trainers.runlog import ModelInfo, ParameterStats


def services(*records: Any, **rest: Any) -> FakeServices:
    """Return services that show a run whose parameters were measured."""
    return FakeServices(updates=watched_updates(*records, **rest))


async def open_model(app: DltuiApp, pilot: Pilot[None]) -> ModelScreen:
    """Go to the model of the run."""
    await settle(pilot)
    await pilot.press("m")
    await settle(pilot)
    assert isinstance(app.screen, ModelScreen)
    await with_footer(pilot)
    return app.screen


def selected(screen: ModelScreen) -> str:
    """Return the parameter under the cursor."""
    row = screen.query_one(ModelTable).selected
    return row.name if row is not None else ""


def line_of(app: DltuiApp, name: str) -> str:
    """Return the line of the table that tells of that parameter."""
    return next(line for line in screen_text(app).split("\n") if line[2:].startswith(f"{name} "))


@pytest.mark.parametrize("size", SIZES)
async def test_the_model_of_a_run(size: tuple[int, int]) -> None:
    app = run_app(services(), "digits-x")
    async with app.run_test(size=size) as pilot:
        await open_model(app, pilot)
        text = screen_text(app)
        check_capture(f"model-{size[0]}x{size[1]}", text)
        assert all(len(line) <= size[0] for line in text.split("\n"))
        assert "† dead units" in line_of(app, "body.0.weight") and "▲ 0.2" in line_of(app, "head.weight")
        assert "500 samples; batch 64: a larger one takes fewer steps" in text


@pytest.mark.parametrize("size", SIZES)
async def test_one_parameter_at_large(size: tuple[int, int]) -> None:
    app = run_app(services(), "digits-x")
    async with app.run_test(size=size) as pilot:
        screen = await open_model(app, pilot)
        await pilot.press("down", "enter")
        await settle(pilot)
        text = screen_text(app)
        check_capture(f"model-parameter-{size[0]}x{size[1]}", text)
        assert "body.0.weight  Linear weight · 64×32 · 2 048 parameters" in text
        assert not screen.query_one(ModelTable).is_on_screen
        await pilot.press("down")
        await settle(pilot)
        assert "body.0.bias  Linear bias" in screen_text(app)
        await pilot.press("escape")
        await settle(pilot)
        assert selected(screen) == "body.0.bias" and screen.query_one(ModelTable).is_on_screen


async def test_the_way_there_and_back() -> None:
    app = run_app(services(), "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        for back in ("escape", "m"):
            await open_model(app, pilot)
            await pilot.press(back)
            await settle(pilot)
            assert type(app.screen) is RunScreen
        await pilot.press("m", "m", "m")
        await settle(pilot)
        assert isinstance(app.screen, ModelScreen | RunScreen) and len(app.screen_stack) <= 3


async def test_moving_sorting_and_filtering() -> None:
    app = run_app(services(), "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_model(app, pilot)
        await pilot.press("end")
        assert selected(screen) == "head.bias"
        await pilot.press("up", "pageup")
        assert selected(screen) == "embed.weight"
        await pilot.press("down", "s")
        await settle(pilot)
        assert selected(screen) == "head.bias" and "sorted by health" in screen_text(app)
        await pilot.press("S", "t")
        await settle(pilot)
        assert "4 of 8 match" in screen_text(app) and "head.bias" not in screen_text(app)
        await pilot.press("slash", *"body")
        await settle(pilot)
        assert screen.query_one("#model-filter", Input).value == "body" and "2 of 8 match" in screen_text(app)
        await pilot.press(*"/s")
        await settle(pilot)
        assert "No parameter matches" in screen_text(app) and selected(screen) == ""
        await pilot.press("enter", "enter", "escape")
        await settle(pilot)
        assert "4 of 8 match" in screen_text(app) and app.screen is screen


async def test_back_and_forth_in_time() -> None:
    app = run_app(services(), "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await open_model(app, pilot)
        assert "step 100 (newest)" in screen_text(app)
        await pilot.press("left", "left")
        await settle(pilot)
        assert "step 60 (looking back)" in screen_text(app) and " 60%" in line_of(app, "body.0.weight")
        await pilot.press(*["left"] * 5)
        await settle(pilot)
        assert "step 20 (looking back)" in screen_text(app) and "✓ ok" in line_of(app, "body.0.weight")
        await pilot.press(*["right"] * 4)
        await settle(pilot)
        assert "step 100 (newest)" in screen_text(app)


async def test_it_grows_while_it_trains_and_the_cursor_stays() -> None:
    fake = services(measured(20), measured(40), status=RunStatus.RUNNING)
    app = run_app(fake, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_model(app, pilot)
        await pilot.press("s", "down", "down")
        there = selected(screen)
        fake.followers[0].on_update(batch_update([step(101), measured(102, body__2__bias=stats(grad_norm="inf"))]))
        await settle(pilot)
        assert "step 102 (newest)" in screen_text(app) and "✗ NaN or inf" in line_of(app, "body.2.bias")
        assert selected(screen) == there
        await pilot.press("left")
        fake.followers[0].on_update(batch_update([step(103), measured(104)]))
        await settle(pilot)
        assert "step 40 (looking back)" in screen_text(app)


async def test_news_that_change_nothing_draw_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = services(status=RunStatus.RUNNING)
    app = run_app(fake, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await open_model(app, pilot)
        shown: list[object] = []
        monkeypatch.setattr(ModelTable, "show", lambda self, rows: shown.append(rows))
        fake.followers[0].on_update(batch_update([step(101)]))
        await settle(pilot)
        assert shown == []


async def test_the_health_is_what_the_diagnosis_says() -> None:
    numbers = {"first_step": 1.0, "last_step": 100.0}
    evidence = Evidence(name="never_changed", value=0.1, unit=Unit.RATIO, layers=("body.2",), numbers=numbers)
    found = Finding(
        symptom=Symptom.NEVER_UPDATED,
        severity=Severity.WARNING,
        confidence=0.9,
        since_step=0,
        evidence=(evidence,),
        guide_step=2,
    )
    diagnosis = Diagnosis(verdict=Verdict.INCONCLUSIVE, confidence=0.5, findings=(found,), at_step=100, reason="mixed")
    still = stats(ratio=0.0)
    fake = services(measured(100, body__2__weight=still), status=RunStatus.FINISHED)
    fake.diagnosed = (diagnosis, ())
    app = run_app(fake, "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await open_model(app, pilot)
        assert "■ never updated" in line_of(app, "body.2.weight") and "✓ ok" in line_of(app, "body.2.bias")


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"model": None}, "run.watch(model, optimizer)"), ({}, "Nothing was measured so far")],
)
async def test_where_nothing_is_known_it_says_what_would_bring_it(changes: dict[str, Any], said: str) -> None:
    updates = watched_updates(**changes)
    updates[1] = batch_update(whole_run())
    app = run_app(FakeServices(updates=updates), "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_model(app, pilot)
        assert said in " ".join(screen_text(app).split())
        await pilot.press("enter", "down", "left", "s", "t", "end", "tab")
        await settle(pilot)
        assert isinstance(app.screen, ModelScreen)


async def test_whatever_a_log_holds() -> None:
    layers = [
        *LAYERS,
        layer("\x1b[31mred\u202e.weight", []),
        layer("中文的一个很长很长很长很长很长很长的名字.weight", [0, 5]),
        layer("", [3] * 20),
    ]
    odd = [
        ParameterStats(norm="nan", grad_norm="-inf", update_norm="inf", low="nan", high=1.0, histogram=[1, -5, 10**15]),
        ParameterStats(norm=0.0, grad_norm=0.0, update_norm=0.0, low=0.0, high=0.0, histogram=HISTOGRAM),
        ParameterStats(norm=1e308, grad_norm=1e-320, low=-1e308, high=1e308, histogram=[3]),
    ]
    changed = {each.name: one for each, one in zip(layers[-3:], odd, strict=True)}
    model = ModelInfo(parameters=1, trainable=1, layers=layers)
    app = run_app(services(measured(20, changed=changed), measured(40, changed=changed), model=model), "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_model(app, pilot)
        for key in ("end", "up", "up"):
            await pilot.press(key, "enter")
            await settle(pilot)
            assert "\x1b" not in screen_text(app)
            await pilot.press("enter", "left", "right")
            await settle(pilot)
            assert "␛[31mred\ufffd" in screen_text(app)


async def test_a_thousand_parameters_are_a_few_rows() -> None:
    layers = [layer(f"blocks.{at}.weight", [8, 8]) for at in range(1000)]
    model = ModelInfo(parameters=64_000, trainable=64_000, layers=layers)
    many = measured(20)
    many.parameters = {each.name: stats() for each in layers}
    app = run_app(services(many, model=model), "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_model(app, pilot)
        assert f"↓{1000 - screen.query_one(ModelTable).page}" in screen_text(app)
        await pilot.press("end")
        await settle(pilot)
        assert selected(screen) == "blocks.999.weight"
        assert f"↑{1000 - screen.query_one(ModelTable).page}" in screen_text(app)


async def test_the_mouse_chooses_and_opens() -> None:
    app = run_app(services(), "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_model(app, pilot)
        await pilot.click(ModelTable, offset=(5, 3))
        await settle(pilot)
        assert selected(screen) == "body.0.bias"
        await pilot.click(ModelTable, offset=(5, 3))
        await settle(pilot)
        assert screen.has_class("-detail")


async def test_a_replay_shows_the_model_of_the_moment() -> None:
    app = run_app(services(), "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("r")
        await settle(pilot)
        assert isinstance(app.screen, ReplayScreen)
        await pilot.press("space", "home", *["l"] * 10)
        await settle(pilot)
        await open_model(app, pilot)
        assert "step 40 (newest)" in screen_text(app)
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(app.screen, ReplayScreen)


async def test_the_help_tells_keys_and_signs() -> None:
    app = run_app(services(), "digits-x")
    async with app.run_test(size=(120, 35)) as pilot:
        await open_model(app, pilot)
        await pilot.press("question_mark")
        await settle(pilot)
        assert isinstance(app.screen, HelpScreen)
        assert "Keys: model" in screen_text(app) and "the model as it was" in screen_text(app)


async def test_in_chinese() -> None:
    fake = services()
    fake.language = "zh_CN"
    app = run_app(fake, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_model(app, pilot)
        assert "† 死亡单元" in line_of(app, "body.0.weight")


async def test_another_theme_and_a_smaller_terminal() -> None:
    app = run_app(services(), "digits-x")
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await open_model(app, pilot)
        await pilot.press("d")
        await settle(pilot)
        assert screen.query_one(ParameterDetail).is_on_screen
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert not screen.query_one(ParameterDetail).is_on_screen and "embed.weight" in screen_text(app)
