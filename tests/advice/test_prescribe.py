"""From a diagnosis and a configuration to the changes: which, from what to what, in which order, and which not."""

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from advice.cases import (
    KNOWN,
    advised,
    as_settings,
    configuration,
    diagnosis,
    find,
    finding,
    keys,
    manifest,
    move,
    state,
    told,
)
from diagnosis import curves

from dltui.advice.change import Apply, Change
from dltui.advice.prescribe import MOST, REMEDIES, prescribe
from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui.texts import Texts
from dltui_trainers.configure import as_json, configure, without_effect
from dltui_trainers.errors import TrainerError
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import DataInfo, Value

Settings = dict[str, str]

FIRST: list[tuple[Symptom, str, Settings, tuple[str, Value, Value]]] = [
    (Symptom.NON_FINITE, "digits", {}, ("lr", 1e-3, 1e-4)),
    (Symptom.DIVERGED, "digits", {"lr": "0.005"}, ("lr", 0.005, 0.0005)),
    (Symptom.DIVERGED, "digits", {"lr": "90"}, ("lr", 90, 0.001)),  # the usual start, not a tenth
    (Symptom.DIVERGED, "digits", {"lr": "0.02"}, ("lr", 0.02, 0.001)),
    (Symptom.DIVERGED, "polynomial", {"lr": "20", "optimizer": "sgd"}, ("lr", 20, 0.1)),
    (
        Symptom.DIVERGED,
        "digits",
        {"lr": "0.1", "optimizer": "momentum", "momentum": "0.99"},
        ("momentum", 0.99, 0.9),
    ),
    (Symptom.VANISHING_GRADIENTS, "digits", {"activation": "sigmoid"}, ("activation", "sigmoid", "relu")),
    (Symptom.VANISHING_GRADIENTS, "digits", {"init": "zero"}, ("init", "zero", "he")),
    (Symptom.VANISHING_GRADIENTS, "digits", {"init": "he"}, ("norm", "none", "batch")),
    (Symptom.VANISHING_GRADIENTS, "digits", {"init": "he", "batch_size": "8"}, ("norm", "none", "layer")),
    (Symptom.VANISHING_GRADIENTS, "digits", {"init": "he", "norm": "layer", "layers": "6"}, ("layers", 6, 3)),
    (Symptom.NOT_LEARNING, "digits", {}, ("lr", 0.001, 0.003)),
    (Symptom.NOT_LEARNING, "digits", {"lr": "1e-6"}, ("lr", 1e-6, 1e-3)),
    (Symptom.NOT_LEARNING, "digits", {"init": "zero"}, ("init", "zero", "he")),
    (Symptom.NOT_LEARNING, "digits", {"weight_decay": "1"}, ("weight_decay", 1.0, 1e-4)),
    (Symptom.NOT_LEARNING, "digits", {"lr": "5"}, ("lr", 5.0, 0.001)),
    (Symptom.NOT_LEARNING, "polynomial", {"degree": "1", "lr": "0.01"}, ("degree", 1, 2)),
    (Symptom.BAD_INITIAL_LOSS, "digits", {}, ("init", "default", "he")),
    (Symptom.OVERFITTING, "digits", {}, ("dropout", 0.0, 0.3)),
    (Symptom.OVERFITTING, "digits", {"dropout": "0.3"}, ("dropout", 0.3, 0.5)),
    (Symptom.OVERFITTING, "digits", {"norm": "batch"}, ("dropout", 0.0, 0.1)),
    (Symptom.OVERFITTING, "digits", {"norm": "batch", "dropout": "0.1"}, ("dropout", 0.1, 0.2)),
    (Symptom.OVERFITTING, "digits", {"norm": "batch", "dropout": "0.2"}, ("weight_decay", 0.0, 1e-4)),
    (Symptom.OVERFITTING, "digits", {"dropout": "0.5"}, ("weight_decay", 0.0, 1e-4)),
    (Symptom.OVERFITTING, "digits", {"dropout": "0.5", "optimizer": "adamw"}, ("weight_decay", 0.0, 0.01)),
    (Symptom.OVERFITTING, "digits", {"dropout": "0.5", "weight_decay": "1e-3"}, ("weight_decay", 1e-3, 5e-3)),
    (Symptom.OVERFITTING, "digits", {"dropout": "0.5", "weight_decay": "0.01"}, ("augment", "none", "crop,scale")),
    (
        Symptom.OVERFITTING,
        "digits",
        {"dropout": "0.5", "weight_decay": "0.01", "augment": "crop", "augment_strength": "1"},
        ("label_smoothing", 0.0, 0.1),
    ),
    (Symptom.OVERFITTING, "digits", {"layers": "0"}, ("weight_decay", 0.0, 1e-4)),
    (Symptom.OVERFITTING, "digits", {"train_size": "100"}, ("train_size", 100, 0)),
    (Symptom.OVERFITTING, "digits", {"per_class": "10"}, ("per_class", 10, 0)),
    (Symptom.STILL_IMPROVING, "digits", {"max_steps": "300"}, ("max_steps", 300, 600)),
    (Symptom.STILL_IMPROVING, "digits", {"max_steps": "3000"}, ("epochs", 30, 60)),
    (Symptom.OVERFITTING, "digits", {"lr": "0.3"}, ("lr", 0.3, 0.001)),
    (Symptom.OVERFITTING, "polynomial", {"degree": "9"}, ("degree", 9, 4)),
    (Symptom.OVERFITTING, "polynomial", {"degree": "1"}, ("weight_decay", 0.0, 1e-4)),
    (Symptom.OVERCONFIDENT, "digits", {}, ("label_smoothing", 0.0, 0.1)),
    (Symptom.LR_TOO_HIGH, "digits", {"lr": "0.01"}, ("lr", 0.01, 0.003)),
    (Symptom.LR_TOO_HIGH, "digits", {"lr": "0.1"}, ("lr", 0.1, 0.001)),
    (Symptom.LR_TOO_HIGH, "digits", {"lr": "1", "optimizer": "sgd"}, ("lr", 1.0, 0.3)),
    (Symptom.LR_TOO_LOW, "digits", {"lr": "2e-4"}, ("lr", 2e-4, 6e-4)),
    (Symptom.LR_TOO_LOW, "digits", {"lr": "9e-5"}, ("lr", 9e-5, 1e-3)),
    (Symptom.LR_TOO_LOW, "digits", {"lr": "0.005"}, ("lr", 0.005, 0.01)),  # no further than what is usual
    (Symptom.LR_TOO_LOW, "digits", {"lr": "0.02", "optimizer": "sgd"}, ("lr", 0.02, 0.06)),
    (Symptom.PLATEAU, "digits", {"schedule": "constant"}, ("schedule", "constant", "plateau")),
    (Symptom.PLATEAU, "digits", {}, ("width", 64, 128)),
    (Symptom.PLATEAU, "digits", {"lr": "0.1", "optimizer": "sgd"}, ("optimizer", "sgd", "adam")),
    (Symptom.UNDERFITTING, "digits", {}, ("width", 64, 128)),
    (Symptom.UNDERFITTING, "digits", {"width": "4"}, ("width", 4, 64)),
    (Symptom.UNDERFITTING, "digits", {"width": "10"}, ("width", 10, 64)),
    (Symptom.UNDERFITTING, "digits", {"width": "1024"}, ("model", "mlp", "cnn")),
    (Symptom.UNDERFITTING, "digits", {"model": "cnn"}, ("channels", 16, 32)),
    (Symptom.UNDERFITTING, "digits", {"dropout": "0.4"}, ("dropout", 0.4, 0.2)),
    (Symptom.UNDERFITTING, "digits", {"dropout": "0.1"}, ("dropout", 0.1, 0.0)),
    (Symptom.UNDERFITTING, "digits", {"weight_decay": "1e-3"}, ("weight_decay", 1e-3, 1e-4)),
    (Symptom.UNDERFITTING, "digits", {"l1": "1e-4"}, ("l1", 1e-4, 0.0)),
    (Symptom.UNDERFITTING, "digits", {"label_smoothing": "0.1"}, ("label_smoothing", 0.1, 0.0)),
    (Symptom.UNDERFITTING, "digits", {"layers": "0"}, ("model", "mlp", "cnn")),
    (Symptom.UNDERFITTING, "polynomial", {"degree": "1"}, ("degree", 1, 2)),
    (Symptom.UNDERFITTING, "digits", {"epochs": "3"}, ("epochs", 3, 17)),
    (Symptom.EXPLODING_GRADIENTS, "digits", {}, ("grad_clip", 0.0, 1.0)),
    (Symptom.EXPLODING_GRADIENTS, "digits", {"grad_clip": "5"}, ("lr", 0.001, 0.0003)),
    (Symptom.DEAD_UNITS, "digits", {"lr": "0.01"}, ("lr", 0.01, 0.003)),
    (Symptom.LOSS_SPIKE, "digits", {}, ("grad_clip", 0.0, 1.0)),
    (Symptom.LOSS_SPIKE, "digits", {"grad_clip": "1"}, ("warmup_steps", 0, 5)),
    (Symptom.NOISY_VALIDATION, "digits", {"schedule": "constant"}, ("schedule", "constant", "cosine")),
    (Symptom.NOISY_VALIDATION, "digits", {"batch_size": "32"}, ("batch_size", 32, 64)),
    (Symptom.STILL_IMPROVING, "digits", {}, ("epochs", 30, 60)),
    (Symptom.STILL_IMPROVING, "mnist1d", {}, ("epochs", 60, 120)),
    (Symptom.TRAIN_VAL_MISMATCH, "digits", {}, ("check_split", None, None)),
    (Symptom.CLASS_IMBALANCE, "digits", {}, ("class_weights", None, None)),
    (Symptom.STALLED, "digits", {}, ("check_loader", None, None)),
    (Symptom.OVERFITTING, "digits", {"layer_dropout": "0.1,0.4"}, ("layer_dropout", "0.1,0.4", "0.4,0.5")),
    (Symptom.OVERFITTING, "digits", {"layer_dropout": "0.5,0.5"}, ("weight_decay", 0.0, 1e-4)),
    (Symptom.OVERFITTING, "tabular", {"dropout": "0.5"}, ("weight_decay", 0.0, 1e-4)),
    (Symptom.OVERFITTING, "text", {"dropout": "0.5", "optimizer": "adamw"}, ("weight_decay", 0.0, 0.1)),
    (Symptom.OVERFITTING, "images", {"train_size": "500"}, ("train_size", 500, 0)),
    (Symptom.OVERCONFIDENT, "digits", {"loss": "mse"}, ("weight_decay", 0.0, 1e-4)),
    (Symptom.UNDERFITTING, "digits", {"layer_dropout": "0.1,0.4"}, ("layer_dropout", "0.1,0.4", "0,0.2")),
    (Symptom.UNDERFITTING, "digits", {"input_dropout": "0.3"}, ("input_dropout", 0.3, 0.15)),
    (Symptom.UNDERFITTING, "text", {"width": "10", "heads": "5"}, ("width", 10, 65)),
    (Symptom.UNDERFITTING, "text", {"optimizer": "momentum", "lr": "0.1"}, ("optimizer", "momentum", "adamw")),
    (Symptom.BAD_INITIAL_LOSS, "text", {"model": "gru"}, ("init", "default", "orthogonal")),
    (Symptom.BAD_INITIAL_LOSS, "text", {}, ("init", "default", "xavier")),
    (Symptom.VANISHING_GRADIENTS, "mnist1d", {"model": "gru", "init": "orthogonal"}, ("norm", "none", "layer")),
    (Symptom.LR_TOO_LOW, "text", {"lr": "2e-5"}, ("lr", 2e-5, 3e-4)),
    (Symptom.OUT_OF_MEMORY, "text", {"width": "132", "heads": "12"}, ("width", 132, 72)),
    (Symptom.OUT_OF_MEMORY, "digits", {}, ("width", 64, 32)),
    (Symptom.OUT_OF_MEMORY, "digits", {"model": "cnn"}, ("channels", 16, 8)),
    (Symptom.OPTION_WITHOUT_EFFECT, "digits", {}, ("check_option", None, None)),
    (Symptom.ZERO_INIT, "digits", {"init": "zero"}, ("init", "zero", "he")),
    (Symptom.ZERO_INIT, "digits", {"init": "he"}, ("check_init", None, None)),
    (Symptom.SATURATED_UNITS, "digits", {"activation": "tanh", "layers": "1"}, ("activation", "tanh", "relu")),
    (Symptom.NO_GRADIENT, "digits", {}, ("check_graph", None, None)),
    (Symptom.NEVER_UPDATED, "digits", {}, ("check_optimizer", None, None)),
    (Symptom.FROZEN_LAYERS, "digits", {}, ("check_frozen", None, None)),
    (Symptom.INPUT_BOUND, "digits", {}, ("faster_loader", None, None)),
]


