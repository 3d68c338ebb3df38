"""Steps too short."""

import numpy as np
import pytest
from diagnosis.curves import EPOCH, Values, along, evidence, falling, found, jittered, plan, run, silent

from dltui.diagnosis.finding import Severity, Symptom
from dltui_trainers.runlog import Parent

T = along(60)
CREEP = 2.3 - 0.3 * T


def test_a_straight_line_that_has_not_come_far() -> None:
    finding = found(run(CREEP, CREEP, manifest=plan()), Symptom.LR_TOO_LOW)
    assert finding.severity is Severity.WARNING
    assert evidence(finding, "steady_fall").value == pytest.approx(1, abs=0.05)
    assert finding.since_step == EPOCH
    assert found(run(CREEP, CREEP), Symptom.LR_TOO_LOW).severity is Severity.INFO  # the log of a longer training


def test_the_updates_and_the_usual_range_are_told() -> None:
    manifest = plan(hparams={"optimizer": "adam"}, expected_initial_loss=2.3)
    finding = found(run(CREEP, CREEP, lr=1e-6, update_ratio=2e-6, manifest=manifest), Symptom.LR_TOO_LOW)
    assert [each.name for each in finding.evidence] == ["steady_fall", "update_ratio", "low_lr"]
    assert evidence(finding, "update_ratio").value == 2e-6
    assert evidence(finding, "low_lr").value == 1e-6
    assert evidence(finding, "low_lr").numbers == {"low": 1e-4, "high": 1e-2}


def test_usual_steps_are_not_named() -> None:
    manifest = plan(hparams={"optimizer": "adam"}, expected_initial_loss=2.3)
    finding = found(run(CREEP, CREEP, lr=1e-3, update_ratio=1e-3, manifest=manifest), Symptom.LR_TOO_LOW)
    assert [each.name for each in finding.evidence] == ["steady_fall"]


@pytest.mark.parametrize(
    ("name", "curve"),
    [
        ("steep first, flat later", 2.3 - 0.5 * (1 - np.exp(-6 * T))),
        ("flat", jittered(np.full(60, 2.3), 0.002)),
        ("has come far", 2.3 - 1.9 * T),
        ("rises", 2.3 + 0.1 * T),
    ],
)
def test_the_near_miss(name: str, curve: Values) -> None:
    state = run(curve, curve, manifest=plan(expected_initial_loss=2.3))
    assert silent(state, Symptom.LR_TOO_LOW)


@pytest.mark.parametrize(("epochs", "told"), [(60, True), (240, True), (250, False)])
def test_no_word_before_a_quarter_of_the_plan(epochs: int, told: bool) -> None:
    assert silent(run(CREEP, CREEP, manifest=plan(epochs=epochs)), Symptom.LR_TOO_LOW) is not told


def test_a_continuation_is_slow_by_nature() -> None:
    manifest = plan(parent=Parent(run="before", step=10, changed={}))
    assert silent(run(CREEP, CREEP, manifest=manifest), Symptom.LR_TOO_LOW)


def test_a_few_epochs_are_too_few() -> None:
    short = 2.3 - 0.3 * along(5)
    assert silent(run(short, short, manifest=plan(epochs=5)), Symptom.LR_TOO_LOW)
    assert silent(run(falling(60), falling(60), manifest=plan()), Symptom.LR_TOO_LOW)
