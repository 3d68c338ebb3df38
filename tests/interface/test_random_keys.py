"""Whatever is pressed, on whatever screen and at whatever size: the interface stays up and can be used afterwards."""

import random

import pytest
from fakes import RUNS, FakeServices, batch_update, run_app, screen_text, updates_of
from runlogs import evaluation, step, whole_run

from dltui.runs.status import RunStatus

KEYS = (
    *"sSyx+-0cfonkd/?12345,.eapivr",
    *("escape", "enter", "up", "down", "left", "right", "tab", "shift+tab", "home", "end", "pageup", "pagedown"),
    *("ctrl+left", "ctrl+right", "shift+left", "shift+right", "ctrl+s", "ctrl+p", "backspace", "space", "a", "9"),
)
SIZES = ((80, 24), (120, 35), (200, 50), (70, 20), (40, 10), (10, 5))
PRESSES = 60


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
async def test_random_keys_and_sizes(seed: int) -> None:
    choose = random.Random(seed)
    status = choose.choice([RunStatus.FINISHED, RunStatus.RUNNING, RunStatus.KILLED])
    records = choose.choice([whole_run(), whole_run()[:30], [], [step(1, float("nan")), evaluation(1, float("inf"))]])
    services = FakeServices(runs=RUNS, updates=updates_of(records, status) if records else [])
    app = run_app(services, opened=choose.choice([None, "digits-x"]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for _ in range(PRESSES):
            await pilot.press(choose.choice(KEYS))
            if choose.random() < 0.1:
                await pilot.resize_terminal(*choose.choice(SIZES))
            if choose.random() < 0.1 and services.followers and not services.followers[-1].closed:
                services.followers[-1].on_update(batch_update([step(choose.randrange(200), choose.random())]))
        await pilot.resize_terminal(120, 35)
        await pilot.press(*["escape"] * 6)
        await pilot.pause()
        # an exception would have left the block above; the palette's "Quit" may have been chosen
        assert app.return_code == 0 or screen_text(app).strip()
