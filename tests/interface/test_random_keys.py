"""Whatever is pressed, on whatever screen and at whatever size: the interface stays up and can be used afterwards."""

import random
from pathlib import Path

import pytest
from fakes import CHANGES, OVERFITTED, RUNS, FakeServices, batch_update, run_app, screen_text, updates_of
from guide.sample import faulty_guide, guide_at, sample_guide
from runlogs import START_S, evaluation, step, whole_run
from search.studies import search_records, study_of, tune_records

from dltui.guide.follow import GuideSeen
from dltui.runs.status import RunStatus
from dltui.search.study.follow import StudySeen
from dltui_trainers.kept import Kept
from dltui_trainers.runlog import AnyRecord, EventRecord

KEYS = (
    *"sSyx+-0cfonkd/?12345,.eapivrlubhg*<>",
    *("escape", "enter", "up", "down", "left", "right", "tab", "shift+tab", "home", "end", "pageup", "pagedown"),
    *("ctrl+left", "ctrl+right", "shift+left", "shift+right", "ctrl+s", "ctrl+p", "backspace", "space", "a", "9"),
)
SIZES = ((80, 24), (120, 35), (200, 50), (70, 20), (40, 10), (10, 5))
PRESSES = 60


def _news(choose: random.Random, asked: int) -> list[AnyRecord]:
    """What a training may write next."""
    at = choose.randrange(200)
    told = {"step": at, "time": START_S + at, "id": choose.randrange(asked + 1), "done": choose.random() < 0.8}
    changed = {"hparam": "lr", "from_": 0.1, "to": 0.03, "by": choose.choice(["user", "advice"])}
    return [
        step(at, choose.random()),
        EventRecord(name="set", **told, **changed),
        EventRecord(name="undo", from_=at, to=at // 2, **{**told, "step": at // 2}),
        EventRecord(name=choose.choice(["paused", "resumed", "checkpoint", "oom"]), **told),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, *(pytest.param(each, marks=pytest.mark.long) for each in range(1, 6))])
async def test_random_keys_and_sizes(seed: int) -> None:
    choose = random.Random(seed)
    status = choose.choice([RunStatus.FINISHED, RunStatus.RUNNING, RunStatus.KILLED])
    records = choose.choice([whole_run(), whole_run()[:30], [], [step(1, float("nan")), evaluation(1, float("inf"))]])
    services = FakeServices(
        runs=RUNS, updates=updates_of(records, status) if records else [], diagnosed=(OVERFITTED, CHANGES)
    )
    path = Path("runs/digits-x/checkpoints/last.pt")
    services.checkpoints = [Kept(path=path, step=30, epoch=3, task="digits", hparams={"lr": 0.01})]
    app = run_app(services, opened=choose.choice([None, "digits-x"]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for _ in range(PRESSES):
            await pilot.press(choose.choice(KEYS))
            if choose.random() < 0.1:
                await pilot.resize_terminal(*choose.choice(SIZES))
            if choose.random() < 0.1 and services.followers and not services.followers[-1].closed:
                services.followers[-1].on_update(batch_update([choose.choice(_news(choose, len(services.asked)))]))
        await pilot.resize_terminal(120, 35)
        await pilot.press(*["escape"] * 6)
        await pilot.pause()
        # an exception would have left the block above; the palette's "Quit" may have been chosen
        assert app.return_code == 0 or screen_text(app).strip()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, *(pytest.param(each, marks=pytest.mark.long) for each in range(1, 4))])
async def test_random_keys_on_a_guide(seed: int) -> None:
    choose = random.Random(seed)
    stands = [
        *(GuideSeen(guide=guide_at(step), status=RunStatus.RUNNING) for step in range(7)),
        GuideSeen(guide=faulty_guide(), status=RunStatus.FAILED),
        GuideSeen(guide=guide_at(4), status=RunStatus.KILLED, trouble="It is gone."),
        GuideSeen(guide=sample_guide(hostile=True), status=RunStatus.FINISHED),
        GuideSeen(guide=None, status=RunStatus.STARTING, trouble="It is torn."),
    ]
    services = FakeServices(runs=RUNS, updates=updates_of(whole_run(), RunStatus.FINISHED), guide=choose.choice(stands))
    app = run_app(services, guide="digits-guide")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for _ in range(PRESSES):
            await pilot.press(choose.choice((*KEYS, "6", "enter", "down", "r", "e", "escape")))
            if choose.random() < 0.1:
                await pilot.resize_terminal(*choose.choice(SIZES))
            if choose.random() < 0.2 and not services.guide_followers[-1].closed:
                services.guide_followers[-1].on_change(choose.choice(stands))
        await pilot.resize_terminal(120, 35)
        await pilot.press(*["escape"] * 6)
        await pilot.pause()
        assert app.return_code == 0 or screen_text(app).strip()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, *(pytest.param(each, marks=pytest.mark.long) for each in range(1, 4))])
async def test_random_keys_on_a_search(seed: int) -> None:
    choose = random.Random(seed)
    stands = [
        *(StudySeen(study=study_of(search_records(ended=each)), status=RunStatus.RUNNING) for each in (0, 3, 20)),
        StudySeen(study=study_of(search_records(ended=40, status="finished")), status=RunStatus.FINISHED),
        StudySeen(study=study_of(tune_records()), status=RunStatus.KILLED),
        StudySeen(study=None, status=RunStatus.STARTING, trouble="It is torn."),
    ]
    updates = updates_of(whole_run(), RunStatus.FINISHED)
    services = FakeServices(runs=RUNS, updates=updates, study=choose.choice(stands), shares={"lr": 0.9, "width": 0.1})
    app = run_app(services, study="digits-search")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for _ in range(PRESSES):
            await pilot.press(choose.choice((*KEYS, "plus", "t", "f", "s", "down", "right", "slash")))
            if choose.random() < 0.1:
                await pilot.resize_terminal(*choose.choice(SIZES))
            if choose.random() < 0.2 and not services.study_followers[-1].closed:
                services.study_followers[-1].on_change(choose.choice(stands))
        await pilot.resize_terminal(120, 35)
        await pilot.press(*["escape"] * 6)
        await pilot.pause()
        assert app.return_code == 0 or screen_text(app).strip()
