"""The diagnosis on the run screen: the panel, the marks on the chart, and the explanation of what was found."""

from dataclasses import replace

import pytest
from fakes import (
    CHANGES,
    NO_DIAGNOSIS,
    NOISY,
    OVERFITTED,
    SIZES,
    FakeServices,
    batch_update,
    check_capture,
    run_app,
    screen_text,
    settle,
    updates_of,
)
from rich.cells import cell_len
from runlogs import step, whole_run
from textual.content import Content

from dltui.diagnosis.finding import Diagnosis, Severity, Symptom, Verdict
from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui.screens.findings import FindingsScreen
from dltui.screens.run import RunScreen
from dltui.series.state import RunState
from dltui.texts import LANGUAGES, Texts
from dltui.widgets.diagnosed import Diagnosed
from dltui.widgets.diagnosis_panel import Told, lay_out, tell
from dltui.widgets.wrapping import wrap

STATES = {
    "overfitted": Diagnosed(diagnosis=OVERFITTED, changes=CHANGES),
    "undecided": Diagnosed(diagnosis=NO_DIAGNOSIS, changes=()),
    "good": Diagnosed(
        diagnosis=Diagnosis(verdict=Verdict.GOOD_FIT, confidence=0.9, findings=(), at_step=100), changes=()
    ),
    "noisy": Diagnosed(
        diagnosis=Diagnosis(verdict=Verdict.UNDERFITTING, confidence=0.9, findings=(NOISY,), at_step=100),
        changes=CHANGES[:1],
    ),
}


def state_of(updates: list[RunUpdate]) -> RunState:
    """Return the state after those updates."""
    state = RunState()
    for update in updates:
        state.take(update)
    return state


@pytest.fixture
def overfitted(finished: FakeServices) -> FakeServices:
    """Services that find the finished run overfitted."""
    finished.diagnosed = (OVERFITTED, CHANGES)
    return finished


@pytest.mark.parametrize("size", SIZES)
async def test_the_screen_of_a_run_with_findings(overfitted: FakeServices, size: tuple[int, int]) -> None:
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        text = screen_text(app)
        check_capture(f"run-overfitted-{size[0]}x{size[1]}", text)
        assert "▲ OVERFITTING" in text and "weight_decay 0 → 1e-4" in text and "╏▲ overfitting" in text


async def test_the_same_in_chinese_with_wide_characters_on_the_chart(overfitted: FakeServices) -> None:
    overfitted.language = "zh_CN"
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        lines = screen_text(app).split("\n")
        check_capture("run-overfitted-zh-80x24", "\n".join(lines))
        assert "╏▲ 过拟合" in lines[2] and all(cell_len(line) <= 80 for line in lines)
        await pilot.press("v")
        await settle(pilot)
        assert "过拟合" not in screen_text(app).split("\n")[2]
        await pilot.press("v", "x")
        await settle(pilot)
        assert "╏▲ 过拟合" in screen_text(app).split("\n")[2]  # on the axis of epochs too


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", STATES)
def test_the_panel_fits_any_size(name: str, language: str) -> None:
    told = tell(STATES[name], state_of(updates_of(whole_run(), RunStatus.FINISHED)), Texts.load(language))
    for width in (1, 2, 7, 20, 60, 78, 118, 149, 150, 198):
        for rows in (1, 2, 3, 4, 6, 9, 20):
            lines = lay_out(told, width, rows)
            assert 0 < len(lines) <= rows
            assert all(line.cell_length <= width and "\n" not in line.plain for line in lines)


def panel_text(told: Told, width: int, rows: int) -> str:
    return Content("\n").join(lay_out(told, width, rows)).plain


def test_the_panel_says_what_it_cannot_tell_and_what_is_good() -> None:
    state, texts = state_of(updates_of(whole_run(), RunStatus.FINISHED)), Texts.load("en")
    undecided = panel_text(tell(STATES["undecided"], state, texts), 78, 4)
    assert undecided.startswith("… I cannot tell yet\nThere are too few validations") and "Nothing" not in undecided
    assert panel_text(tell(STATES["good"], state, texts), 78, 4).endswith("Nothing to change.")
    noisy = panel_text(tell(STATES["noisy"], state, texts), 78, 4)
    assert noisy.startswith("● UNDERFITTING · noisy validation   note · since epoch 2")
    assert "1    weight_decay" not in noisy and "1  weight_decay 0 → 1e-4  restart" in noisy


def test_more_room_tells_more() -> None:
    state, texts = state_of(updates_of(whole_run(), RunStatus.FINISHED)), Texts.load("en")
    told = tell(STATES["overfitted"], state, texts)
    small, large = panel_text(told, 78, 4), panel_text(told, 198, 9)
    assert "+1" in small.split("\n")[0] and small.endswith("+2")
    assert "noisy validation" in large and "more training data" in large and "Large weights" in large


