"""Words to a checked configuration: every refusal with its reason, and every warning."""

from dataclasses import replace

import pytest

from dltui_trainers.choices import Augmentation, Optimizer
from dltui_trainers.configure import as_json, as_settings, as_text, configure, parse
from dltui_trainers.errors import InvalidHyperparameterError, UnknownHyperparameterError, UnknownTaskError
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.named_task import find_task
from dltui_trainers.registry import TASKS

DIGITS, POLYNOMIAL, TABULAR, TEXT = (TASKS[name] for name in ("digits", "polynomial", "tabular", "text"))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"lr": "fast"}, "lr = fast is not a number"),
        ({"lr": "0"}, "out of range: it must be above 0"),
        ({"lr": "nan"}, "not finite"),
        ({"epochs": "0"}, "out of range"),
        ({"epochs": "2.5"}, "not a whole number"),
        ({"dropout": "0.99"}, "out of range: it must be 0 to 0.95"),
        ({"optimizer": "adm"}, "Did you mean 'adam'"),
        ({"degree": "3"}, "does not use degree"),
        ({"train_size": "2000"}, "more than the 1437 training samples"),
        ({"batch_size": "1438"}, "take 1437 or fewer"),
        ({"train_size": "100", "batch_size": "101"}, "take 100 or fewer"),
        ({"per_class": "3", "batch_size": "31"}, "more than the 30 training samples; take 30 or fewer"),
        ({"per_class": "10", "train_size": "40", "batch_size": "41"}, "take 40 or fewer"),
        ({"per_class": "-1"}, "out of range: it must be at least 0"),
        ({"max_steps": "1.5"}, "not a whole number"),
        ({"norm": "batch", "batch_size": "1"}, "one sample has no variance"),
        ({"norm": "batch", "train_size": "1"}, "one sample has no variance"),
        ({"model": "cnn", "kernel_size": "4"}, "is even"),
        ({"model": "cnn", "layers": "2", "layer_dropout": "0.1"}, "does not fit layers = 2; write one value for each"),
        ({"layer_dropout": "0.1,0.99"}, "layer_dropout = 0.99 is out of range: it must be 0 to 0.95"),
        ({"layer_dropout": "0.1,much"}, "layer_dropout = much is not a number"),
        ({"model": "transformer"}, "model = transformer does not exist for digits; take mlp, cnn, gru"),
        ({"model": "gru", "norm": "batch"}, "norm = batch does not exist for model = gru"),
        ({"loss": "hinge"}, "loss = hinge is not a choice"),
        ({"test_crops": "three"}, "test_crops = three is not a choice"),
        ({"data": "elsewhere"}, "The task digits does not use data"),
        ({"augment": "crop,blur"}, "augment = blur is not a choice"),
        ({"augment_strength": "1.5"}, "out of range: it must be 0 to 1"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(settings: dict[str, str], reason: str) -> None:
    with pytest.raises(InvalidHyperparameterError, match=reason):
        configure(DIGITS, settings)


@pytest.mark.parametrize(
    ("settings", "warning"),
    [
        ({"lr": "20"}, "lr = 20 is far outside the usual"),
        ({"schedule": "range_test", "warmup_steps": "5"}, "warmup_steps = 5 goes up to the whole lr before"),
        ({"norm": "batch", "dropout": "0.5"}, "work against each other"),
        ({"kernel_size": "5"}, "kernel_size has no effect with model = mlp"),
        ({"momentum": "0.5"}, "momentum has no effect with optimizer = adam"),
        ({"layers": "0", "width": "8"}, "width has no effect with layers = 0"),
        ({"model": "cnn", "width": "8"}, "width has no effect with model = cnn"),
        ({"model": "gru", "activation": "tanh"}, "activation has no effect with model = gru"),
        ({"layers": "0", "activation": "gelu"}, "activation has no effect with layers = 0"),
        ({"loss": "mse", "label_smoothing": "0.1"}, "label_smoothing has no effect with loss = mse"),
        ({"dropout": "0.1", "layer_dropout": "0.2,0.3"}, "dropout has no effect with layer_dropout = 0.2,0.3"),
        ({"augment_strength": "0.2"}, "augment_strength has no effect with augment = none"),
        ({"augment": "crop", "augment_strength": "0"}, "augment has no effect with augment_strength = 0"),
        ({"test_crops": "ten"}, "test_crops = ten mirrors the samples, and mirrored ones of digits are of no class"),
        ({"augment": "flip,crop"}, "augment = flip mirrors the samples, and mirrored ones of digits are of no class"),
    ],
)
def test_what_is_unusual_is_warned_about(settings: dict[str, str], warning: str) -> None:
    _, warnings = configure(DIGITS, settings)
    assert len(warnings) == 1 and warning in warnings[0]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"weight_decay": "0"},
        {"optimizer": "momentum", "momentum": "0.5"},
        {"norm": "batch", "dropout": "0.2"},
        {"augment": "crop,rotate,mixup", "augment_strength": "0.1"},
    ],
)
def test_what_is_usual_is_not(settings: dict[str, str]) -> None:
    assert configure(DIGITS, settings)[1] == []


def test_the_heads_of_a_transformer_share_its_width() -> None:
    assert configure(TEXT, {"width": "96", "heads": "6"})[0].heads == 6
    with pytest.raises(InvalidHyperparameterError, match="width = 100 cannot be divided among heads = 6"):
        configure(TEXT, {"width": "100", "heads": "6"})
    assert configure(TEXT, {"model": "gru", "width": "100", "heads": "6"})[1] == [
        "heads has no effect with model = gru."
    ]
    assert configure(TEXT, {"layers": "0", "width": "8"})[1] == []  # the bigram model has a width


