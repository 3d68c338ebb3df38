"""Advice after a change: it waits for what came of it, goes no circles, and knows the present values."""

import numpy as np
import pytest
from advice.cases import configuration, diagnosis, finding, manifest
from interventions.simulated import event, state_with

from dltui.advice.change import Apply, Change
from dltui.advice.past import Past
from dltui.advice.prescribe import prescribe
from dltui.diagnosis.finding import Symptom
from dltui.interventions.effect import Outcome
from dltui.runs.reader import decode
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui_trainers.runlog import EventRecord, Value, to_line

AT = 200


def training(*events: EventRecord, after: float = 1.0, epochs: int = 30, lr: float = 0.1) -> RunState:
    """A training whose loss is level, and ``after`` times that since step ``AT``."""
    steps = np.arange(1, 10 * epochs + 1)
    level = np.where(steps > AT, after, 1.0) * (1 + 0.01 * np.random.default_rng(1).normal(size=len(steps)))
    state = state_with(*events, train=level, val=level[9::10], lr=lr)
    state.manifest = manifest("digits", configuration("digits", {"lr": "0.1", "optimizer": "sgd"}))
    return state


def lr_advice(state: RunState, symptom: Symptom) -> Change | None:
    """What is advised for the learning rate."""
    found = diagnosis(finding(symptom))
    at_end = type(found)(
        verdict=found.verdict, confidence=found.confidence, findings=found.findings, at_step=float(state.step)
    )
    return next((each for each in prescribe(state, at_end) if each.hyperparameter == "lr"), None)


def lr_set(from_: float, to: float, **rest: int) -> EventRecord:
    """A learning rate that was set at ``AT``."""
    return event(AT, from_=from_, to=to, **rest)


def test_what_was_just_set_is_not_asked_for_again() -> None:
    lowered = lr_set(0.3, 0.1)
    assert lr_advice(training(lowered, epochs=22), Symptom.LR_TOO_HIGH) is None
    later = lr_advice(training(lowered, epochs=32), Symptom.LR_TOO_HIGH)
    assert later is not None and (later.from_, later.to, later.apply) == (0.1, 0.03, Apply.LIVE)


@pytest.mark.parametrize(
    ("from_", "to", "after", "symptom", "advised"),
    [
        (0.3, 0.1, 1.0, Symptom.LR_TOO_LOW, False),  # 0.3 again
        (0.3, 0.1, 0.5, Symptom.LR_TOO_LOW, False),
        (0.3, 0.1, 2.0, Symptom.LR_TOO_LOW, True),  # to leave it hurt
        (3.0, 0.1, 1.0, Symptom.LR_TOO_LOW, True),  # 0.3 lies between both
        (0.03, 0.1, 1.0, Symptom.LR_TOO_HIGH, False),
        (0.001, 0.1, 1.0, Symptom.LR_TOO_HIGH, True),
        (0.3, 0.1, 2.0, Symptom.LR_TOO_HIGH, False),  # further down, where down hurt
    ],
)
def test_no_circles(from_: float, to: float, after: float, symptom: Symptom, advised: bool) -> None:
    state = training(lr_set(from_, to), after=after)
    assert (lr_advice(state, symptom) is not None) is advised


def test_what_hurt_and_was_undone_is_not_advised_again() -> None:
    undo = event(AT, "undo", from_=300, to=AT, id=9)
    state = training(lr_set(0.1, 0.03, id=1), after=2.0)
    assert state.hparams["lr"] == 0.03
    state.extend(decode(to_line(undo).rstrip(b"\n")))
    assert state.hparams["lr"] == 0.1
    past = Past(state)
    assert [past.outcome(made) for _, made in past.settings("lr")] == [Outcome.HURT]
    assert lr_advice(state, Symptom.LR_TOO_HIGH) is None


@pytest.mark.parametrize(("before", "now", "advised"), [("constant", "cosine", False), ("step", "constant", True)])
def test_a_choice_does_not_go_back(before: Value, now: Value, advised: bool) -> None:
    past = Past(training(event(AT, hparam="schedule", from_=before, to=now)))
    back = Change(
        hyperparameter="schedule",
        from_=now,
        to="constant" if now == "cosine" else "cosine",
        apply=Apply.LIVE,
        symptom=Symptom.LR_TOO_HIGH,
        key="lr_decay",
    )
    assert past.forbids(back) is not advised


def test_a_schedule_has_brought_the_rate_down() -> None:
    """What is set live is the rate of the next step: a third of 0.1 would raise one that has come down to 0.01."""
    advice = lr_advice(training(lr=0.01), Symptom.LR_TOO_HIGH)
    assert advice is not None and (advice.from_, advice.to) == (0.01, 0.003)
    ended = training(lr=0.01)
    ended.status = RunStatus.FINISHED
    anew = lr_advice(ended, Symptom.LR_TOO_HIGH)
    assert anew is not None and (anew.from_, anew.to) == (0.1, 0.03)


def test_a_loss_that_never_was_good_comes_down_where_it_is() -> None:
    state = training()
    assert state.best is not None
    branch = lr_advice(state, Symptom.DIVERGED)
    assert branch is not None and branch.apply is Apply.BRANCH
    state.best = None
    live = lr_advice(state, Symptom.DIVERGED)
    assert live is not None and live.apply is Apply.LIVE


def test_a_network_that_goes_on_is_lowered_by_no_more_than_ten() -> None:
    """Its weights have grown to the size of its steps: the usual rate of a start would leave it where it is."""
    state = training(lr=30.0)
    state.manifest = manifest("digits", configuration("digits", {"lr": "30", "optimizer": "sgd"}))
    live = lr_advice(state, Symptom.LR_TOO_HIGH)
    assert live is not None and (live.from_, live.to, live.apply) == (30.0, 3.0, Apply.LIVE)
    state.status = RunStatus.FINISHED
    anew = lr_advice(state, Symptom.LR_TOO_HIGH)
    assert anew is not None and (anew.to, anew.apply) == (0.1, Apply.RESTART)
