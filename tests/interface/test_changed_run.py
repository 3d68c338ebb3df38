"""A training that was changed while it ran, as its screen and its replay show it."""

from pathlib import Path
from typing import Any

import pytest
from fakes import SIZES, FakeServices, check_capture, run_app, screen_text, settle, until, updates_of, with_footer
from runlogs import end, manifest, step, tuned_run, write_run
from textual.pilot import Pilot

from dltui.app import DltuiApp
from dltui.replay.player import ReplayStart
from dltui.runs.reader import decode
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui.services import Services
from dltui.widgets.run_facts import run_facts
from dltui_trainers.runlog import AnyRecord, EventRecord, to_line

PAUSED = next(
    place for place, each in enumerate(tuned_run()) if isinstance(each, EventRecord) and each.name == "paused"
)


def state_of(records: list[AnyRecord]) -> RunState:
    state = RunState()
    state.manifest, state.status = manifest(), RunStatus.RUNNING
    state.extend(decode(b"".join(map(to_line, records)).rstrip(b"\n")))
    return state


@pytest.mark.parametrize("size", SIZES)
async def test_the_screen_of_a_run_that_was_changed(size: tuple[int, int]) -> None:
    app = run_app(FakeServices(updates=updates_of([*tuned_run(), end()], RunStatus.FINISHED)), "digits-x")
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "● lr 1e-3 → 3e-4" in screen_text(app))  # what came of the last change is known
        await with_footer(pilot)
        text = screen_text(app)
        check_capture(f"run-changed-{size[0]}x{size[1]}", text)
        assert "lr 1e-3→0.03 (you), undone" in text and "┈ undone" in text


@pytest.mark.parametrize("size", SIZES)
async def test_while_it_is_paused_the_header_says_so(size: tuple[int, int]) -> None:
    app = run_app(FakeServices(updates=updates_of(tuned_run()[: PAUSED + 1], RunStatus.RUNNING)), "digits-x")
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        header = screen_text(app).split("\n")[0]
        assert "‖ paused" in header and "running" not in header and "ETA" not in header and "it/s" not in header


@pytest.mark.parametrize("size", SIZES)
async def test_the_replay_of_a_run_that_was_changed(tmp_path: Path, size: tuple[int, int]) -> None:
    write_run(tmp_path / "tuned", [*tuned_run(), end()])
    app = DltuiApp(Services(tmp_path), opened=tmp_path / "tuned", replay=ReplayStart(at_step=55))
    async with app.run_test(size=size) as pilot:
        await _opened(pilot)
        text = screen_text(app)
        assert "┈ undone" in text and "lr 1e-3→0.03 (you), undone" in text
        assert " done │" in text and "◂" in text
        await pilot.press("home")
        await _until(pilot, lambda: "step 1/100" in screen_text(app))
        assert "undone" not in screen_text(app)


def test_what_was_changed_is_told_with_what_it_was() -> None:
    facts = {fact.name: fact for fact in run_facts(state_of(tuned_run()))}
    assert (facts["lr"].value, facts["lr"].changed) == ("3e-4 (was 0.001)", True)
    assert facts["dropout"].value == "0.3 (was 0.2)" and facts["batch_size"].value == "64"


def test_what_was_undone_is_as_it_was() -> None:
    facts = {fact.name: fact for fact in run_facts(state_of(tuned_run()[:PAUSED]))}
    assert facts["lr"].value == "0.001"


def test_a_log_without_a_manifest_tells_what_was_set() -> None:
    state = state_of([step(1), *tuned_run()])
    state.manifest = None
    assert {fact.name: fact.value for fact in run_facts(state)} == {"lr": "3e-4", "dropout": "0.3"}


async def _until(pilot: Pilot[Any], condition: Any) -> None:
    for _ in range(500):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError(f"it never came true; the screen:\n{screen_text(pilot.app)}")


async def _opened(pilot: Pilot[Any]) -> None:
    await _until(pilot, lambda: "judged" in screen_text(pilot.app))
    await settle(pilot)
