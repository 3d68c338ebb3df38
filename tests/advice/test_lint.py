"""A configuration judged by itself: each remark with its near miss."""

import random

import pytest
from advice.cases import KNOWN, as_settings, configuration

from dltui.advice.lint import Configuration, Remark, lint, remarks
from dltui.diagnosis.finding import Severity
from dltui.texts import Texts
from dltui_trainers.configure import configure
from dltui_trainers.registry import TASKS
from dltui_trainers.runlog import Value


def found(task: str, **settings: str) -> dict[str, Remark]:
    """The remarks about a task with those settings, by key."""
    hparams, _ = configure(KNOWN[task], settings)
    made = {remark.key: remark for remark in lint(KNOWN[task], hparams)}
    assert len({remark.hyperparameter for remark in made.values()}) == len(made)
    return made


HITS: list[tuple[str, str, str, Value, dict[str, str], dict[str, str]]] = [
    # the key, its hyperparameter and a better value; a configuration that gets it, and one that just does not
    ("lr_high", "digits", "lr", 1e-3, {"lr": "0.031"}, {"lr": "0.03"}),
    ("lr_high", "digits", "lr", 0.1, {"lr": "3.1", "optimizer": "sgd"}, {"lr": "3", "optimizer": "sgd"}),
    ("lr_high", "digits", "lr", 3e-4, {"lr": "0.01", "optimizer": "rmsprop"}, {"lr": "0.01"}),
    ("lr_high", "digits", "lr", 1e-3, {"lr": "90"}, {"lr": "90", "layers": "0"}),  # a convex problem bears it
    ("lr_low", "digits", "lr", 1e-3, {"lr": "3e-5"}, {"lr": "3.4e-5"}),
    ("lr_low", "digits", "lr", 0.1, {"lr": "0.001", "optimizer": "sgd"}, {"lr": "0.004", "optimizer": "sgd"}),
    ("init_zero", "digits", "init", "he", {"init": "zero"}, {"init": "zero", "layers": "0"}),
    ("init_zero", "digits", "init", "he", {"init": "zero"}, {"init": "orthogonal"}),
    (
        "saturating",
        "digits",
        "activation",
        "relu",
        {"activation": "sigmoid", "layers": "3"},
        {"activation": "sigmoid", "layers": "2"},
    ),
    (
        "saturating",
        "mnist1d",
        "activation",
        "relu",
        {"activation": "tanh", "layers": "4"},
        {"activation": "tanh", "layers": "4", "norm": "layer"},
    ),
    ("saturating", "digits", "activation", "relu", {"activation": "tanh", "layers": "3"}, {"layers": "3"}),
    ("deep_without_norm", "digits", "norm", "layer", {"layers": "10"}, {"layers": "9"}),
    ("deep_without_norm", "digits", "norm", "layer", {"layers": "10"}, {"layers": "10", "norm": "batch"}),
    ("narrow", "digits", "width", 64, {"width": "7"}, {"width": "8"}),
    ("narrow", "digits", "width", 64, {"width": "7"}, {"width": "7", "model": "cnn"}),
    ("narrow", "digits", "width", 64, {"width": "7"}, {"width": "7", "layers": "0"}),
    (
        "narrow",
        "digits",
        "channels",
        16,
        {"model": "cnn", "channels": "3"},
        {"model": "cnn", "channels": "4"},
    ),
    ("few_steps", "digits", "batch_size", 32, {"batch_size": "512"}, {"batch_size": "128"}),
    ("few_steps", "digits", "batch_size", 32, {"batch_size": "512"}, {"batch_size": "512", "epochs": "250"}),
    ("tiny_batch", "digits", "batch_size", 32, {"batch_size": "3"}, {"batch_size": "4"}),
    (
        "momentum_high",
        "digits",
        "momentum",
        0.9,
        {"lr": "0.03", "optimizer": "momentum", "momentum": "0.99"},
        {"lr": "0.03", "optimizer": "momentum", "momentum": "0.98"},
    ),
    (
        "momentum_high",
        "digits",
        "momentum",
        0.9,
        {"lr": "0.03", "optimizer": "nesterov", "momentum": "0.99"},
        {"lr": "0.03", "optimizer": "sgd", "momentum": "0.99"},
    ),
    ("warmup_long", "digits", "warmup_steps", 34, {"warmup_steps": "210"}, {"warmup_steps": "200"}),
    (
        "clip_tight",
        "digits",
        "grad_clip",
        1.0,
        {"lr": "0.1", "optimizer": "sgd", "grad_clip": "0.009"},
        {"lr": "0.1", "optimizer": "sgd", "grad_clip": "0.01"},
    ),
    (
        "clip_tight",
        "digits",
        "grad_clip",
        1.0,
        {"lr": "0.1", "optimizer": "sgd", "grad_clip": "0.009"},
        {"grad_clip": "0.009"},
    ),
    ("dropout_with_norm", "digits", "dropout", 0.1, {"dropout": "0.3", "norm": "batch"}, {"dropout": "0.3"}),
    (
        "dropout_with_norm",
        "digits",
        "dropout",
        0.1,
        {"dropout": "0.3", "norm": "batch"},
        {"dropout": "0.2", "norm": "batch"},
    ),
    ("dropout_strong", "digits", "dropout", 0.2, {"dropout": "0.6"}, {"dropout": "0.5"}),
    ("dropout_strong", "digits", "dropout", 0.2, {"dropout": "0.6"}, {"dropout": "0.6", "layers": "0"}),
    (
        "dropout_strong",
        "digits",
        "layer_dropout",
        "0.1,0.2",
        {"dropout": "0.9", "layer_dropout": "0.1,0.6"},
        {"dropout": "0.9", "layer_dropout": "0.1,0.5"},  # what it replaces is not at work
    ),
    (
        "dropout_with_norm",
        "digits",
        "layer_dropout",
        "0,0.1",
        {"layer_dropout": "0,0.4", "norm": "batch"},
        {"layer_dropout": "0,0.2", "norm": "batch"},
    ),
    ("input_dropout_strong", "tabular", "input_dropout", 0.2, {"input_dropout": "0.6"}, {"input_dropout": "0.5"}),
    (
        "attention_sgd",
        "text",
        "optimizer",
        "adamw",
        {"optimizer": "momentum", "lr": "0.03"},
        {"optimizer": "momentum", "lr": "0.03", "model": "gru"},
    ),
    ("attention_sgd", "text", "optimizer", "adamw", {"optimizer": "sgd", "lr": "5"}, {"optimizer": "adam"}),
    ("attention_sgd", "text", "optimizer", "adamw", {"optimizer": "nesterov"}, {"optimizer": "rmsprop"}),
    ("lr_high", "text", "lr", 3e-4, {"lr": "0.0031"}, {"lr": "0.003"}),
    ("lr_high", "text", "lr", 3e-4, {"lr": "0.01"}, {"lr": "0.01", "model": "gru"}),
    ("lr_low", "text", "lr", 3e-4, {"lr": "3e-5"}, {"lr": "3.4e-5"}),
    (
        "lr_high",  # clipped, a recurrent network bears the 20 of old language models
        "text",
        "lr",
        0.1,
        {"model": "gru", "optimizer": "sgd", "lr": "20"},
        {"model": "gru", "optimizer": "sgd", "lr": "20", "grad_clip": "0.25"},
    ),
    ("init_zero", "text", "init", "xavier", {"init": "zero"}, {"init": "default"}),
    ("init_zero", "text", "init", "orthogonal", {"init": "zero", "model": "gru"}, {"init": "orthogonal"}),
    ("narrow", "text", "width", 66, {"width": "6", "heads": "3"}, {"width": "9", "heads": "3"}),
    ("decay_strong", "digits", "weight_decay", 1e-4, {"weight_decay": "0.02"}, {"weight_decay": "0.01"}),
    (
        "decay_strong",
        "digits",
        "weight_decay",
        1e-2,
        {"weight_decay": "0.4", "optimizer": "adamw"},
        {"weight_decay": "0.3", "optimizer": "adamw"},
    ),
    ("l1_strong", "digits", "l1", 0.0, {"l1": "0.002"}, {"l1": "0.001"}),
    ("smoothing_strong", "digits", "label_smoothing", 0.05, {"label_smoothing": "0.3"}, {"label_smoothing": "0.25"}),
    ("few_epochs", "digits", "epochs", 17, {"epochs": "8"}, {"epochs": "9"}),
    ("few_epochs", "polynomial", "epochs", 400, {"epochs": "199"}, {"epochs": "200"}),
]


