"""What a training answered, as a sentence."""

from typing import Any

import pytest

from dltui.runs.answers import LONGEST_TEXT, told, told_of_all
from dltui_trainers.runlog import EventRecord


def event(name: str, step: int = 1200, **rest: Any) -> EventRecord:
    """Something that a training tells."""
    return EventRecord(step=step, time=1.0, name=name, **rest)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (event("set", hparam="lr", from_=0.1, to=0.03), "lr 0.1 → 0.03 from step 1 201 on"),
        (
            event("set", hparam="lr", from_=1e-3, to=3e-5, note="the cosine schedule goes on from there", reason="x"),
            "lr 1e-3 → 3e-5 from step 1 201 on; the cosine schedule goes on from there",
        ),
        (event("set", hparam="augment", from_="none", to="flip,crop"), "augment none → flip,crop from step 1 201 on"),
        (event("set", hparam="batch_size", from_=64, to=128), "batch_size 64 → 128 from step 1 201 on"),
        (event("set", hparam="lr", from_=0.029999981, to=0.03), "lr 0.029999981 → 0.03 from step 1 201 on"),
        (event("set", hparam="l1"), "l1 – → – from step 1 201 on"),
        (event("paused"), "paused after step 1 200"),
        (event("paused", note="it was paused already"), "paused after step 1 200; it was paused already"),
        (event("resumed"), "goes on with step 1 201"),
        (event("stop", reason="SIGTERM"), "stops after step 1 200"),
        (event("checkpoint", to="step-00001200.pt"), "checkpoint step-00001200.pt written at step 1 200"),
        (event("checkpoint"), "checkpoint written at step 1 200"),
        (event("undo", from_=1350, to=1200), "undone: from step 1 350 back to step 1 200, step 1 201 is next"),
        (event("undo", from_="?"), "undone: back to step 1 200, step 1 201 is next"),
        (event("undo", from_=10**400), "undone: back to step 1 200, step 1 201 is next"),
        (event("oom", hparam="batch_size", from_=64, to=32), "out of memory: batch_size 64 → 32 from step 1 201 on"),
        (event("oom", from_=64, to=32, note="in halves"), "out of memory at step 1 200; in halves"),
        (
            event("lr_drop", hparam="lr", from_=0.1, to=0.01, reason="no better validation for a while"),
            "lr 0.1 → 0.01 from step 1 201 on: no better validation for a while",
        ),
        (
            event("early_stop", reason="no new best in 5 validations"),
            "early stop at step 1 200: no new best in 5 validations",
        ),
        (event("branch", from_="digits-a"), "goes on from step 1 200 of digits-a"),
        (event("moved_house", from_="here", to=7), "moved house here → 7 at step 1 200"),
        (event("set", hparam="lr", done=False, reason="too large"), "set lr was refused: too large"),
        (event("paused", done=False, reason="it is over"), "pause was refused: it is over"),
        (event("unknown_command", done=False, reason="no such"), "a command was refused: no such"),
        (event("undo", done=False), "undo was refused: the training does not say why"),
    ],
)
def test_there_is_a_sentence_for_every_answer(given: EventRecord, sentence: str) -> None:
    assert told(given) == sentence


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("name", ["set", "paused", "undo", "oom", "lr_drop", "branch", "checkpoint", "\x1b[31m\u202e"])
def test_hostile_text_is_shown_and_cut(name: str, done: bool) -> None:
    evil = "\x1b]0;x\x07\n\u202e[bold]" + "x" * 5000
    sentence = told(event(name, hparam=evil, from_=evil, to=evil, by=evil, reason=evil, note=evil, done=done))
    assert sentence.isprintable() and len(sentence) < 3 * LONGEST_TEXT
    assert "\x1b" not in sentence and "\u202e" not in sentence


def test_a_note_on_all_answers_is_told_once() -> None:
    answers = [event("set", hparam=name, from_=0.1, to=0.2, note="mind it") for name in ("lr", "dropout")]
    assert told_of_all(answers) == (
        "lr 0.1 → 0.2 from step 1 201 on",
        "dropout 0.1 → 0.2 from step 1 201 on; mind it",
    )
    assert answers[0].note == "mind it"