@pytest.mark.parametrize(("symptom", "task", "settings", "change"), FIRST)
def test_what_is_advised_first(
    symptom: Symptom, task: str, settings: Settings, change: tuple[str, Value, Value]
) -> None:
    first = advised(symptom, task, settings)[0]
    assert move(first) == change
    assert first.symptom is symptom and first.also_for == ()


def test_every_symptom_but_a_good_fit_and_a_ratio_is_tried() -> None:
    assert set(REMEDIES) == set(Symptom)
    assert set(Symptom) - {symptom for symptom, *_ in FIRST} == {Symptom.GOOD_FIT, Symptom.UPDATE_RATIO}


@pytest.mark.parametrize("symptom", Symptom)
def test_a_range_test_is_not_told_which_rate_to_take(symptom: Symptom) -> None:
    for change in advised(symptom, "digits", {"schedule": "range_test", "lr": "1", "optimizer": "sgd"}):
        assert {"lr", "schedule", "warmup_steps"}.isdisjoint(change.settings)


@pytest.mark.parametrize(
    ("symptom", "task", "settings", "order"),
    [
        (Symptom.DIVERGED, "digits", {}, ["lr_down_diverged", "clip", "warmup"]),
        (Symptom.NON_FINITE, "digits", {}, ["lr_down_diverged", "clip", "warmup", "precision", "check_inputs"]),
        # the learning rate before the architecture
        (Symptom.NOT_LEARNING, "digits", {"init": "he", "norm": "layer"}, ["lr_up", "label_check", "run_guide"]),
        # too much regularisation is taken back before anything grows, and it grows before it is trained for longer
        (
            Symptom.UNDERFITTING,
            "digits",
            {"dropout": "0.4", "weight_decay": "1e-3"},
            ["dropout_down", "weight_decay_down", "width_up", "model_cnn", "layers_up"],
        ),
        # more data first, then what ties the network down, then a smaller one, then an earlier end
        (
            Symptom.OVERFITTING,
            "digits",
            {"train_size": "500", "width": "256"},
            ["more_samples", "dropout_up", "weight_decay_up", "augment_on", "label_smoothing_up"],
        ),
        (
            Symptom.OVERFITTING,
            "digits",
            {"dropout": "0.5", "label_smoothing": "0.1"},
            ["weight_decay_up", "augment_on", "epochs_best", "early_stop"],
        ),
        (Symptom.OVERFITTING, "polynomial", {"degree": "9"}, ["degree_down", "weight_decay_up", "epochs_best"]),
        (Symptom.LR_TOO_HIGH, "digits", {"schedule": "constant"}, ["lr_down", "lr_decay", "clip", "batch_up"]),
        (
            Symptom.LR_TOO_LOW,
            "digits",
            {"lr": "0.1", "optimizer": "sgd"},
            ["lr_up", "optimizer_momentum", "epochs_more"],
        ),
        # what is unusual in the configuration is the first suspect, before every remedy
        (
            Symptom.PLATEAU,
            "digits",
            {"batch_size": "1437", "epochs": "40"},
            ["more_steps", "epochs_more", "width_up", "layers_up"],
        ),
        (Symptom.EXPLODING_GRADIENTS, "digits", {}, ["clip", "lr_down", "warmup", "norm_batch"]),
        (Symptom.DEAD_UNITS, "digits", {}, ["lr_down", "activation_leaky", "init_reset"]),
    ],
)
def test_the_order(symptom: Symptom, task: str, settings: Settings, order: list[str]) -> None:
    assert keys(advised(symptom, task, settings))[: len(order)] == order