@pytest.mark.parametrize(("key", "task", "name", "to", "hit", "near_miss"), HITS)
def test_a_hit_and_its_near_miss(
    key: str, task: str, name: str, to: Value, hit: dict[str, str], near_miss: dict[str, str]
) -> None:
    remark = found(task, **hit)[key]
    assert (remark.hyperparameter, remark.to, remark.severity) == (name, to, Severity.WARNING)
    assert key not in found(task, **near_miss)
    for language in ("en", "zh_CN"):
        assert "{" not in Texts.load(language).remark(remark)


def test_every_remark_is_tried() -> None:
    keys = {key.removeprefix("remark.") for key in Texts.load("en").keys if key.startswith("remark.")}
    assert {key for key, *_ in HITS} == keys


@pytest.mark.parametrize("task", KNOWN)
def test_the_defaults_are_beyond_reproach(task: str) -> None:
    assert found(task) == {}


USUAL = {
    "digits": {
        "optimizer": {"sgd": "0.1", "momentum": "0.03", "adam": "0.001", "adamw": "0.003", "rmsprop": "0.0003"},
        "batch_size": ["16", "32", "128"],
        "epochs": ["20", "50", "200"],
        "model": ["mlp", "cnn"],
        "channels": ["8", "16", "64"],
        "width": ["16", "64", "512"],
        "layers": ["1", "2", "4"],
        "dropout": ["0", "0.1", "0.2"],
        "norm": ["none", "batch", "layer"],
        "weight_decay": ["0", "1e-5", "1e-3"],
        "label_smoothing": ["0", "0.1", "0.2"],
        "activation": ["relu", "leaky_relu", "gelu"],
        "init": ["default", "he", "xavier", "orthogonal"],
        "schedule": ["constant", "cosine", "one_cycle"],
        "warmup_steps": ["0", "50"],
        "grad_clip": ["0", "0.5", "5"],
        "l1": ["0", "1e-5"],
    },
    "polynomial": {
        "optimizer": {"sgd": "0.1", "momentum": "0.03", "adam": "0.01", "adagrad": "0.03"},
        "batch_size": ["4", "12"],
        "epochs": ["500", "3000"],
        "degree": ["1", "3", "9"],
        "noise": ["0", "0.5"],
        "weight_decay": ["0", "1e-3"],
    },
}
USUAL["mnist1d"] = USUAL["images"] = USUAL["digits"]
USUAL["moons"] = {name: values for name, values in USUAL["digits"].items() if name in TASKS["moons"].reads}
USUAL["moons"] |= {"batch_size": ["16", "32"], "epochs": ["50", "200"]}
USUAL["tabular"] = {name: values for name, values in USUAL["digits"].items() if name in TASKS["tabular"].reads}
USUAL["tabular of numbers"] = {
    name: values for name, values in USUAL["tabular"].items() if name in KNOWN["tabular of numbers"].reads
}
USUAL["text"] = {
    "optimizer": {"adam": "0.001", "adamw": "0.0003"},
    "batch_size": ["16", "32", "64"],
    "epochs": ["5", "10", "50"],
    "model": ["gru", "transformer"],
    "width": ["64", "128", "384"],
    "heads": ["1", "4", "8"],
    "layers": ["1", "2", "6"],
    "dropout": ["0", "0.1", "0.2"],
    "weight_decay": ["0", "1e-3"],
    "warmup_steps": ["0", "100"],
    "grad_clip": ["0", "1"],
    "schedule": ["constant", "cosine"],
}


