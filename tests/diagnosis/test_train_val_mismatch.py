"""Validation is better than training."""

import pytest
from diagnosis.curves import Values, epoch_means, evidence, falling, found, jittered, run, silent

from dltui.diagnosis.finding import Severity, Symptom
from dltui_trainers.runlog import Value

BARE: dict[str, Value] = {"dropout": 0.0, "augment": "none", "label_smoothing": 0.0, "label_noise": 0.0}
HIGH, LOW = falling(60, last=0.5), falling(60, last=0.3)


def test_clearly_below_with_everything_off() -> None:
    finding = found(run(HIGH, LOW, hparams=BARE), Symptom.TRAIN_VAL_MISMATCH)
    assert finding.severity is Severity.WARNING
    told = evidence(finding, "val_below_train")
    assert told.value == pytest.approx(0.4, abs=0.02)
    assert told.numbers == pytest.approx({"train": 0.5, "val": 0.3}, abs=0.01)


@pytest.mark.parametrize(
    "on",
    [
        {"dropout": 0.2},
        {"layer_dropout": "0,0.2"},
        {"input_dropout": 0.2},
        {"augment": "flip"},
        {"label_smoothing": 0.1},
        {"label_noise": 0.1},
        {"l1": 1e-4},
        {"test_crops": "five"},  # the mean of several answers is better than one
    ],
    ids=str,
)
def test_anything_that_burdens_only_training_explains_it(on: dict[str, Value]) -> None:
    assert silent(run(HIGH, LOW, hparams={**BARE, **on}), Symptom.TRAIN_VAL_MISMATCH)


@pytest.mark.parametrize(
    "idle",
    [
        {"dropout": 0.2, "layer_dropout": "0,0"},
        {"dropout": 0.2, "layers": 0},
        {"label_smoothing": 0.1, "loss": "mse"},
        {"augment": "flip", "augment_strength": 0},
        {"layer_dropout": "none", "input_dropout": 0.0, "test_crops": "none"},
    ],
    ids=str,
)
def test_what_has_no_effect_explains_nothing(idle: dict[str, Value]) -> None:
    assert not silent(run(HIGH, LOW, hparams={**BARE, **idle}), Symptom.TRAIN_VAL_MISMATCH)


def test_without_knowing_the_configuration_nothing_is_said() -> None:
    assert silent(run(HIGH, LOW), Symptom.TRAIN_VAL_MISMATCH)
    assert silent(run(HIGH, LOW, hparams={"lr": 0.1}), Symptom.TRAIN_VAL_MISMATCH)


@pytest.mark.parametrize(
    ("name", "train", "val"),
    [
        ("a twentieth below", falling(60, last=0.5), falling(60, last=0.475)),
        ("above", LOW, HIGH),
        ("below only at first", falling(60, rate=6), falling(60, rate=20)),
        ("within the noise of the validation", HIGH, jittered(0.85 * HIGH, 0.4)),
    ],
)
def test_the_near_miss(name: str, train: Values, val: Values) -> None:
    assert silent(run(train, val, hparams=BARE), Symptom.TRAIN_VAL_MISMATCH)


def test_the_mean_of_a_fast_epoch_is_not_held_against_its_end() -> None:
    steps = falling(600, last=0.02, rate=12)
    assert silent(run(epoch_means(steps), steps[9::10], hparams=BARE), Symptom.TRAIN_VAL_MISMATCH)


@pytest.mark.parametrize(("validations", "told"), [(11, False), (12, True)])
def test_twelve_validations_are_needed(validations: int, told: bool) -> None:
    state = run([0.5] * validations, [0.3] * validations, hparams=BARE)
    assert silent(state, Symptom.TRAIN_VAL_MISMATCH) is not told