@pytest.mark.parametrize(
    ("symptom", "task", "settings", "unwanted"),
    [
        (Symptom.OVERFITTING, "polynomial", {}, {"dropout_up", "label_smoothing_up", "augment_on", "width_down"}),
        (
            Symptom.OVERFITTING,
            "digits",
            {},
            {"augment_less", "width_down", "more_samples", "degree_down", "few_epochs"},
        ),
        (Symptom.OVERFITTING, "digits", {"epochs": "3"}, {"epochs_more"}),
        (Symptom.OVERFITTING, "digits", {"lr": "1e-6"}, {"lr_up"}),
        (Symptom.OVERFITTING, "digits", {"layers": "0", "width": "256"}, {"dropout_up", "width_down", "norm_batch"}),
        (Symptom.OVERFITTING, "digits", {"early_stop_patience": "9"}, {"early_stop"}),
        (Symptom.UNDERFITTING, "digits", {}, {"dropout_down", "weight_decay_down", "l1_down", "dropout_up", "lr_down"}),
        (Symptom.UNDERFITTING, "digits", {"layers": "0"}, {"width_up"}),
        (Symptom.UNDERFITTING, "mnist1d", {"model": "cnn"}, {"model_cnn"}),
        (Symptom.UNDERFITTING, "mnist1d", {"model": "cnn", "channels": "128"}, {"width_up"}),
        (Symptom.UNDERFITTING, "digits", {"batch_size": "32", "width": "1024"}, {"more_steps"}),
        (Symptom.UNDERFITTING, "digits", {"width": "1024", "layers": "6"}, {"width_up", "layers_up"}),
        (Symptom.PLATEAU, "digits", {}, {"schedule_plateau", "lr_decay", "optimizer_adam"}),
        (Symptom.DIVERGED, "digits", {"lr": "1e-6", "epochs": "1"}, {"lr_up", "epochs_more"}),
        (Symptom.DIVERGED, "digits", {"grad_clip": "1", "warmup_steps": "9"}, {"clip", "warmup"}),
        (Symptom.NOT_LEARNING, "digits", {"lr": "0.02"}, {"lr_up"}),
        (Symptom.LR_TOO_LOW, "digits", {}, {"optimizer_momentum", "optimizer_adam"}),
        (Symptom.LR_TOO_HIGH, "digits", {"batch_size": "128"}, {"batch_up"}),
        (Symptom.DEAD_UNITS, "digits", {"activation": "gelu"}, {"activation_leaky"}),
        (Symptom.VANISHING_GRADIENTS, "digits", {"layers": "0"}, {"init_reset", "norm_batch", "activation_relu"}),
        (Symptom.VANISHING_GRADIENTS, "digits", {"layers": "3"}, {"layers_down"}),
    ],
)
def test_what_must_not_be_advised(symptom: Symptom, task: str, settings: Settings, unwanted: set[str]) -> None:
    made = advised(symptom, task, settings)
    assert unwanted & set(keys(made)) == set()
    assert made


