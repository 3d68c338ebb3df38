"""Training and validation agree, and both are high."""

import numpy as np
import pytest
from diagnosis.curves import EPOCH, evidence, falling, found, jittered, plan, run, silent

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict
from dltui_trainers.runlog import Value

HIGH = falling(60, last=1.5, rate=20)


def test_level_and_far_from_what_could_be_learned() -> None:
    state = run(jittered(HIGH, 0.002), jittered(HIGH, 0.002), manifest=plan(expected_initial_loss=2.3))
    finding = found(state, Symptom.UNDERFITTING)
    told = evidence(finding, "train_high")
    assert (finding.severity, finding.since_step) == (Severity.WARNING, EPOCH)
    assert told.value == pytest.approx(1.5 / 2.3, rel=0.02)
    assert told.numbers == pytest.approx({"train": 1.5}, rel=0.02)
    assert examine(state).verdict is Verdict.UNDERFITTING


def test_while_it_falls_and_more_is_planned_it_is_a_note() -> None:
    falls = falling(60, last=0.9, rate=1)
    for epochs, severity in ((120, Severity.INFO), (60, Severity.WARNING)):
        state = run(falls, falls, manifest=plan(epochs=epochs, expected_initial_loss=2.3))
        assert found(state, Symptom.UNDERFITTING).severity is severity


@pytest.mark.parametrize(("last", "told"), [(1.5, True), (1.2, True), (1.1, False), (0.3, False)])
def test_half_of_the_loss_of_knowing_nothing(last: float, told: bool) -> None:
    curve = falling(60, last=last, rate=20)
    assert silent(run(curve, curve, manifest=plan(expected_initial_loss=2.3)), Symptom.UNDERFITTING) is not told


def test_the_untrained_network_tells_it_too() -> None:
    untrained = run(falling(60, last=1.5, rate=20), np.r_[2.3, HIGH], val_step=np.arange(61))
    assert not silent(untrained, Symptom.UNDERFITTING)


def test_where_nothing_is_known_of_the_start_nothing_is_said() -> None:
    assert silent(run(HIGH, HIGH), Symptom.UNDERFITTING)


@pytest.mark.parametrize(("planned", "told"), [(5, True), (10, False)])
def test_five_validations_are_enough_only_for_a_training_that_is_complete(planned: int, told: bool) -> None:
    manifest = plan(epochs=planned, expected_initial_loss=2.3)
    assert silent(run(falling(5, last=1.5), [1.5] * 5, manifest=manifest), Symptom.UNDERFITTING) is not told


@pytest.mark.parametrize(
    ("hparams", "gap", "told"),
    [
        ({"dropout": 0.8}, 1.0, "strong_dropout"),
        ({"dropout": 0.5}, 1.0, None),
        ({"dropout": 0.8}, 1.3, None),  # a gap asks for it
        ({"weight_decay": 0.05, "optimizer": "adam"}, 1.0, "strong_weight_decay"),
        ({"weight_decay": 0.05, "optimizer": "adamw"}, 1.0, None),
        ({"label_smoothing": 0.4}, 1.0, "strong_label_smoothing"),
        ({"l1": 0.1}, 1.0, "strong_l1"),
        ({"input_dropout": 0.7}, 1.0, "strong_input_dropout"),
        ({"label_smoothing": 0.4, "loss": "mse"}, 1.0, None),  # it has no effect there
        ({"dropout": 0.8, "layer_dropout": "0.1,0.2"}, 1.0, None),
        ({"layer_dropout": "0.1,0.5"}, 1.0, None),
        (
            {"augment": "crop", "augment_strength": 0.9},
            1.0,
            None,
        ),  # more than half is learned, and there is never a gap
    ],
)
def test_a_regularisation_that_nothing_asks_for(hparams: dict[str, Value], gap: float, told: str | None) -> None:
    curve = falling(60, last=0.8, rate=20)
    state = run(curve, gap * curve, manifest=plan(expected_initial_loss=2.3, hparams=hparams))
    if told is None:
        assert silent(state, Symptom.UNDERFITTING)
    else:
        assert evidence(found(state, Symptom.UNDERFITTING), told).value == next(
            value for name, value in hparams.items() if name in told
        )


@pytest.mark.parametrize(
    ("hparams", "val", "told"),
    [
        ({"augment": "mixup", "augment_strength": 0.5}, 0.3, False),  # the training loss is that of mixed samples
        ({"augment": "mixup", "augment_strength": 0.0}, 0.3, True),
        ({"augment": "none", "augment_strength": 0.5}, 0.3, True),
        ({"augment": "mixup", "augment_strength": 0.5}, 1.5, True),
    ],
)
def test_changed_samples_have_a_high_loss_by_themselves(hparams: dict[str, Value], val: float, told: bool) -> None:
    manifest = plan(expected_initial_loss=2.3, hparams=hparams)
    state = run(falling(60, last=1.5, rate=20), falling(60, last=val, rate=20), manifest=manifest)
    assert silent(state, Symptom.UNDERFITTING) is not told


def test_strong_augmentation_is_suspected_before_the_network() -> None:
    hparams: dict[str, Value] = {"augment": "crop,mixup", "augment_strength": 1.0}
    state = run(HIGH, HIGH, manifest=plan(expected_initial_loss=2.3, hparams=hparams))
    assert evidence(found(state, Symptom.UNDERFITTING), "strong_augment_strength").numbers == {"high": 0.5}
    gentle = run(HIGH, HIGH, manifest=plan(expected_initial_loss=2.3, hparams={**hparams, "augment_strength": 0.3}))
    assert [each.name for each in found(gentle, Symptom.UNDERFITTING).evidence] == ["train_high"]


def test_the_strongest_dropout_of_a_layer_counts() -> None:
    curve = falling(60, last=0.8, rate=20)
    state = run(curve, curve, manifest=plan(expected_initial_loss=2.3, hparams={"layer_dropout": "0.1,0.8"}))
    assert evidence(found(state, Symptom.UNDERFITTING), "strong_layer_dropout").value == 0.8


@pytest.mark.parametrize(("classes", "level", "told"), [(10, 0.09, True), (10, 0.046, True), (10, 0.044, False)])
def test_who_answers_1_over_c_to_all_explains_nothing_of_a_squared_error(
    classes: int, level: float, told: bool
) -> None:
    curve = falling(60, first=0.12, last=level, rate=20)
    squares = plan(expected_initial_loss=1 / classes, classes=classes, loss="mse")
    assert silent(run(curve, curve, manifest=squares), Symptom.UNDERFITTING) is not told


@pytest.mark.parametrize(("level", "told"), [(0.25, True), (0.13, True), (0.12, False)])
def test_of_two_classes_too(level: float, told: bool) -> None:
    """Half of the 1 / 2 that 0 for both costs is what 1 / 2 for both costs: nothing is learned by it."""
    curve = falling(60, first=0.5, last=level, rate=20)
    squares = plan(expected_initial_loss=0.5, classes=2, loss="mse")
    assert silent(run(curve, curve, manifest=squares), Symptom.UNDERFITTING) is not told
