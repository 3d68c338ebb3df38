"""What the lines of control.jsonl make of a guide, whoever wrote them."""

from pathlib import Path

import msgspec
import pytest
from guide.engines import FAULT, sound

from dltui.guide.engine.commands import KEPT_ANSWERS, Inbox, repeated
from dltui.guide.options import Options
from dltui.guide.state import Guide, StepState, TrialEntry, new_guide
from dltui.runs.control import ask
from dltui_trainers.runlog import CONTROL


@pytest.fixture
def guide() -> Guide:
    """Steps 0 to 3 are done, and 4 is at work."""
    made = new_guide(name="g", task="digits", options=Options(budget_s=60.0, skip=(5,)), command=[], began=0.0)
    for number in range(4):
        result = sound(lr=number / 10) if number != 2 else FAULT
        made = made.with_step(msgspec.structs.replace(made.steps[number], state=StepState.DONE, result=result))
    trials = [TrialEntry(name="s4-a", settings={})]
    made = made.with_step(msgspec.structs.replace(made.steps[4], state=StepState.RUNNING, trials=trials))
    return msgspec.structs.replace(made, chosen={"lr": 0.3}, budget_s=60.0)


def test_each_command_is_answered_once_and_in_order(tmp_path: Path, guide: Guide) -> None:
    inbox = Inbox(tmp_path, guide)
    ids = [ask(tmp_path, "pause"), ask(tmp_path, "skip", value=4), ask(tmp_path, "skip", value=1)]
    guide, obeyed = inbox.take(guide, at_once=True)
    assert obeyed == ["pause", "skip"]
    assert [(each.id, bool(each.refused)) for each in guide.answers] == list(
        zip(ids, [False, False, True], strict=True)
    )
    assert guide.steps[4].state is StepState.SKIPPED
    assert inbox.take(guide, at_once=True) == (guide, [])
    assert Inbox(tmp_path, guide).take(guide, at_once=True) == (guide, [])


def test_lines_that_are_none_do_no_harm(tmp_path: Path, guide: Guide) -> None:
    (tmp_path / CONTROL).write_bytes(b'{"id": 1, "time"\n[]\n\xff\xfe\n' + b"[" * 100_000 + b"\nnull\n")
    after, obeyed = Inbox(tmp_path, guide).take(guide, at_once=True)
    assert obeyed == [] and after == guide


def test_answers_do_not_grow_without_end(tmp_path: Path, guide: Guide) -> None:
    for _ in range(KEPT_ANSWERS + 5):
        ask(tmp_path, "resume")
    guide, obeyed = Inbox(tmp_path, guide).take(guide, at_once=True)
    assert len(obeyed) == KEPT_ANSWERS + 5 and len(guide.answers) == KEPT_ANSWERS


def test_accept_takes_a_fault_and_nothing_else(tmp_path: Path, guide: Guide) -> None:
    inbox = Inbox(tmp_path, guide)
    assert guide.is_halted_at(2)
    for step in (2, 2, 3):
        ask(tmp_path, "accept", value=step)
    guide, obeyed = inbox.take(guide, at_once=True)
    assert obeyed == ["accept", "accept"] and guide.accepted == [2]
    assert not guide.is_halted_at(2)


def test_what_is_repeated_forgets_what_rested_on_it(guide: Guide) -> None:
    accepted = msgspec.structs.replace(guide, accepted=[2], final="final")
    again = repeated(accepted, 1)
    assert [each.state.value for each in again.steps] == ["done", *["waiting"] * 4, "skipped", "waiting"]
    assert [each.attempt for each in again.steps] == [1, 2, 2, 2, 2, 1, 1]
    assert (again.chosen, again.final, again.accepted, again.at) == ({"lr": 0.0}, "", [], 1)
    assert repeated(accepted, 3).accepted == [2]
    assert repeated(accepted, 5).steps[5].state is StepState.WAITING
    assert repeated(again, 1).steps[2].attempt == 2  # what was not begun is no attempt


def test_words_in_a_command_cannot_steer_a_terminal(tmp_path: Path, guide: Guide) -> None:
    ask(tmp_path, "skip", value="\x1b[2J" * 50)
    ask(tmp_path, "edit", also={"lr_factors": "\x1b[2J"})
    ask(tmp_path, "edit", also={"\x1b[2J": 1})
    guide, _ = Inbox(tmp_path, guide).take(guide, at_once=True)
    assert len(guide.answers) == 3
    assert not [each for each in guide.answers if "\x1b" in each.refused or len(each.refused) > 300]