def test_one_change_a_hyperparameter_and_whom_else_it_serves() -> None:
    changes = prescribe(
        state("digits", configuration("digits", {"lr": "0.01"})),
        diagnosis(Symptom.EXPLODING_GRADIENTS, Symptom.LR_TOO_HIGH, Symptom.DEAD_UNITS, Symptom.LOSS_SPIKE),
    )
    named = [change.hyperparameter for change in changes]
    assert len(named) == len(set(named)) == MOST
    clip, lr = find(changes, "clip"), find(changes, "lr_down")
    assert (clip.symptom, clip.also_for) == (Symptom.EXPLODING_GRADIENTS, (Symptom.LR_TOO_HIGH, Symptom.LOSS_SPIKE))
    assert lr.symptom is Symptom.EXPLODING_GRADIENTS
    assert lr.also_for == (Symptom.LR_TOO_HIGH, Symptom.DEAD_UNITS, Symptom.LOSS_SPIKE)


def test_a_remark_and_a_remedy_of_one_finding_are_no_two_reasons() -> None:
    first, *_ = advised(Symptom.LR_TOO_HIGH, "digits", {"lr": "0.1"})
    assert (first.key, first.also_for) == ("lr_down", ())
    assert first.numbers["factor"] == 10


def test_the_worst_finding_decides() -> None:
    changes = prescribe(state(), diagnosis(finding(Symptom.DIVERGED, Severity.CRITICAL), Symptom.LR_TOO_LOW))
    assert [change.key for change in changes if change.hyperparameter == "lr"] == ["lr_down_diverged"]


def test_what_the_evidence_names_comes_first() -> None:
    settings = {"dropout": "0.9", "weight_decay": "1"}
    first, *_ = advised(finding(Symptom.UNDERFITTING, strong_weight_decay=1.0), "digits", settings)
    assert move(first) == ("weight_decay", 1.0, 1e-4)
    first, *_ = advised(Symptom.UNDERFITTING, "digits", settings)
    assert move(first) == ("dropout", 0.9, 0.2)


def test_an_inconclusive_diagnosis_advises_nothing() -> None:
    notes = [finding(symptom, Severity.INFO) for symptom in (Symptom.STILL_IMPROVING, Symptom.LR_TOO_LOW)]
    assert prescribe(state(), diagnosis(*notes, verdict=Verdict.INCONCLUSIVE)) == ()
    empty = replace(diagnosis(*notes, verdict=Verdict.INCONCLUSIVE), findings=())
    assert prescribe(state(), empty) == prescribe(RunState(), empty) == ()


def test_but_what_is_urgent_does_not_wait_for_a_verdict() -> None:
    urgent = diagnosis(Symptom.EXPLODING_GRADIENTS, verdict=Verdict.INCONCLUSIVE)
    assert keys(prescribe(state(), urgent))[0] == "clip"


@pytest.mark.parametrize(
    ("symptom", "verdict", "treated"),
    [
        (Symptom.STILL_IMPROVING, Verdict.UNDERFITTING, True),
        (Symptom.STILL_IMPROVING, Verdict.GOOD_FIT, True),
        (Symptom.STILL_IMPROVING, Verdict.OVERFITTING, False),
        (Symptom.LR_TOO_LOW, Verdict.UNDERFITTING, True),
        (Symptom.LR_TOO_LOW, Verdict.GOOD_FIT, False),
        (Symptom.OVERCONFIDENT, Verdict.GOOD_FIT, True),
        (Symptom.LOSS_SPIKE, Verdict.GOOD_FIT, False),
        (Symptom.NOISY_VALIDATION, Verdict.UNDERFITTING, False),
    ],
)
def test_a_note_is_treated_where_it_made_the_verdict(symptom: Symptom, verdict: Verdict, treated: bool) -> None:
    changes = prescribe(state(), diagnosis(finding(symptom, Severity.INFO), verdict=verdict))
    assert bool(changes) == treated


