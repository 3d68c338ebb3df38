"""The history: one entry for what was done, and the undo on the change that it took back."""

import math

import pytest
from interventions.simulated import event, state_with

from dltui.interventions.history import Setting, history
from dltui_trainers.runlog import EventRecord, Value


def undo(stood_at: int, step: int, **rest: object) -> EventRecord:
    """Return the answer to an undo that went from one step back to another."""
    return event(step, "undo", from_=stood_at, to=step, **rest)


def names(*events: EventRecord) -> list[tuple[str, int | None]]:
    """Return what the history of these events says: names, and where each was undone."""
    return [(each.name, each.undone_at_step) for each in history(state_with(*events, val=[1.0] * 30))]


def test_nothing_was_done() -> None:
    assert history(state_with(val=[1.0])) == ()


def test_the_events_of_one_command_are_one_change() -> None:
    both = (event(50, hparam="lr", id=7, note="holds from 51"), event(50, hparam="momentum", from_=0.9, to=0.5, id=7))
    [done] = history(state_with(*both, val=[1.0] * 9))
    assert done.settings == (
        Setting(hparam="lr", from_=0.01, to=0.001),
        Setting(hparam="momentum", from_=0.9, to=0.5),
    )
    assert (done.id, done.step, done.by, done.note) == (7, 50, "user", "holds from 51")
    assert done.time_s == pytest.approx(50 * 0.1 + 0.05 - 1)  # the first record is at step 10


@pytest.mark.parametrize(
    "second",
    [{"id": 8}, {"id": 7, "step": 51}, {"id": 7, "done": False}, {"id": None}],
    ids=["another command", "an id that comes again", "refused", "without an id"],
)
def test_what_is_not_one_command_stands_alone(second: dict[str, object]) -> None:
    rest = {"step": 50, **second}
    assert len(history(state_with(event(50, id=7), event(**rest), val=[1.0] * 9))) == 2  # type: ignore[arg-type]


def test_two_without_an_id_are_two() -> None:
    assert len(names(event(50, id=None), event(50, id=None))) == 2


def test_an_undo_takes_back_the_last_change_that_stands() -> None:
    assert names(event(50), event(80), undo(120, 80), event(90), undo(95, 90), undo(99, 50)) == [
        ("set", 99),
        ("set", 120),
        ("undo", None),
        ("set", 95),
        ("undo", None),
        ("undo", None),
    ]


def test_an_undo_that_was_refused_takes_nothing_back() -> None:
    assert names(event(50), undo(120, 50, done=False)) == [("set", None), ("undo", None)]


def test_what_is_only_about_the_log_is_not_undone() -> None:
    assert names(event(50), event(60, hparam="log_every"), undo(80, 50))[:2] == [("set", 80), ("set", None)]


def test_a_refused_change_is_told_and_not_undone() -> None:
    refused = event(60, id=9, done=False, reason="lr must be above 0")
    done = history(state_with(event(50), refused, undo(80, 50), val=[1.0] * 9))
    assert [each.done for each in done] == [True, False, True]
    assert done[0].undone_at_step == 80 and done[1].undone_at_step is None and done[1].reason


def test_what_the_training_changed_of_itself_goes_back_with_it() -> None:
    assert names(event(50), event(70, "lr_drop"), event(75, "oom"), undo(80, 50))[:3] == [
        ("set", 80),
        ("lr_drop", 80),
        ("oom", None),
    ]


def test_only_checkpoints_that_were_asked_for_are_told() -> None:
    assert names(event(5, "checkpoint", to="a.pt"), event(6, "checkpoint", to="b.pt", id=3)) == [("checkpoint", None)]


@pytest.mark.parametrize(
    ("hparam", "is_set"), [("lr", True), ("augment", True), ("not one of ours", True), ("watch_every", False)]
)
def test_what_counts_as_a_change_of_the_training(hparam: str, is_set: bool) -> None:
    assert history(state_with(event(5, hparam=hparam), val=[1.0]))[0].is_set is is_set


@pytest.mark.parametrize(
    "events",
    [
        [undo(50, 20), undo(20, 90)],
        [event(50, hparam="")],
        [event(50, hparam="\x1b[2J" * 9000, from_="x" * 10**6, to=None, by="\n" * 999)],
        [event(50, "no such name"), event(50, "", id=-1)],
        [event(-5), undo(-9, -7)],
        [event(2**53), undo(2**53, 2**53)],
        [event(9, "undo", from_="forty", to=True), event(9, "undo", from_=None)],
    ],
)
def test_hostile_events_never_raise(events: list[EventRecord]) -> None:
    assert len(history(state_with(*events, val=[1.0] * 9))) == len(events)


def test_a_log_that_only_has_events() -> None:
    [done] = history(state_with(event(3, "paused", id=1)))
    assert math.isnan(done.time_s) and done.settings == ()


@pytest.mark.parametrize("value", [None, "", 0, False, "cosine"])
def test_any_value_is_kept(value: Value) -> None:
    assert history(state_with(event(3, from_=value, to=value), val=[1.0]))[0].settings[0].to == value