def test_lines_break_between_words_and_between_ideographs() -> None:
    assert [line.plain for line in wrap("one two  three", 8)] == ["one two", "three"]
    assert [line.plain for line in wrap("验证损失上升了、训练损失下降", 10)] == ["验证损失上", "升了、训练", "损失下降"]
    assert [line.plain for line in wrap("验证损失高。", 10)] == ["验证损失", "高。"]  # no full stop begins a line
    assert wrap("", 10) == [] and wrap("word", 0) == []


async def test_nothing_is_judged_while_the_log_is_being_read(overfitted: FakeServices) -> None:
    overfitted.updates = [replace(update, loading=True) for update in overfitted.updates]
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert overfitted.diagnoses == 0
        assert "… Diagnosis · comes when the log has been read" in screen_text(app)
        overfitted.followers[0].on_update(batch_update([step(100)]))
        await settle(pilot)
        assert overfitted.diagnoses == 1 and "▲ OVERFITTING" in screen_text(app)


async def test_a_training_that_has_logged_nothing_is_not_judged(finished: FakeServices) -> None:
    finished.updates = [RunUpdate(status=RunStatus.STARTING)]
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert finished.diagnoses == 0 and "… Diagnosis · comes with the first records" in screen_text(app)
        await pilot.press("e", "a")
        await settle(pilot)
        assert isinstance(app.screen, RunScreen)


async def test_a_run_is_judged_at_most_once_a_second_however_much_comes(overfitted: FakeServices) -> None:
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        done = overfitted.diagnoses
        for each in range(101, 150):
            overfitted.followers[0].on_update(batch_update([step(each)]))
        await settle(pilot)
        assert overfitted.diagnoses <= done + 1


async def test_what_was_printed_is_no_reason_to_judge_again(
    overfitted: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dltui.screens.run.DIAGNOSE_EVERY_S", 0.0)
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        done = overfitted.diagnoses
        overfitted.followers[0].on_update(RunUpdate(output=("more",)))
        await settle(pilot)
        assert overfitted.diagnoses == done
        overfitted.followers[0].on_update(batch_update([step(101)]))
        await settle(pilot)
        assert overfitted.diagnoses == done + 1


@pytest.mark.parametrize("size", SIZES)
async def test_the_explanation(overfitted: FakeServices, size: tuple[int, int]) -> None:
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("e")
        await settle(pilot)
        assert isinstance(app.screen, FindingsScreen)
        text = screen_text(app)
        check_capture(f"findings-{size[0]}x{size[1]}", text)
        assert "What it looks like" in text and "rose 160 % above its best" in text
        await pilot.press("down")
        await settle(pilot)
        assert "jumps by 12 % of its level" in screen_text(app)
        await pilot.press("e")
        assert isinstance(app.screen, RunScreen)


async def test_a_long_explanation_scrolls(overfitted: FakeServices) -> None:
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("e")
        await settle(pilot)
        assert "source: Prechelt" not in screen_text(app)
        await pilot.press("space", "pagedown", "pagedown", "pagedown")
        await settle(pilot)
        assert "source: Prechelt" in screen_text(app)
        await pilot.press("pageup", "pageup", "pageup", "pageup")
        await settle(pilot)
        assert "What it looks like" in screen_text(app)


async def test_the_explanation_of_what_cannot_be_told_says_why(finished: FakeServices) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("e")
        await settle(pilot)
        assert "I cannot tell yet: There are too few validations" in " ".join(screen_text(app).split())


async def test_every_symptom_can_be_shown_and_explained(finished: FakeServices) -> None:
    found = tuple(
        replace(NOISY, symptom=symptom, severity=list(Severity)[number % 3], evidence=())
        for number, symptom in enumerate(Symptom)
    )
    finished.diagnosed = (replace(OVERFITTED, findings=found), ())
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("e")
        for _ in found:
            await settle(pilot)
            assert "What it looks like" in screen_text(app)
            await pilot.press("down")


async def test_what_has_no_room_has_a_key(finished: FakeServices) -> None:
    app = run_app(finished, "digits-x")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "batch_size" not in screen_text(app)
        await pilot.press("i")
        await settle(pilot)
        text = screen_text(app)
        assert "batch_size" in text and "expected first loss  2.303" in text
        await pilot.press("i")
        assert isinstance(app.screen, RunScreen)


async def test_help_and_palette_have_the_keys_of_the_diagnosis(overfitted: FakeServices) -> None:
    app = run_app(overfitted, "digits-x")
    async with app.run_test(size=(120, 56)) as pilot:
        await settle(pilot)
        commands = {command.title for command in app.get_system_commands(app.screen)}
        words = {
            "Explain what was found",
            "What to change: apply it, or start it",
            "Findings on the chart, or not",
            "Hyperparameters, data and machine",
        }
        assert words <= commands and "The run that this one came from" not in commands
        await pilot.press("question_mark")
        await settle(pilot)
        text = screen_text(app)
        assert all(word in text for word in words) and "╏  since this step a finding holds" in text