@pytest.mark.parametrize(
    ("gap", "settings", "change"),
    [
        (0.5, {"train_size": "1000"}, [("train_size", 1000, 0)]),
        (0.1, {"train_size": "1000"}, []),
        (None, {"train_size": "1000"}, []),
        (0.5, {}, []),
        (0.5, {"train_size": "1437"}, []),
        (0.1, {"width": "4"}, [("width", 4, 64)]),  # what is unusual may be what is left to gain
        (0.1, {"lr": "0.5"}, [("lr", 0.5, 0.05)]),  # but a rate that works is moved gently
        (0.1, {"lr": "1e-6"}, [("lr", 1e-6, 1e-5)]),
        (0.1, {"lr": "0.5", "layers": "0"}, []),
    ],
)
def test_a_good_fit_asks_for_little(gap: float | None, settings: Settings, change: list[object]) -> None:
    fit = finding(Symptom.GOOD_FIT, Severity.INFO, **({} if gap is None else {"gap": gap}))
    assert [move(each) for each in advised(fit, "digits", settings)] == change


def test_the_gain_that_the_curve_promises_is_told() -> None:
    more, *_ = advised(finding(Symptom.STILL_IMPROVING, predicted_gain=0.12))
    assert more.numbers == {"gain_share": 0.12}


@pytest.mark.parametrize(
    ("norms", "to"),
    [
        (None, 1.0),
        ([2.0], 2.0),
        (list(range(1, 11)), 9.0),  # the 90th percentile of 1 to 10 is 9.1
        ([1.0] * 19 + [5000.0], 1.0),
        ([0.03] * 8 + [7.0] * 2, 7.0),
    ],
)
def test_clipping_touches_a_tenth_of_the_steps(norms: Sequence[float] | None, to: float) -> None:
    assert find(advised(Symptom.LOSS_SPIKE, grad_norm=norms), "clip").to == to


def test_no_clip_at_the_norms_of_a_training_that_has_converged() -> None:
    assert "clip" not in {change.key for change in advised(Symptom.LOSS_SPIKE, grad_norm=[1e-9] * 20)}


def test_xavier_is_a_value_and_no_factor() -> None:
    change = find(advised(Symptom.BAD_INITIAL_LOSS, settings={"activation": "tanh"}), "init_reset")
    assert change.settings == {"init": "xavier"}
    assert Texts.load("en").change(change).action == "init default → xavier"


@pytest.mark.parametrize("symptom", [Symptom.NON_FINITE, Symptom.DIVERGED])
def test_weights_that_are_spoilt_are_not_trained_on(symptom: Symptom) -> None:
    assert all(change.apply is not Apply.LIVE for change in advised(symptom, status=RunStatus.RUNNING))


@pytest.mark.parametrize(
    ("settings", "ratio", "to"),
    [
        ({}, 1e-2, 1e-4),
        ({}, 5e-4, 2e-3),
        ({}, 1e-6, 1e-2),  # ten times at most
        ({}, 1.0, 1e-4),
        ({"lr": "0.1", "optimizer": "sgd"}, 3e-3, 0.03),
    ],
)
def test_the_rate_by_the_length_of_an_update(settings: Settings, ratio: float, to: float) -> None:
    (change,) = advised(Symptom.UPDATE_RATIO, "digits", settings, update_ratio=ratio)
    assert (change.key, change.to) == ("lr_by_update_ratio", to)


def test_without_a_ratio_nothing_is_said_of_it() -> None:
    assert advised(Symptom.UPDATE_RATIO) == told(Symptom.UPDATE_RATIO, update_ratio=1.0) == ()


def test_a_rate_that_moves_nothing_is_raised_by_more() -> None:
    assert find(advised(Symptom.LR_TOO_LOW, settings={"lr": "2e-4"}, update_ratio=2e-4), "lr_up").to == 1e-3
    assert find(advised(Symptom.LR_TOO_LOW, settings={"lr": "2e-4"}, update_ratio=1e-6), "lr_up").to == 2e-3


@pytest.mark.parametrize(
    ("settings", "batch", "lr"),
    [
        ({"lr": "0.1", "optimizer": "sgd", "batch_size": "32"}, 64, 0.2),
        ({"lr": "0.03", "optimizer": "momentum", "batch_size": "32"}, 64, 0.06),
        ({"lr": "0.001", "optimizer": "adam", "batch_size": "32"}, 64, 0.0014),
        ({"lr": "0.001", "optimizer": "adamw", "batch_size": "16"}, 32, 0.0014),
        ({"lr": "0.0003", "optimizer": "rmsprop", "batch_size": "32"}, 64, 0.0004),
    ],
)
def test_a_larger_batch_takes_its_rate_along(settings: Settings, batch: int, lr: float) -> None:
    change = find(advised(Symptom.NOISY_VALIDATION, "digits", settings), "batch_up")
    assert change.settings == {"batch_size": batch, "lr": lr}


@pytest.mark.parametrize(("optimizer", "lr", "to"), [("sgd", "0.2", 0.05), ("adam", "0.002", 0.001)])
def test_and_so_does_a_smaller_one(optimizer: str, lr: str, to: float) -> None:
    settings = {"lr": lr, "optimizer": optimizer, "batch_size": "128", "width": "1024", "layers": "6", "model": "cnn"}
    settings |= {"channels": "128"}
    change = find(advised(Symptom.UNDERFITTING, "digits", settings), "more_steps")
    assert change.settings == {"batch_size": 32, "lr": to}


def test_a_new_optimiser_comes_with_its_rate() -> None:
    settings = {"lr": "0.1", "optimizer": "sgd"}
    assert find(advised(Symptom.PLATEAU, "digits", settings), "optimizer_adam").settings == {
        "optimizer": "adam",
        "lr": 1e-3,
    }
    assert find(advised(Symptom.LR_TOO_LOW, "digits", settings), "optimizer_momentum").settings == {
        "optimizer": "momentum",
        "lr": 0.03,
    }


def test_a_convolution_has_layers() -> None:
    assert find(advised(Symptom.UNDERFITTING, settings={"layers": "0"}), "model_cnn").with_ == {"layers": 2}
    assert find(advised(Symptom.UNDERFITTING, settings={"layers": "4"}), "model_cnn").with_ == {}