@pytest.mark.parametrize("task", KNOWN)
def test_what_a_search_would_try_gets_no_remark(task: str) -> None:
    """What lies in the ranges that practice finds good, in any combination."""
    rng = random.Random(0)
    for _ in range(300):
        optimizer, lr = rng.choice(list(USUAL[task]["optimizer"].items()))  # type: ignore[union-attr]
        settings = {name: rng.choice(list(values)) for name, values in USUAL[task].items()}
        settings |= {"optimizer": optimizer, "lr": lr}
        assert found(task, **settings) == {}, settings


@pytest.mark.parametrize(("key", "task", "hit"), [(key, task, hit) for key, task, _, _, hit, _ in HITS])
def test_what_a_remark_proposes_can_be_set_and_settles_it(key: str, task: str, hit: dict[str, str]) -> None:
    remark = found(task, **hit)[key]
    assert {remark.hyperparameter, *remark.with_} <= set(KNOWN[task].reads)
    better = as_settings({remark.hyperparameter: remark.to, **remark.with_})
    assert better[remark.hyperparameter] != as_settings(configuration(task, hit))[remark.hyperparameter]
    assert key not in found(task, **{**hit, **better})


def test_all_that_is_proposed_for_a_wild_configuration_leaves_nothing_to_say() -> None:
    wild = {"lr": "90", "width": "2", "layers": "12", "activation": "sigmoid", "init": "zero", "dropout": "0.9"}
    wild |= {"batch_size": "1400", "weight_decay": "5", "l1": "1", "label_smoothing": "0.9", "epochs": "1"}
    wild |= {"warmup_steps": "1000", "optimizer": "sgd", "grad_clip": "1e-5"}
    for _ in range(3):
        made = found("digits", **wild)
        wild |= as_settings({name: value for each in made.values() for name, value in _set(each).items()})
    assert found("digits", **wild) == {}


