"""After a change of a running training: what was seen before it is no evidence against its settings of now."""

from typing import Any

import numpy as np
import pytest
from diagnosis.curves import Values, falling, jittered, plan, warned
from interventions.simulated import event, state_with

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Diagnosis, Symptom, Verdict
from dltui.diagnosis.observed import Observed
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui_trainers.runlog import EventRecord

PER_EPOCH = 10
START = 2.3


def training(
    before: Values, after: Values, *events: EventRecord, lr: tuple[float, float] = (1.0, 0.1), epochs: int = 60
) -> RunState:
    """A training with these losses an epoch, before and after the learning rate was set."""
    by_epoch = np.concatenate([before, after])
    steps = jittered(np.repeat(by_epoch, PER_EPOCH), 0.02)
    rates = np.repeat(lr, [len(before) * PER_EPOCH, len(after) * PER_EPOCH])
    made = events or (event(len(before) * PER_EPOCH, from_=lr[0], to=lr[1]),)
    state = state_with(*made, train=steps, val=jittered(by_epoch, 0.01, 1), lr=rates, status=RunStatus.RUNNING)
    state.manifest = plan(epochs=epochs, expected_initial_loss=START, hparams={"lr": lr[0], "optimizer": "sgd"})
    return state


def at(state: RunState, epochs: int) -> Diagnosis:
    """What is said after so many epochs."""
    return examine(state, PER_EPOCH * epochs)


RAN_AWAY = np.r_[falling(6, first=2.3, last=0.6), np.full(9, 8.0)]
CURED = falling(25, first=6.0, last=0.3, rate=10)
STUCK = np.full(20, START)


def test_a_divergence_is_told_until_something_is_done_about_it() -> None:
    state = training(RAN_AWAY, CURED)
    assert at(state, 14).verdict is Verdict.DIVERGED
    just_now = at(state, 15)
    assert (just_now.verdict, just_now.reason) == (Verdict.INCONCLUSIVE, "changed")


@pytest.mark.parametrize("since", [1, 2, 4])
def test_a_loss_on_its_way_back_has_not_diverged(since: int) -> None:
    assert at(training(RAN_AWAY, CURED), 15 + since).find(Symptom.DIVERGED) is None


def test_a_change_that_does_not_help_leaves_it_diverged() -> None:
    state = training(RAN_AWAY, np.full(25, 8.0))
    assert at(state, 16).verdict is Verdict.INCONCLUSIVE
    assert at(state, 19).verdict is Verdict.DIVERGED


def test_a_change_that_makes_it_diverge_is_seen_at_once() -> None:
    state = training(falling(30), np.full(20, 9.0), lr=(0.1, 10.0))
    assert at(state, 34).verdict is Verdict.DIVERGED


def test_a_training_that_learned_nothing_is_given_time_after_a_raise() -> None:
    state = training(STUCK, falling(40, rate=12), lr=(1e-5, 0.1))
    assert at(state, 20).reason == "changed"
    assert all(at(state, epochs).find(Symptom.NOT_LEARNING) is None for epochs in range(20, 60))
    assert examine(training(STUCK, np.full(30, START), lr=(1e-5, 1e-4))).find(Symptom.NOT_LEARNING) is not None


def test_what_waited_for_a_lower_rate_has_it_now() -> None:
    """A loss that fell when the rate was set lower speaks of the rate before."""
    state = training(STUCK, falling(30, rate=12), lr=(30.0, 0.1))
    assert examine(state).find(Symptom.LR_TOO_HIGH) is None
    scheduled = training(STUCK, falling(30, rate=12), event(10, "checkpoint"), lr=(30.0, 0.1))
    assert examine(scheduled).find(Symptom.LR_TOO_HIGH) is not None


def test_overfitting_is_told_of_the_whole_run() -> None:
    steps = jittered(falling(400, last=0.01), 0.02)
    turned = jittered(np.r_[falling(20, last=0.5), np.linspace(0.5, 1.1, 20)], 0.01)
    state = state_with(event(300, hparam="weight_decay", from_=0.0, to=1e-4), train=steps, val=turned, lr=0.1)
    state.manifest = plan(epochs=60, expected_initial_loss=START, hparams={"lr": 0.1, "optimizer": "sgd"})
    assert at(state, 29).verdict is at(state, 31).verdict is Verdict.OVERFITTING


@pytest.mark.parametrize(
    "harmless",
    [
        event(200, hparam="log_every", from_=1, to=10),
        event(200, hparam="epochs", from_=60, to=80),
        event(200, hparam="early_stop_patience", from_=0, to=5),
        event(200, done=False),
        event(200, "checkpoint"),
    ],
)
def test_what_changes_no_curve_changes_no_diagnosis(harmless: EventRecord) -> None:
    state = training(STUCK, STUCK, harmless, lr=(0.1, 0.1))
    assert Observed(state).changed_at is None and Observed(state).present is not None
    assert at(state, 20).find(Symptom.NOT_LEARNING) is not None


def test_what_was_undone_was_not_changed() -> None:
    changed = event(200, from_=0.1, to=0.3, id=1)
    state = training(STUCK, STUCK, changed, event(200, "undo", from_=390, to=200, id=2), lr=(0.1, 0.1))
    assert Observed(state).changed_at is None
    assert Observed(state).hparams["lr"] == 0.1


def test_an_earlier_moment_knows_the_settings_of_then() -> None:
    state = training(STUCK, STUCK, lr=(0.1, 0.01))
    assert Observed(state, 199).hparams["lr"] == 0.1 and Observed(state, 199).changed_at is None
    assert Observed(state, 200).hparams["lr"] == 0.01 and Observed(state, 200).changed_at == 200


def test_line_by_line_it_is_the_same() -> None:
    state = training(RAN_AWAY, CURED)
    for epochs in range(8, 40):
        then: Any = training(
            RAN_AWAY[:epochs], CURED[: max(0, epochs - 15)], *state.events[: epochs >= 15] or (event(1, "checkpoint"),)
        )
        assert (warned(at(state, epochs)), at(state, epochs).verdict) == (warned(examine(then)), examine(then).verdict)