@pytest.mark.parametrize(("best_epoch", "epochs"), [(4, 2), (10, 5)])
def test_an_earlier_end_is_counted_in_epochs(best_epoch: int, epochs: int) -> None:
    """The best validation is at step 40 or 100, and 1437 samples in batches of 64 are 23 steps."""
    change = find(advised(Symptom.OVERCONFIDENT, best_epoch=best_epoch), "epochs_best")
    assert move(change) == ("epochs", 30, epochs)
    assert change.numbers == {"best_step": 10 * best_epoch, "best_epoch": epochs}


LIVE, BRANCH, RESTART = Apply.LIVE, Apply.BRANCH, Apply.RESTART


@pytest.mark.parametrize(
    ("symptom", "key", "status", "apply", "at_step"),
    [
        # can be set while it runs, and the weights are good: at once; else anew
        (Symptom.LR_TOO_HIGH, "lr_down", RunStatus.RUNNING, LIVE, None),
        (Symptom.LR_TOO_HIGH, "lr_down", RunStatus.FINISHED, RESTART, None),
        (Symptom.LR_TOO_HIGH, "lr_down", RunStatus.KILLED, RESTART, None),
        (Symptom.LR_TOO_HIGH, "batch_up", RunStatus.RUNNING, LIVE, None),
        (Symptom.STILL_IMPROVING, "epochs_more", RunStatus.RUNNING, LIVE, None),
        # cannot be set while it runs
        (Symptom.LOSS_SPIKE, "warmup", RunStatus.RUNNING, RESTART, None),
        (Symptom.UNDERFITTING, "width_up", RunStatus.RUNNING, RESTART, None),
        (Symptom.DEAD_UNITS, "activation_leaky", RunStatus.RUNNING, RESTART, None),
        (Symptom.BAD_INITIAL_LOSS, "init_reset", RunStatus.FINISHED, RESTART, None),
        # the weights have learned by heart: from the best of them on
        (Symptom.OVERFITTING, "dropout_up", RunStatus.RUNNING, BRANCH, 60),
        (Symptom.OVERFITTING, "dropout_up", RunStatus.FINISHED, BRANCH, 60),
        (Symptom.OVERFITTING, "weight_decay_up", RunStatus.STOPPED, BRANCH, 60),
        (Symptom.OVERCONFIDENT, "label_smoothing_up", RunStatus.FINISHED, BRANCH, 60),
        # a checkpoint has no use for other data or another network
        (Symptom.OVERFITTING, "more_samples", RunStatus.FINISHED, RESTART, None),
        (Symptom.OVERFITTING, "width_down", RunStatus.RUNNING, RESTART, None),
    ],
)
def test_how_it_can_be_done(symptom: Symptom, key: str, status: RunStatus, apply: Apply, at_step: float | None) -> None:
    settings = {"train_size": "500", "width": "256", "batch_size": "16"} if symptom is Symptom.OVERFITTING else {}
    settings |= {"augment": "crop", "augment_strength": "1"} if key == "width_down" else {}
    settings |= {"batch_size": "32"} if key == "batch_up" else {}
    change = find(advised(symptom, "digits", settings, status=status), key)
    assert (change.apply, change.at_step) == (apply, at_step)


def test_without_a_checkpoint_there_is_no_branch() -> None:
    assert find(told(Symptom.OVERFITTING, {"dropout": 0.0}), "dropout_up").apply is RESTART
    unvalidated = RunState()
    unvalidated.manifest = manifest("digits", configuration("digits"))
    assert find(prescribe(unvalidated, diagnosis(Symptom.OVERFITTING)), "dropout_up").apply is RESTART


@pytest.mark.parametrize(
    ("symptom", "change"),
    [
        (Symptom.DIVERGED, ("lr", None, "x0.1")),
        (Symptom.LR_TOO_HIGH, ("lr", None, "x0.3")),
        (Symptom.LR_TOO_LOW, ("lr", None, "x3")),
        (Symptom.STILL_IMPROVING, ("epochs", None, "x2")),
        (Symptom.UNDERFITTING, ("width", None, "x2")),
        (Symptom.OVERFITTING, ("dropout", None, 0.3)),
    ],
)
def test_of_a_log_that_tells_nothing_a_factor_is_advised(symptom: Symptom, change: tuple[str, Value, Value]) -> None:
    first = next(each for each in told(symptom) if each.hyperparameter == change[0])
    assert move(first) == change
    assert first.settings == ({} if isinstance(change[2], str) else {change[0]: change[2]})


def test_what_the_log_shows_of_the_rate_counts_as_known() -> None:
    assert move(told(Symptom.LR_TOO_HIGH, lr=0.02)[0]) == ("lr", 0.02, 0.007)
    assert move(told(Symptom.LR_TOO_HIGH, {"optimizer": "adam"}, lr=0.2)[0]) == ("lr", 0.2, 0.001)
    assert move(told(Symptom.LR_TOO_HIGH, {"lr": 0.5}, lr=0.02)[0]) == ("lr", 0.5, 0.17)


def test_of_a_log_of_others_only_what_it_tells_is_taken_back() -> None:
    assert keys(told(Symptom.UNDERFITTING, {"dropout": 0.4, "label_smoothing": 0.1})) == [
        "dropout_down",
        "label_smoothing_down",
        "width_up",
        "epochs_more",
    ]
    assert keys(told(Symptom.UNDERFITTING, {"dropout": "much", "weight_decay": None})) == ["width_up", "epochs_more"]


def _of_images(augment: Value, shape: list[int]) -> RunState:
    """A run of a task that is none of ours and could augment."""
    made = state("digits", {"augment": augment, "dropout": 0.5, "weight_decay": 0.01})
    assert made.manifest is not None
    data = DataInfo(n_train=640, n_val=160, classes=10, class_counts=None, input_shape=shape)
    made.manifest = manifest("digits", {"augment": augment, "dropout": 0.5, "weight_decay": 0.01})
    made.manifest.task, made.manifest.data = "photos", data
    return made


