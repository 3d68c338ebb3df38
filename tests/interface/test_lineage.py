"""A run and where it came from: the tree of the list, and the parent's curves on the run screen."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import SIZES, FakeServices, batch_update, check_list, run_app, screen_text, settle, updates_of
from runlogs import START_S, end, evaluation, manifest, step, whole_run, write_run
from textual.app import App
from textual.pilot import Pilot

from dltui.catalog.summary import RunSummary
from dltui.charts.of_parent import PARENT_SIGN
from dltui.messages import RunChanged
from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui.screens.help import HelpScreen
from dltui.screens.run import RunScreen
from dltui.screens.runs import RunsScreen
from dltui.services import Services
from dltui.widgets.runs_table import RunsTable
from dltui_trainers.runlog import AnyRecord, EventRecord, Parent

ORIGIN = Parent(run="digits-a", step=50, changed={"lr": 0.0003})
LR = {"lr": 0.001}
BRANCH_STEPS = range(51, 101)


def listed(name: str, day: int, parent: Parent | None = None, best: float = math.nan) -> RunSummary:
    told = manifest(name, parent=parent, created=f"2026-01-{day:02}T00:00:00+00:00", hparams=LR)
    return RunSummary(
        folder=Path("runs") / name, manifest=told, status=RunStatus.FINISHED, epoch=10.0, best_val_loss=best
    )


def chain(name: str, parent: str, day: int, at: int = 700, **changed: float) -> RunSummary:
    return listed(name, day, Parent(run=parent, step=at, changed=dict(changed)), best=1 / day)


FAMILY = (
    listed("mnist1d-z", 9, best=0.9),
    chain("digits-f", "digits-e", 8, lr=1e-5),
    chain("digits-e", "digits-d", 7, lr=1e-4),
    chain("digits-d", "digits-c", 6, lr=1e-4),
    chain("digits-r", "digits-a", 5, at=0, dropout=0.3),
    chain("digits-c", "digits-b", 4, lr=3e-4),
    chain("digits-b", "digits-a", 3, lr=3e-4, dropout=0.2),
    listed("digits-a", 1, best=0.4),
    chain("digits-o", "gone-b", 1, lr=0.1),
)


def branch() -> list[RunUpdate]:
    """A branch of digits-a from step 50 on."""
    records: list[AnyRecord] = [EventRecord(step=50, time=START_S + 5, name="branch"), evaluation(50, 0.35)]
    for at in BRANCH_STEPS:
        records.append(step(at, 0.5 / (1 + at)))
        if not at % 10:
            records.append(evaluation(at, 0.35 - (at - 50) / 500))
    return updates_of([*records, end()], RunStatus.FINISHED, parent=ORIGIN)


@pytest.fixture
def branched() -> FakeServices:
    """A branch, and its parent, which is over."""
    return FakeServices(
        updates=branch(),
        others={"digits-a": updates_of(whole_run(), RunStatus.FINISHED)},
        parents={"digits-a": (Path("runs/digits-a"), {"lr": 0.001})},
    )


@pytest.fixture
def family(monkeypatch: pytest.MonkeyPatch) -> FakeServices:
    monkeypatch.setattr("dltui.screens.runs.now", lambda: 1768000000.0)
    first, *rest = branch()
    return FakeServices(runs=FAMILY, updates=[first, *rest])


def names(app: App[Any]) -> list[str]:
    """The names in the table, with the lines before them."""
    table = app.screen.query_one(RunsTable)
    return [
        str(table.get_row_at(row)[1]).split("  @")[0].split("  from")[0].split("  anew")[0]
        for row in range(table.row_count)
    ]


TREE = [
    "mnist1d-z",
    "digits-a",
    "├ digits-b",
    "│ └ digits-c",
    "│   └ digits-d",
    "│     └ digits-e",
    "│       └ digits-f",
    "└╌digits-r",
    "digits-o",
]


@pytest.mark.parametrize("size", SIZES)
async def test_the_list_is_a_tree(family: FakeServices, size: tuple[int, int]) -> None:
    await check_list(family, size, "runs-tree")


async def test_each_run_says_what_made_it_another(family: FakeServices) -> None:
    app = run_app(family)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        assert names(app) == TREE
        text = screen_text(app)
        for note in ("@700 lr 0.001 → 3e-4", "anew dropout → 0.3", "digits-o  from gone-b@700 lr → 0.1"):
            assert note in text


async def test_t_puts_each_run_by_itself_and_back(family: FakeServices) -> None:
    app = run_app(family)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("t")
        await settle(pilot)
        assert names(app) == [run.name for run in FAMILY]
        assert "from digits-a dropout → 0.3" in screen_text(app)
        await pilot.press("t")
        await settle(pilot)
        assert names(app) == TREE
        await pilot.press("question_mark")
        await settle(pilot)
        assert isinstance(app.screen, HelpScreen)
        text = screen_text(app)
        assert "t  Runs beneath the run that they came from, or each by itself" in text and "├╌ └╌" in text


async def test_the_tree_in_another_order_filtered_and_marked(family: FakeServices) -> None:
    app = run_app(family)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"-digits-c")
        await settle(pilot)
        assert names(app) == [
            "mnist1d-z",
            "digits-d",
            "└ digits-e",
            "  └ digits-f",
            "digits-a",
            "├ digits-b",
            "└╌digits-r",
            "digits-o",
        ]
        await pilot.press("escape", "down", "down", "space", "r")
        await settle(pilot)
        assert names(app)[0] == "digits-a" and "├ ●A digits-b" in names(app)
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        assert screen.query_one(RunsTable).selected == Path("runs/digits-c")


async def test_a_deep_chain_leaves_the_names_room(family: FakeServices) -> None:
    runs = [listed("n0", 1), *(chain(f"n{at}", f"n{at - 1}", 1 + at, lr=0.1) for at in range(1, 20))]
    family.runs = tuple(reversed(runs))
    app = run_app(family)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        shown = names(app)
        assert [name.split()[-1] for name in shown] == [f"n{at}" for at in range(20)]
        assert shown[3] == "    └ n3" and shown[4] == shown[19].replace("n19", "n4") == "…   └ n4"


async def test_the_preview_tells_where_the_run_came_from(family: FakeServices) -> None:
    app = run_app(family)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        await pilot.press("down", "down")
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        screen.preview_selected()
        await settle(pilot)
        assert "from digits-a at step 50, changed lr 0.001 → 3e-4" in screen_text(app)


async def open_branch(app: App[Any], pilot: Pilot[Any]) -> RunScreen:
    await settle(pilot)
    await settle(pilot)
    assert isinstance(app.screen, RunScreen)
    return app.screen


def title_of(app: App[Any], chart: str) -> str:
    """The first row of that chart."""
    return next(line for line in screen_text(app).split("\n") if line.strip().startswith(chart))


@pytest.mark.parametrize("size", SIZES)
async def test_parent_and_branch_are_in_one_chart(branched: FakeServices, size: tuple[int, int]) -> None:
    app = run_app(branched, "digits-b")
    async with app.run_test(size=size) as pilot:
        await open_branch(app, pilot)
        text = screen_text(app)
        assert f"{PARENT_SIGN} from digits-a at step 50, changed lr 0.001 → 3e-4   p opens it" in text
        assert f"{PARENT_SIGN} digits-a" in title_of(app, "loss (log)") and text.count(PARENT_SIGN) > 3
        await pilot.press("P")
        await settle(pilot)
        text = screen_text(app)
        assert PARENT_SIGN not in text and "from digits-a at step 50" in text
        await pilot.press("P")
        await settle(pilot)
        assert f"{PARENT_SIGN} digits-a" in title_of(app, "loss (log)")


async def test_a_parent_that_is_still_training_is_followed(branched: FakeServices) -> None:
    branched.others["digits-a"] = updates_of(whole_run()[:40], RunStatus.RUNNING)
    app = run_app(branched, "digits-b")
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_branch(app, pilot)
        own, parent = branched.followers
        assert f"{PARENT_SIGN} digits-a" not in title_of(app, "loss (log)")  # it has not come so far
        before = own.acknowledged, parent.acknowledged
        parent.on_update(batch_update(whole_run()[40:90]))
        await settle(pilot)
        assert f"{PARENT_SIGN} digits-a" in title_of(app, "loss (log)")
        assert (own.acknowledged, parent.acknowledged) == (before[0], before[1] + 1)
        assert screen.followed is not None and screen.followed.state.step == 100
        await pilot.press("escape")
        await settle(pilot)
        assert own.closed and parent.closed


async def test_what_makes_the_run_smoother_makes_its_parent_smoother(branched: FakeServices) -> None:
    app = run_app(branched, "digits-b")
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_branch(app, pilot)
        await pilot.press("S")
        await settle(pilot)
        shown = screen.shown_parent()
        assert shown is not None and shown.state.smoothing == screen.view.smoothing < 0.9


async def test_by_time_a_parent_that_tells_no_times_is_left_out_with_a_note(branched: FakeServices) -> None:
    branched.others["digits-a"] = updates_of(whole_run()[:40], RunStatus.FINISHED)
    app = run_app(branched, "digits-b")
    async with app.run_test(size=(120, 35)) as pilot:
        await open_branch(app, pilot)
        await pilot.press("x", "x")
        await settle(pilot)
        assert "digits-a not by time: its log does not tell when it was at step 50" in screen_text(app)


async def test_a_run_that_names_itself_is_not_its_own_parent(branched: FakeServices) -> None:
    branched.others = {}
    app = run_app(branched, "digits-a")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_branch(app, pilot)
        text = screen_text(app)
        assert len(branched.followers) == 1 and PARENT_SIGN not in text and "p opens it" not in text


async def test_a_parent_that_is_not_here_offers_no_key(branched: FakeServices) -> None:
    branched.parents = {}
    app = run_app(branched, "digits-b")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_branch(app, pilot)
        assert screen.shown_parent() is None and not screen.check_action("toggle_parent", ())


async def test_a_manifest_that_comes_twice_opens_one_follower(branched: FakeServices) -> None:
    app = run_app(branched, "digits-b")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_branch(app, pilot)
        screen.post_message(RunChanged(screen.folder, replace(branch()[0], batch=None)))
        await settle(pilot)
        await settle(pilot)
        assert len(branched.followers) == 2


async def test_in_a_replay_of_a_branch_the_parent_is_there_whole(branched: FakeServices) -> None:
    app = run_app(branched, "digits-b")
    async with app.run_test(size=(120, 35)) as pilot:
        await open_branch(app, pilot)
        await pilot.press("r")
        await settle(pilot)
        await settle(pilot)
        assert app.screen.TITLE == "replay" and f"{PARENT_SIGN} digits-a" in title_of(app, "loss (log)")
        await pilot.press("P")
        await settle(pilot)
        assert f"{PARENT_SIGN} digits-a" not in title_of(app, "loss (log)")


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\0b", "\ud800", "x" * 400])
def test_a_name_that_no_folder_can_have_is_no_parent(tmp_path: Path, name: str) -> None:
    child = write_run(tmp_path / "child", [])
    assert Services(tmp_path).parent(child, name) is None
    assert Services(tmp_path).parent(child, "child") is not None