def test_where_the_data_are_not_known_sizes_are_not_judged() -> None:
    assert configure(TABULAR, {"batch_size": "4096"})[0].batch_size == 4096
    with pytest.raises(InvalidHyperparameterError, match="take 100 or fewer"):
        configure(replace(TABULAR, n_train=100), {"batch_size": "4096"})
    assert configure(replace(TABULAR, n_train=10), {})[0].batch_size == 10


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(UnknownHyperparameterError, match="Did you mean 'dropout'"):
        configure(DIGITS, {"dropuot": "0.1"})
    with pytest.raises(UnknownTaskError, match="Did you mean 'digits'"):
        find_task("digit")


def test_the_default_batch_size_is_at_most_the_training_set() -> None:
    assert configure(DIGITS, {})[0].batch_size == 64
    assert configure(DIGITS, {"train_size": "20"})[0].batch_size == 20
    assert configure(DIGITS, {"per_class": "5"})[0].batch_size == 50
    assert configure(DIGITS, {"per_class": "5", "train_size": "20"})[0].batch_size == 20
    assert configure(TABULAR, {"per_class": "5"})[0].batch_size == 32  # the classes are not counted yet
    assert configure(replace(TABULAR, n_train=100, classes=3), {"per_class": "5"})[0].batch_size == 15
    assert configure(POLYNOMIAL, {})[0].batch_size == 12


def test_the_defaults_of_a_task_yield_to_what_is_given() -> None:
    assert configure(POLYNOMIAL, {})[0].epochs == 2000
    assert configure(POLYNOMIAL, {"epochs": "5"})[0].epochs == 5


@pytest.mark.parametrize(
    ("task", "augment", "refused"),
    [
        ("mnist1d", "rotate", "rotate"),
        ("mnist1d", "crop,affine,mixup,rotate", "affine,rotate"),
        ("mnist1d", "crop,scale,flip,erase,jitter,mixup", ""),
        ("digits", ",".join(Augmentation), ""),
    ],
)
def test_signals_are_not_turned(task: str, augment: str, refused: str) -> None:
    if not refused:
        assert as_text(configure(TASKS[task], {"augment": augment})[0].augment) == augment
        return
    expected = f"augment = {refused} does not exist for {task}; take flip, crop, scale"
    with pytest.raises(InvalidHyperparameterError, match=expected):
        configure(TASKS[task], {"augment": augment})


def test_what_does_not_augment_has_no_strength() -> None:
    for name in ("augment", "augment_strength"):
        with pytest.raises(InvalidHyperparameterError, match=f"does not use {name}"):
            configure(POLYNOMIAL, {name: "0"})


def test_several_augmentations() -> None:
    assert parse(CATALOGUE["augment"], "flip+crop") == (Augmentation.FLIP, Augmentation.CROP)
    assert parse(CATALOGUE["augment"], "none") == ()


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_text_and_back(task: object) -> None:
    assert isinstance(task, type(DIGITS))
    hparams, warnings = configure(task, {})
    assert warnings == []
    for name in task.reads:
        value = getattr(hparams, name)
        assert parse(CATALOGUE[name], as_text(value)) == value


def test_the_manifest_keeps_plain_values_of_what_the_task_reads() -> None:
    hparams, _ = configure(POLYNOMIAL, {"optimizer": "sgd"})
    kept = as_json(hparams, POLYNOMIAL)
    assert kept["optimizer"] == "sgd" and not isinstance(kept["optimizer"], Optimizer)
    assert "width" not in kept


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_a_manifest_and_back(task: object) -> None:
    assert isinstance(task, type(DIGITS))
    hparams, _ = configure(task, {"lr": str(0.1 + 0.2), "optimizer": "nesterov"})
    settings, warnings = as_settings(task, as_json(hparams, task))
    assert warnings == []
    assert configure(task, settings)[0] == hparams


def test_what_a_manifest_tells_and_cannot_be_taken_is_left_out_with_a_warning() -> None:
    hparams, _ = configure(POLYNOMIAL, {})
    kept = {**as_json(hparams, POLYNOMIAL), "sharpness": 1, "width": 8, "optimizer": "lion", "lr": None, "l1": True}
    del kept["degree"]
    settings, warnings = as_settings(POLYNOMIAL, kept)
    assert not {"sharpness", "width", "optimizer", "lr", "l1", "degree"} & settings.keys()
    assert [warning.split(" ")[0] for warning in warnings] == ["lr", "optimizer", "l1", "sharpness", "width", "The"]
    assert "does not tell degree" in warnings[-1]


def test_what_an_earlier_run_has_is_checked_and_not_warned_about_again() -> None:
    base = {"lr": "20", "kernel_size": "5", "batch_size": "200"}
    hparams, warnings = configure(DIGITS, {"dropout": "0.1"}, base)
    assert (hparams.lr, hparams.batch_size, hparams.dropout, warnings) == (20, 200, 0.1, [])
    assert configure(DIGITS, {"lr": "30"}, base)[1] == ["lr = 30 is far outside the usual 1e-5 to 0.3."]
    with pytest.raises(InvalidHyperparameterError, match="take 100 or fewer"):
        configure(DIGITS, {"train_size": "100"}, base)