def test_images_are_shifted_and_scaled_and_never_mirrored() -> None:
    changes = prescribe(_of_images("none", [3, 32, 32]), diagnosis(Symptom.OVERFITTING))
    assert move(find(changes, "augment_on")) == ("augment", "none", "crop,scale")
    for augment, shape in (("crop", [3, 32, 32]), ("none", [64])):
        assert "augment_on" not in keys(prescribe(_of_images(augment, shape), diagnosis(Symptom.OVERFITTING)))
    less = prescribe(_of_images("mixup,flip", [3, 32, 32]), diagnosis(Symptom.UNDERFITTING))
    assert move(find(less, "augment_less")) == ("augment", "mixup,flip", "none")


@pytest.mark.parametrize("task", KNOWN)
def test_only_a_task_that_can_augment_is_asked_to(task: str) -> None:
    asked = [change for symptom in Symptom for change in advised(symptom, task, {}) if change.key == "augment_on"]
    assert bool(asked) == ({"crop", "scale"} <= {*KNOWN[task].augmentations})
    assert {move(change) for change in asked} <= {("augment", "none", "crop,scale")}


@pytest.mark.parametrize("task", ["digits", "mnist1d"])
@pytest.mark.parametrize(
    ("symptom", "settings", "expected"),
    [
        (Symptom.OVERFITTING, {}, {"augment": "crop,scale"}),
        (Symptom.OVERFITTING, {"augment_strength": "0"}, {"augment": "crop,scale", "augment_strength": 0.5}),
        (Symptom.OVERFITTING, {"augment": "mixup"}, {"augment_strength": 1.0}),
        (Symptom.OVERFITTING, {"augment": "mixup", "augment_strength": "0.1"}, {"augment_strength": 0.2}),
        (Symptom.OVERFITTING, {"augment": "erase,crop", "augment_strength": "0"}, {"augment_strength": 0.5}),
        (Symptom.OVERFITTING, {"augment": "crop", "augment_strength": "1"}, {}),
        (Symptom.OVERFITTING, {"augment": "flip"}, {}),
        (Symptom.UNDERFITTING, {"augment": "crop"}, {"augment_strength": 0.2}),
        (Symptom.UNDERFITTING, {"augment": "crop", "augment_strength": "0.2"}, {"augment": "none"}),
        (Symptom.UNDERFITTING, {"augment": "flip"}, {"augment": "none"}),
        (Symptom.UNDERFITTING, {"augment": "crop", "augment_strength": "0"}, {}),
        (Symptom.UNDERFITTING, {}, {}),
    ],
)
@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.FINISHED])
def test_augmentation_is_turned_up_and_down_and_live(
    task: str, symptom: Symptom, settings: Settings, expected: dict[str, Value], status: RunStatus
) -> None:
    rest = {"dropout": "0.5", "weight_decay": "0.01"} if symptom is Symptom.OVERFITTING else {}
    changes = advised(symptom, task, {**rest, **settings}, status=status)
    made = [each for each in changes if each.hyperparameter.startswith("augment")]
    assert [each.settings for each in made] == ([expected] if expected else [])
    if made and status is RunStatus.RUNNING:
        assert made[0].apply is LIVE and made[0].at_step is None
    elif made and symptom is Symptom.OVERFITTING:
        assert made[0].apply is BRANCH


def test_a_whole_diagnosis_is_prescribed_for() -> None:
    run = state("digits", configuration("digits"), best_epoch=3)
    found = examine(run)
    assert found.verdict is Verdict.OVERFITTING
    assert keys(prescribe(run, found))[0] == "dropout_up"
    assert prescribe(run, found) == prescribe(run, found)


GRID: dict[str, tuple[str, ...]] = {
    "lr": ("1e-7", "3e-5", "3e-3", "0.03", "0.5", "20"),
    "batch_size": ("1", "2", "8", "16", "512", "12"),
    "epochs": ("9", "37", "61"),
    "optimizer": CATALOGUE["optimizer"].choices,
    "momentum": ("0", "0.5", "0.99", "0.9999"),
    "schedule": CATALOGUE["schedule"].choices,
    "warmup_steps": ("5", "100000"),
    "grad_clip": ("0.001", "5"),
    "weight_decay": ("1e-5", "1e-4", "0.01", "0.3", "10"),
    "l1": ("1e-5", "0.1"),
    "early_stop_patience": ("3", "50"),
    "model": CATALOGUE["model"].choices,
    "layers": ("0", "1", "3", "8", "64"),
    "width": ("1", "7", "128", "1024", "65536"),
    "activation": ("relu", "leaky_relu", "gelu", "sigmoid", "tanh"),
    "norm": CATALOGUE["norm"].choices,
    "init": CATALOGUE["init"].choices,
    "dropout": ("0.05", "0.1", "0.3", "0.5", "0.95"),
    "kernel_size": ("1", "4", "5"),
    "channels": ("1", "2", "128", "1000"),
    "pooling": CATALOGUE["pooling"].choices,
    "label_smoothing": ("0.05", "0.1", "0.5", "0.9"),
    "augment": ("flip", "crop,scale", "erase,jitter,mixup", "rotate,affine"),
    "augment_strength": ("0", "0.05", "0.2", "0.7", "1"),
    "train_size": ("1", "10", "100", "1437"),
    "loss": CATALOGUE["loss"].choices,
    "heads": ("1", "3", "7", "8"),
    "layer_dropout": ("0.1", "0,0", "0.1,0.5", "0.3,0.6,0", "0.95"),
    "input_dropout": ("0.1", "0.3", "0.9"),
    "test_crops": CATALOGUE["test_crops"].choices,
    "context": ("2", "128"),
    "data": ("/data/mine.csv",),
    "target": ("price",),
    "val_share": ("0.1",),
    "label_noise": ("0.3",),
    "per_class": ("1", "5"),
    "max_steps": ("1", "100", "100000"),
    "degree": ("0", "1", "9", "29"),
    "noise": ("0", "1"),
}


