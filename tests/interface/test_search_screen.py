"""The screen of a search and of a tuning: trials, charts, and what a person can ask of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fakes import SIZES, FakeServices, check_capture, run_app, screen_text, settle, updates_of, with_footer
from runlogs import whole_run
from search.studies import BEGAN, HOSTILE, search_records, study_of, tune_records
from textual.pilot import Pilot
from textual.widgets import Input

from dltui.app import DltuiApp
from dltui.errors import SearchError
from dltui.runs.status import RunStatus
from dltui.screens.new_run import NewRunScreen
from dltui.screens.run import RunScreen
from dltui.screens.runs import RunsScreen
from dltui.screens.search import SearchScreen
from dltui.search.study.follow import StudySeen
from dltui.search.study.records import Answered, Asked, Raised, StudyRecord, Told
from dltui.search.study.study import Study
from dltui.widgets.trials_cells import fitted
from dltui.widgets.trials_table import TrialsTable

NAME = "digits-search-20261121-181500-3fa2"
SHARES = {"lr": 0.61, "dropout": 0.24, "weight_decay": 0.09, "width": 0.03, "norm": 0.02, "optimizer": 0.01}


@pytest.fixture(autouse=True)
def present(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is so many seconds after the studies began."""
    monkeypatch.setattr("dltui.screens.shown_search.now", lambda: BEGAN + 204.0)


def seen(records: Sequence[StudyRecord] | Study, status: RunStatus = RunStatus.RUNNING, trouble: str = "") -> StudySeen:
    study = records if isinstance(records, Study) else study_of(records)
    return StudySeen(study=study, status=status, trouble=trouble)


def services_of(now: StudySeen) -> FakeServices:
    return FakeServices(study=now, updates=updates_of(whole_run(), RunStatus.FINISHED), shares=SHARES)


async def tell(services: FakeServices, pilot: Pilot[Any], now: StudySeen) -> None:
    """Let the study stand otherwise, and wait until that is shown."""
    services.study_followers[-1].on_change(now)
    await with_footer(pilot)


def screen_of(app: DltuiApp) -> SearchScreen:
    assert isinstance(app.screen, SearchScreen)
    return app.screen


def told_last(app: DltuiApp) -> str:
    return [each.message for each in app._notifications][-1]


@pytest.mark.parametrize("size", SIZES)
async def test_a_search_at_work(size: tuple[int, int]) -> None:
    app = run_app(services_of(seen(search_records())), study=NAME)
    async with app.run_test(size=size) as pilot:
        await with_footer(pilot)
        await pilot.press("down", "down", "down")
        await with_footer(pilot)
        text = screen_text(app)
        check_capture(f"search-{size[0]}x{size[1]}", text)
        assert all(len(line) <= size[0] for line in text.split("\n"))


@pytest.mark.parametrize("size", SIZES)
async def test_a_tuning_shows_what_each_change_did(size: tuple[int, int]) -> None:
    app = run_app(services_of(seen(tune_records())), study=NAME)
    async with app.run_test(size=size) as pilot:
        await with_footer(pilot)
        await pilot.press("b")
        await with_footer(pilot)
        check_capture(f"tune-{size[0]}x{size[1]}", screen_text(app))