def _set(remark: Remark) -> dict[str, Value]:
    return {remark.hyperparameter: remark.to, **remark.with_}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"lr": 1000.0},
        {"optimizer": "adam"},
        {"lr": 1000.0, "optimizer": "lion"},
        {"lr": "fast", "optimizer": "adam"},
        {"lr": None, "optimizer": "adam"},
        {"lr": True, "optimizer": "adam"},
        {"activation": "sigmoid"},
        {"width": 2},
        {"batch_size": 4096, "epochs": 3},
        {"warmup_steps": 1000},
    ],
)
def test_what_is_not_known_gets_no_remark(values: dict[str, Value]) -> None:
    assert remarks(Configuration(values)) == ()


def test_a_polynomial_bears_any_rate_but_a_tiny_one() -> None:
    assert "lr_high" not in found("polynomial", lr="5")
    assert "lr_low" in found("polynomial", lr="1e-6")


def test_a_few_samples_are_a_large_batch() -> None:
    assert "few_steps" not in found("digits", train_size="60", batch_size="60", epochs="300")
    assert found("digits", train_size="640", batch_size="128", epochs="50")["few_steps"].numbers == {
        "batch": 128,
        "steps": 5,
    }


def test_who_says_how_many_steps_is_not_told_that_they_are_few() -> None:
    assert "few_epochs" in found("digits", epochs="2")
    assert "few_epochs" not in found("digits", epochs="2", max_steps="20")
    assert "few_epochs" in found("digits", epochs="2", max_steps="2000")
    assert "warmup_long" in found("digits", max_steps="50", warmup_steps="40")


def test_the_samples_of_each_class_are_counted() -> None:
    assert found("digits", per_class="64", batch_size="128", epochs="50")["few_steps"].numbers["steps"] == 5
    assert "few_steps" not in found("digits", per_class="5", batch_size="50", epochs="300")


def test_the_end_of_a_range_test_is_no_learning_rate_to_train_with() -> None:
    assert "lr_high" in found("digits", lr="10")
    assert "lr_high" not in found("digits", lr="10", schedule="range_test")


def test_a_transformer_without_warm_up_gets_no_remark() -> None:
    """With the norms in front it can be left out: Xiong et al. 2020, arXiv:2002.04745."""
    assert found("text", warmup_steps="0") == found("text", warmup_steps="100") == {}


@pytest.mark.parametrize(
    "values",
    [
        {"model": "transformer", "optimizer": "lion", "lr": 1.0},
        {"model": "transformer", "optimizer": "rmsprop", "lr": 1.0},
        {"model": "mamba", "layer_dropout": "a,b"},
        {"layer_dropout": "none"},
        {"layer_dropout": ""},
        {"layer_dropout": 0.9},
        {"layer_dropout": True, "input_dropout": "much"},
    ],
)
def test_what_nobody_has_tried_gets_no_remark(values: dict[str, Value]) -> None:
    assert remarks(Configuration(values)) == ()