def _configurations(task: str, count: int) -> list[Settings]:
    """The defaults, each value by itself, and ``count`` at random; those that cannot work are left out."""
    rng = random.Random(0)
    reads = [name for name in KNOWN[task].reads if name in GRID]
    tried = [{}, *({name: text} for name in reads for text in GRID[name])]
    tried += [
        {name: rng.choice(GRID[name]) for name in rng.sample(reads, rng.randint(2, len(reads)))} for _ in range(count)
    ]
    tried += [
        {"model": model, "optimizer": optimizer, **rest}
        for model in KNOWN[task].models
        for optimizer in CATALOGUE["optimizer"].choices
        for rest in ({}, {"layer_dropout": "0.1,0.4"}, {"layers": "8", "init": "zero"}, {"width": "6", "heads": "3"})
        if "model" in reads and set(rest) <= set(reads)
    ]
    return [settings for settings in tried if _works(task, settings)]


def _works(task: str, settings: Settings) -> bool:
    try:
        configure(KNOWN[task], settings)
    except TrainerError:
        return False
    return True


@pytest.mark.long
@pytest.mark.parametrize("task", KNOWN)
def test_every_change_can_be_made(task: str) -> None:
    """All symptoms, all kinds of configurations: what is advised, ``configure`` takes, and it changes something."""
    rng, texts = random.Random(1), [Texts.load("en"), Texts.load("zh_CN")]
    seen: dict[str, Change] = {}
    for settings in _configurations(task, 40):
        values = configuration(task, settings)
        run = state(
            task,
            values,
            status=rng.choice((RunStatus.RUNNING, RunStatus.FINISHED)),
            best_epoch=7,
            grad_norm=rng.choice((None, [1.0, 2.0, 3.0], [0.0])),
            update_ratio=rng.choice((None, 3e-5, 0.3)),
        )
        for symptom in Symptom:
            for severity in (Severity.WARNING, Severity.INFO):
                changes = prescribe(run, diagnosis(finding(symptom, severity, gap=0.9)))
                assert len({each.hyperparameter for each in changes}) == len(changes) <= MOST
                for change in changes:
                    _check(change, task, values, run.status)
                    seen[change.key] = change
    assert len(seen) > 20
    for change in seen.values():
        for words in (text.change(change) for text in texts):
            assert not any("{" in text for text in (words.action, words.why, words.expect, words.check))


def _check(change: Change, task: str, values: dict[str, Value], status: RunStatus) -> None:
    assert change.from_ == values.get(change.hyperparameter)
    if not change.settings:
        assert change.hyperparameter not in CATALOGUE
        return
    assert set(change.settings) <= set(KNOWN[task].reads)
    assert change.to != change.from_, change
    hparams, _ = configure(KNOWN[task], as_settings(change.settings), as_settings(values))
    changed = as_json(hparams, KNOWN[task])
    assert {**values, **change.settings} == changed, change
    assert not set(change.settings) & set(without_effect(changed)), change
    rebuilds = any(CATALOGUE[name].family in ("architecture", "data") for name in change.settings)
    match change.apply:
        case Apply.LIVE:
            assert status.alive and all(CATALOGUE[name].live for name in change.settings), change
        case Apply.BRANCH:
            assert change.at_step == 70 and not rebuilds, change
    assert (change.at_step is None) == (change.apply is not Apply.BRANCH)


def test_a_larger_batch_bears_a_rate_that_is_too_high() -> None:
    assert find(advised(Symptom.LR_TOO_HIGH), "batch_up").settings == {"batch_size": 128}
    assert find(advised(Symptom.NOISY_VALIDATION), "batch_up").settings["lr"] > 1e-3


def test_the_rate_that_set_the_loss_free_is_the_one_to_begin_with() -> None:
    along_run = np.arange(1, 61) / 60
    curve = np.where(along_run <= 0.5, 2.3, 0.9 + 0.8 * np.exp(-9 * (along_run - 0.5)))
    run = curves.run(curve, curve, lr=np.where(along_run <= 0.5, 1.0, 0.1))
    change = prescribe(run, examine(run))[0]
    assert (change.hyperparameter, change.from_, change.to) == ("lr", 1.0, 0.1)


def test_layers_take_their_dropouts_with_them() -> None:
    deeper = find(advised(Symptom.PLATEAU, "digits", {"layer_dropout": "0.1,0"}), "layers_up")
    assert deeper.settings == {"layers": 3, "layer_dropout": "0.1,0,0"}
    settings = {"layers": "4", "layer_dropout": "0.1,0.2,0.3,0.4", "init": "he", "norm": "layer"}
    shallower = find(advised(Symptom.VANISHING_GRADIENTS, "digits", settings), "layers_down")
    assert shallower.settings == {"layers": 2, "layer_dropout": "0.1,0.2"}


def test_a_network_for_images_gets_a_kernel_that_it_can_have() -> None:
    settings = {"model": "mlp", "width": "1024", "layers": "1", "kernel_size": "4", "layer_dropout": "0"}
    convolution = find(advised(Symptom.UNDERFITTING, "images", settings), "model_cnn")
    assert convolution.settings == {"model": "cnn", "layers": 2, "kernel_size": 5, "layer_dropout": "0,0"}


def test_of_data_that_are_a_user_s_the_manifest_tells_and_no_file_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    values = configuration("tabular of numbers", {"data": "/nowhere/at/all.csv", "target": "price"})
    run = state("tabular of numbers", values)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    for opener in ("builtins.open", "io.open", "os.open", "os.stat"):
        monkeypatch.setattr(opener, refuse)
    made = prescribe(run, diagnosis(finding(Symptom.OVERFITTING, gap=0.9)))
    monkeypatch.undo()
    assert keys(made) == ["dropout_up", "weight_decay_up", "epochs_best", "early_stop"]


def test_of_a_part_of_a_user_s_data_all_are_asked_for_without_a_number() -> None:
    more = find(advised(Symptom.OVERFITTING, "images", {"train_size": "500"}), "more_samples")
    assert more.numbers == {} and more.settings == {"train_size": 0}
    assert Texts.load("en").change(more).action == "train_size 500 → all samples"