async def test_every_chart_has_its_turn() -> None:
    app = run_app(services_of(seen(search_records())), study=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        titles = ["val_loss (log)", *(f"val_loss at {name}" for name in SHARES), "what matters  PED-ANOVA, 31 trials"]
        for title in (*titles, titles[0]):
            assert title in screen_text(app)
            await pilot.press("right")
            await with_footer(pilot)
        await pilot.press("left", "left", "f")
        await with_footer(pilot)
        check_capture("search-importances-80x24", screen_text(app))
        await pilot.press("escape", "right", "y")
        await with_footer(pilot)
        assert "val_loss  ★ best" in screen_text(app)


async def test_keys_ask_for_what_they_say() -> None:
    records = search_records()
    services = services_of(seen(records))
    app = run_app(services, study=NAME)
    async with app.run_test(size=(120, 35)) as pilot:
        await with_footer(pilot)
        await pilot.press("space")
        await with_footer(pilot)
        assert "asked to pause …" in screen_text(app)
        await pilot.press("down", "p")  # trial 32, which runs
        await settle(pilot)
        assert "Prune trial 32?" in screen_text(app)
        await pilot.press("y", "plus")
        await settle(pilot)
        await pilot.press(*"55", "down", *"2m", "enter")
        await settle(pilot)
        await pilot.press("x")
        await settle(pilot)
        assert "Stop digits-search" in screen_text(app)
        await pilot.press("y")
        await with_footer(pilot)
        assert services.asked == [
            {"command": "pause"},
            {"command": "prune", "value": 32},
            {"command": "raise", "value": 55, "also": {"budget_s": 120.0}},
            {"command": "stop"},
        ]
        answers = [Answered(id=2, time=BEGAN, command="prune", refused="Trial 32 has\x1b[2J ended.")]
        await tell(services, pilot, seen([*records, Raised(time=BEGAN, trials=55, budget_s=120.0), *answers]))
        assert told_last(app) == "Trial 32 is pruned.: Trial 32 has␛[2J ended."
        assert "31/55 trials" in screen_text(app)


async def test_a_killed_search_can_go_on_and_with_more_trials() -> None:
    services = services_of(seen(search_records(), RunStatus.KILLED))
    app = run_app(services, study=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        assert "supervisor was killed" in screen_text(app)
        await pilot.press("space", "x", "p")  # there is nobody to ask
        assert services.asked == []
        await pilot.press("c")
        assert [folder.name for folder in services.gone_on] == [NAME]
        await pilot.press("plus")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert services.asked == [{"command": "raise", "value": 60, "also": {"budget_s": 0.0}}]
        assert len(services.gone_on) == 2
        services.search_error = SearchError("Another process works on it already.")
        await pilot.press("c")
        assert "Another process" in told_last(app)


async def test_a_trial_opens_as_a_run_and_the_best_becomes_a_long_one() -> None:
    services = services_of(seen(search_records(ended=40, status="finished"), RunStatus.FINISHED))
    app = run_app(services, study=NAME)
    async with app.run_test(size=(120, 35)) as pilot:
        await with_footer(pilot)
        await pilot.press("enter")  # the best is on top
        await with_footer(pilot)
        assert isinstance(app.screen, RunScreen) and app.screen.folder == Path("runs") / NAME / "t0024"
        await pilot.press("escape")
        await with_footer(pilot)
        await pilot.press("t")
        await settle(pilot)
        assert isinstance(app.screen, NewRunScreen)
        assert "with the settings of #24" in screen_text(app) and "0.00344" in screen_text(app)
        await pilot.press("ctrl+s")
        await settle(pilot)
        ((task, settings),) = services.launches
        assert task == "digits" and settings["epochs"] == "90" and settings["optimizer"] == "adamw"
        await pilot.press("escape", "escape")
        await settle(pilot)
        assert isinstance(app.screen, RunsScreen) and services.study_followers[-1].closed


async def test_the_cursor_stays_on_its_trial_wherever_that_moves() -> None:
    records = search_records()
    services = services_of(seen(records))
    app = run_app(services, study=NAME)
    async with app.run_test(size=(120, 35)) as pilot:
        await with_footer(pilot)
        table = app.screen.query_one(TrialsTable)
        assert table.selected == 33  # the newest, until a person moves
        await tell(services, pilot, seen([*records, Asked(number=34, time=BEGAN, settings={"lr": 0.1})]))
        assert table.selected == 34
        await pilot.press("down", "down")
        number = table.selected
        for key in ("s", "s", "r", "S"):
            await pilot.press(key)
            assert table.selected == number
        told = Told(number=32, time=BEGAN, state="complete", value=0.01)
        await tell(services, pilot, seen([*records, told]))
        assert table.selected == number and "★ best  val_loss 0.01  #32" in screen_text(app)


async def test_words_filter_and_escape_brings_all_back() -> None:
    app = run_app(services_of(seen(search_records())), study=NAME)
    async with app.run_test(size=(120, 35)) as pilot:
        await with_footer(pilot)
        await pilot.press("slash", *"failed -lr=6.84e-5", "enter")
        await with_footer(pilot)
        assert app.screen.query_one(TrialsTable).selected == 23 and "CUDA out of memory" in screen_text(app)
        await pilot.press("escape")
        await with_footer(pilot)
        assert not app.screen.query_one("#trials-filter", Input).display
        await pilot.press("b")
        await with_footer(pilot)
        assert "the best" in screen_text(app)


async def test_nothing_can_be_read_yet_and_a_folder_that_goes_leaves_what_was_known() -> None:
    services = services_of(StudySeen(study=None, status=RunStatus.STARTING, trouble="study.jsonl is torn."))
    app = run_app(services, study=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        assert "study.jsonl is torn" in screen_text(app)
        await pilot.press("s", "r", "p", "c", "plus", "t", "enter", "b", "right", "y", "x", "down")
        assert services.asked == [] and services.gone_on == []
        begun = search_records(ended=0)[:2]
        await tell(services, pilot, seen(begun))
        assert "no trial is complete yet" in screen_text(app)
        await tell(services, pilot, seen(search_records(), RunStatus.KILLED, "The folder of it is no longer there."))
        assert "no longer there" in screen_text(app) and "★ best" in screen_text(app)
        await pilot.press("c", "escape")
        await settle(pilot)
        assert services.gone_on == [] and isinstance(app.screen, RunsScreen)


@pytest.mark.parametrize("size", [(80, 24), pytest.param((200, 50), marks=pytest.mark.long)])
async def test_hostile_text_reaches_no_terminal(size: tuple[int, int]) -> None:
    records = search_records(name=HOSTILE)
    number = sum(isinstance(each, Asked) for each in records)
    settings = {HOSTILE: HOSTILE, "lr": float("1e300"), "width": 10**15, "dropout": None}
    records.append(Asked(number=number, time=BEGAN, settings=settings, why=HOSTILE))
    records.append(Told(number=number, time=BEGAN, state="failed", error=HOSTILE, run="../../etc", verdict=HOSTILE))
    records.append(Asked(number=number + 1, time=BEGAN, settings={HOSTILE: True}))
    records.append(Told(number=number + 1, time=BEGAN, state="pruned", pruned_by=f"{HOSTILE}: {HOSTILE}", value=-1e308))
    app = run_app(services_of(seen(records, RunStatus.FAILED, HOSTILE)), study="hostile")
    async with app.run_test(size=size) as pilot:
        await with_footer(pilot)
        for key in ("S", "down", "enter", *["right"] * 8, "f"):
            await pilot.press(key)
            await settle(pilot)
            text = screen_text(app)
            assert "\x1b" not in text and "\u202e" not in text
            assert all(len(line) <= size[0] for line in text.split("\n"))
        assert isinstance(app.screen, SearchScreen)  # a run of that name leads elsewhere


async def test_without_colour_it_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = run_app(services_of(seen(search_records())), study=NAME)
    async with app.run_test(size=(80, 24)) as pilot:
        await with_footer(pilot)
        await pilot.press("down")
        await with_footer(pilot)
        assert "▸   32  ● running" in screen_text(app)


async def test_every_key_is_in_the_palette_and_the_help_tells_the_signs() -> None:
    app = run_app(services_of(seen(search_records())), study=NAME)
    async with app.run_test(size=(120, 35)) as pilot:
        await with_footer(pilot)
        told = {command.title for command in app.get_system_commands(app.screen)}
        assert {"Pause the search and its trials", "More trials, or more time", "To the best trial"} <= told
        await pilot.press("question_mark")
        await settle(pilot)
        assert "Keys: search" in screen_text(app) and "Stop the search" in screen_text(app)


async def test_with_a_thousand_trials_a_key_draws_what_is_in_view_and_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    services = services_of(seen(search_records(trials=1000, ended=1000, status="finished"), RunStatus.FINISHED))
    app = run_app(services, study=NAME)
    async with app.run_test(size=(200, 50)) as pilot:
        await with_footer(pilot)
        table = app.screen.query_one(TrialsTable)

        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("all trials were gone through")

        for name in ("trials_table.columns_for", "study_charts.progress_chart", "study_charts.hparam_chart"):
            monkeypatch.setattr(f"dltui.widgets.{name}", refuse)
        monkeypatch.setattr("dltui.screens.shown_search.arranged", refuse)
        await pilot.press("down", "pagedown", "up")
        await settle(pilot)
        assert table.page == 46 and "the 47th best" in screen_text(app)


def test_a_long_word_is_cut_where_its_cell_would_be_half_empty() -> None:
    change = "augment none → crop,scale,rotate, augment_strength 0.5 → 0.25"
    assert fitted(change, 30) == "augment none → crop,scale,rot…"
    assert fitted(change, 14) == "augment none…" and fitted(change, 99) == change
    assert fitted("\x1b[31m", 3) == "␛[…" and fitted("word", 0) == "" and fitted("", 5) == ""
