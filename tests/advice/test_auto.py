"""Advice that is followed unasked: when, which of it, never back and forth, and what hurt is taken back once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from advice.cases import configuration, diagnosis, finding, manifest
from diagnosis.curves import EVAL_NAMES, STEP_NAMES, rows
from interventions.simulated import event, state_with

from dltui.advice.auto import Decision, decide
from dltui.advice.change import Apply, Change
from dltui.advice.limits import BY, CAREFUL, Limits
from dltui.diagnosis.finding import Diagnosis, Severity, Symptom, Verdict
from dltui.interventions.effect import Outcome, effects
from dltui.runs.reader import decode
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch
from dltui.series.state import RunState
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import EventRecord, Value, to_line

PER_EPOCH = 10
EPOCHS = 40
CHANGED = 200
"""The step of the change that was made before: epoch 20 of the 30 that are done."""


def change(name: str = "lr", from_: Value = 0.01, to: Value = 0.003, **rest: Any) -> Change:
    """One advice against a learning rate that is too high."""
    given = {"apply": Apply.LIVE, "symptom": Symptom.LR_TOO_HIGH, "key": "lr_down", **rest}
    return Change(hyperparameter=name, from_=from_, to=to, **given)


def training(
    *events: EventRecord, epochs: int = 30, after: float = 1.0, status: RunStatus = RunStatus.RUNNING
) -> RunState:
    """A training of 40 epochs whose loss is level, and ``after`` times that since the step ``CHANGED``."""
    steps = np.arange(1, epochs * PER_EPOCH + 1)
    level = np.where(steps > CHANGED, after, 1.0) * (1 + 0.01 * np.random.default_rng(1).normal(size=len(steps)))
    state = state_with(*events, train=level, val=level[PER_EPOCH - 1 :: PER_EPOCH], status=status)
    values = configuration("digits", {"lr": "0.01"})
    state.manifest = manifest("digits", values)
    state.manifest.epochs, state.manifest.hparams = EPOCHS, values
    state.loading = False
    return state


TOO_HIGH = diagnosis(finding(Symptom.LR_TOO_HIGH))


def decided(
    state: RunState,
    *changes: Change,
    found: Diagnosis = TOO_HIGH,
    limits: Limits = Limits(),  # noqa: B008
) -> dict[str, Value] | str | None:
    """What is set; or the name of another command; None for nothing."""
    decision = decide(state, found, changes or (change(),), limits)
    return None if decision is None else decision.settings or decision.command


def lr_set(to: float, from_: float = 0.01, step: int = CHANGED, **rest: Any) -> EventRecord:
    """A learning rate that was set."""
    return event(step, from_=from_, to=to, **rest)


def undo(step: int = CHANGED, stood_at: int = 290, **rest: Any) -> EventRecord:
    """The last change taken back."""
    return event(step, "undo", **{"from_": stood_at, "to": step, "id": 99, "by": BY, **rest})


def test_the_first_advice_that_is_allowed() -> None:
    assert decide(training(), TOO_HIGH, (change(),), Limits()) == Decision(
        command="set", settings={"lr": 0.003}, symptom=Symptom.LR_TOO_HIGH
    )
    batch = change("batch_size", 64, 128)
    assert decided(training(), batch, change()) == {"lr": 0.003}
    assert decided(training(), batch, limits=Limits(hparams=("batch_size",))) == {"batch_size": 128}


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("needs a branch", change(apply=Apply.BRANCH, at_step=100)),
        ("needs a new training", change(apply=Apply.RESTART)),
        ("is only a factor", change(from_=None, to="x0.3")),
        ("is no setting", change("check_split", None, None)),
        ("is beyond the limits", change("epochs", 40, 80)),
        ("something that moves with it is", change(with_={"momentum": 0.5})),
        ("is for what was not found", change(symptom=Symptom.PLATEAU)),
    ],
)
def test_what_is_not_done(name: str, advice: Change) -> None:
    assert decided(training(), advice) is None


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("not sure enough", diagnosis(replace(finding(Symptom.LR_TOO_HIGH), confidence=0.6))),
        ("only a note", diagnosis(finding(Symptom.LR_TOO_HIGH, Severity.INFO))),
        ("nothing can be told", diagnosis(finding(Symptom.LR_TOO_HIGH), verdict=Verdict.INCONCLUSIVE)),
    ],
)
def test_the_finding_must_be_worth_it(name: str, found: Diagnosis) -> None:
    assert decided(training(), found=found) is None


def test_not_in_the_last_epochs_nor_in_the_first() -> None:
    assert decided(training(epochs=34)) is not None
    assert decided(training(epochs=35)) is None
    assert decided(training(epochs=4)) is None


@pytest.mark.parametrize("status", [RunStatus.FINISHED, RunStatus.KILLED, RunStatus.FAILED])
def test_not_where_nobody_trains(status: RunStatus) -> None:
    assert decided(training(status=status)) is None
    assert decided(training(event(250, "paused", id=5))) is None
    assert decided(training(event(250, "paused", id=5), event(250, "resumed", id=6))) is not None


@pytest.mark.parametrize(("at", "every", "done"), [(200, 5, True), (260, 5, False), (240, 5, True), (240, 7, False)])
def test_at_most_one_change_in_so_many_epochs(at: int, every: float, done: bool) -> None:
    state = training(event(at, hparam="dropout", from_=0.0, to=0.1))
    known = [effect.outcome for _, effect in effects(state) if effect is not None]
    assert known == [Outcome.NO_CLEAR_EFFECT if at < 260 else Outcome.TOO_EARLY] or at == 240
    told = decided(state, limits=Limits(every_epochs=every))
    assert (told is not None) is (done and Outcome.TOO_EARLY not in known)


@pytest.mark.parametrize("by", ["user", "advice", "sweep.py"])
@pytest.mark.parametrize(
    ("earlier", "wanted", "done"),
    [
        ((0.02, 0.01), change(to=0.003), True),
        ((0.003, 0.01), change(to=0.003), False),  # somebody raised it
        ((0.003, 0.01), change(to=0.009), False),  # even by a little
        ((0.003, 0.01), change(to=0.03), True),
        ((0.02, 0.01), change(to=0.03), False),
    ],
)
def test_never_in_opposite_directions(by: str, earlier: tuple[float, float], wanted: Change, done: bool) -> None:
    state = training(lr_set(earlier[1], earlier[0], by=by))
    assert (decided(state, wanted) is not None) is done


def test_a_choice_is_not_set_back() -> None:
    state = training(event(CHANGED, hparam="schedule", from_="constant", to="cosine"))
    limits = Limits(hparams=("schedule",))
    assert decided(state, change("schedule", "cosine", "constant"), limits=limits) is None
    assert decided(state, change("schedule", "cosine", "step"), limits=limits) is not None


def test_what_hurt_is_taken_back_once_and_then_left_alone() -> None:
    hurt = lr_set(0.003, by=BY)
    assert decided(training(hurt, after=2.0)) == "undo"
    taken_back = training(hurt, after=2.0)
    taken_back.extend(undone())
    assert [effect.outcome for made, effect in effects(taken_back) if effect] == [Outcome.HURT]
    later = _going_on(taken_back)
    assert decided(later, change(to=0.001)) is None and decided(later, change(to=0.03)) is None
    assert decided(later, change("dropout", 0.3, 0.1)) == {"dropout": 0.1}


def undone() -> Batch:
    """The news that it was taken back at epoch 30."""

    return decode(to_line(undo(stood_at=300)).rstrip(b"\n"))


def _going_on(state: RunState) -> RunState:
    """The training ten epochs after it went back."""

    steps = np.arange(CHANGED + 1, CHANGED + 101)
    level = 1 + 0.01 * np.random.default_rng(2).normal(size=100)
    state.extend(Batch(steps=rows(steps, {"train_loss": level}, STEP_NAMES)))
    state.extend(Batch(evals=rows(steps[9::10], {"val_loss": level[9::10]}, EVAL_NAMES)))
    return state


@pytest.mark.parametrize("by", ["user", "sweep.py"])
def test_what_a_person_set_is_never_taken_back(by: str) -> None:
    assert decided(training(lr_set(0.02, by=by), after=2.0)) is None
    mine_then_theirs = training(
        lr_set(0.02, step=100, by=BY), event(CHANGED, hparam="dropout", from_=0.0, to=0.5, by=by), after=2.0
    )
    assert decided(mine_then_theirs, change("weight_decay", 0.0, 1e-4)) != "undo"


def test_what_was_refused_is_not_asked_again() -> None:
    assert decided(training(event(250, done=False, by=BY, to=None, from_=None))) is None
    assert decided(training(event(250, done=False, by="user", to=None, from_=None))) is not None
    assert decided(training(lr_set(0.003, by=BY), event(250, "undo", done=False, by=BY, id=7), after=2.0)) is None


def test_the_log_line_by_line_decides_the_same() -> None:
    events = (lr_set(0.003, by=BY),)
    for epochs in range(18, 36):
        assert decided(_grown(events, epochs)) == decided(training(*events[: epochs > 20], epochs=epochs, after=2.0))


def _grown(events: Sequence[EventRecord], epochs: int) -> RunState:
    """The same training, epoch by epoch, looked at each time."""
    state = RunState()
    whole = training(*events, epochs=epochs, after=2.0)
    state.manifest, state.status, state.loading = whole.manifest, whole.status, False

    loss = whole.train_loss.raw.values
    for epoch in range(epochs):
        if epoch * PER_EPOCH == CHANGED:
            state.extend(Batch(events=tuple(events)))
        steps = np.arange(epoch * PER_EPOCH + 1, (epoch + 1) * PER_EPOCH + 1)
        state.extend(Batch(steps=rows(steps, {"train_loss": loss[steps - 1], "lr": 0.01}, STEP_NAMES)))
        state.extend(Batch(evals=rows(steps[-1:], {"val_loss": loss[steps[-1:] - 1]}, EVAL_NAMES)))
        decided(state)
    return state


def test_the_careful_ones_can_be_set_live() -> None:
    assert all(CATALOGUE[name].live for name in CAREFUL)
