"""A session of live tuning, as it was recorded: a learning rate far too high is lowered, raised again, and that undone.

``samples/tuned`` is the log of it, ``samples/tuned-2`` a branch. The frames are what a person sees in a replay, where
everything is as it was at the moment; ``samples/tune.py`` did what the person did.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fakes import check_capture, screen_text, settle
from textual.pilot import Pilot

from dltui.app import DltuiApp
from dltui.replay.player import ReplayStart
from dltui.services import Services

SAMPLES = Path(__file__).parents[2] / "samples"
SIZE = (120, 35)
PATIENCE = 1000
AN_EPOCH_ON = "right_square_bracket"


async def shows(pilot: Pilot[Any], *texts: str) -> str:
    """Return the screen as soon as all of these are on it."""
    for _ in range(PATIENCE):
        if all(text in screen_text(pilot.app) for text in texts):
            await settle(pilot)
            return screen_text(pilot.app)
        await pilot.pause(0.01)
    raise AssertionError(f"{texts} is not on the screen:\n{screen_text(pilot.app)}")


FRAMES: dict[str, tuple[int, int, Sequence[str]]] = {
    "1-too-high": (2900, 0, ("▲ LEARNING RATE TOO HIGH", "1  lr 0.3 → ")),
    "2-lowered": (3000, 1, ("lr 0.3→3e-3 (you)", "too early to tell")),
    "3-helped": (4590, 0, ("✓", "helped")),
    "4-hurt": (4590, 9, ("lr 3e-3→1 (you)", "hurt")),
    "5-undone": (6900, 0, ("undone", "✓ GOOD FIT")),
}
"""Where the head stands: at a step, and so many epochs on; and what the screen says there."""


@pytest.mark.parametrize("frame", FRAMES)
async def test_a_frame_of_the_session(frame: str) -> None:
    step, epochs_on, said = FRAMES[frame]
    app = DltuiApp(Services(SAMPLES), opened=SAMPLES / "tuned", replay=ReplayStart(at_step=step))
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "judged")
        for _ in range(epochs_on):
            await pilot.press(AN_EPOCH_ON)
        check_capture(f"session-{frame}", await shows(pilot, *said))


async def test_what_was_done_is_listed_with_its_verdicts() -> None:
    app = DltuiApp(Services(SAMPLES), opened=SAMPLES / "tuned")
    async with app.run_test(size=SIZE) as pilot:
        await shows(pilot, "✓ GOOD FIT")
        await pilot.press("h")
        check_capture("session-6-history", await shows(pilot, "you · helped", "you · hurt, undone"))
        await pilot.press("down", "down")
        await shows(pilot, "advice: learning rate too high", "✓ helped")


async def test_the_branch_is_drawn_with_its_parent(tmp_path: Path) -> None:
    for name in ("tuned", "tuned-2"):
        shutil.copytree(SAMPLES / name, tmp_path / name)
    app = DltuiApp(Services(tmp_path), opened=tmp_path / "tuned-2")
    async with app.run_test(size=SIZE) as pilot:
        check_capture("session-7-branch", await shows(pilot, "from tuned at step 4 600", "○ tuned"))
        await pilot.press("escape")
        listed = (await shows(pilot, "└ tuned-2")).splitlines()
        parent, child = (next(line for line in listed if name in line) for name in ("  tuned ", "└ tuned-2"))
        assert listed.index(child) == listed.index(parent) + 1
        assert "@4 600 dropout 0 → 0.3" in child
