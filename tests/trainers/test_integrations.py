"""What the callbacks of the frameworks share, without any of them; ``make test-integrations`` tries the callbacks."""

import subprocess
import sys

import pytest
import torch

from dltui_trainers.integrations.keras_dials import SCHEDULED, KerasDials
from dltui_trainers.integrations.losses import LossMean
from dltui_trainers.integrations.names import metric_name, metrics_of
from dltui_trainers.integrations.settings import optimizer_settings, plain, schedule_name


@pytest.mark.parametrize(
    ("name", "part", "ours"),
    [
        ("val_acc", "val", "val_accuracy"),
        ("eval_accuracy", "val", "val_accuracy"),
        ("Validation/Loss", "val", "val_loss"),
        ("valid-f1", "val", "val_f1"),
        ("margin", "val", "val_margin"),
        ("train_acc_epoch", "train", "train_accuracy"),
        ("sparse_categorical_accuracy", "train", "train_accuracy"),
        ("val_r2_score", "val", "val_r2"),
        ("val", "val", "val_val"),
    ],
)
def test_numbers_have_our_names(name: str, part: str, ours: str) -> None:
    assert metric_name(name, part) == ours  # type: ignore[arg-type]


def test_only_single_numbers_are_told() -> None:
    given = {"val_acc": torch.tensor(0.5), "val_accuracy": 0.6, "matrix": torch.ones(2, 2), "text": "x", "on": True}
    assert metrics_of(given.items(), "val") == {"val_accuracy": 0.5}


def test_settings_are_plain_and_tell_no_secret() -> None:
    given = {"net": {"width": 8, "act": torch.nn.ReLU()}, "sizes": [1, 2], "hub_token": "x", "lr": float("inf")}
    assert plain(given) == {"net.width": 8, "sizes": "1,2", "lr": "inf"}


def test_an_optimiser_has_our_name_and_the_rate_before_its_schedule() -> None:
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], 0.1, momentum=0.9, nesterov=True)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 0.5)
    assert optimizer_settings(optimizer) == {"optimizer": "nesterov", "lr": 0.1, "weight_decay": 0, "momentum": 0.9}
    assert schedule_name([schedule]) == "LinearLR"
    assert schedule_name([]) == "constant"


def test_losses_are_read_as_their_mean() -> None:
    mean = LossMean()
    assert mean.read() is None
    mean.add(torch.tensor(1.0, requires_grad=True))
    mean.add(2.0)
    assert mean.read() == 1.5
    assert mean.read_now() is None


class _Rate:
    def __init__(self, value: float) -> None:
        self.value = value

    def assign(self, value: float) -> None:
        self.value = value

    def __float__(self) -> float:
        return self.value


class _Dropout:
    def __init__(self, rate: float) -> None:
        self.rate = rate


class _Optimizer:
    def __init__(self, rate: object) -> None:
        self.learning_rate = rate
        self.weight_decay = None
        self.beta_1 = 0.9


class _Model:
    """What the dials need of a model of Keras."""

    run_eagerly = False
    jit_compile = False

    def __init__(self, rate: object) -> None:
        self.optimizer = _Optimizer(rate)
        self.layers = [_Dropout(0.0), _Dropout(0.2)]
        self.compiled = 0

    def make_train_function(self, force: bool) -> None:
        self.compiled += force


def test_the_dials_of_keras_turn_what_the_model_has() -> None:
    model = _Model(_Rate(0.1))
    dials = KerasDials(model, "tensorflow")
    assert [dials.present(name) for name in ("lr", "weight_decay", "momentum", "dropout")] == [0.1, 0.0, 0.9, 0.2]
    assert dials.turn({"lr": 0.01}) == ""
    assert model.compiled == 0
    assert "compiled anew" in dials.turn({"dropout": 0.5, "momentum": 0.0})
    assert ([each.rate for each in model.layers], model.optimizer.beta_1, model.compiled) == ([0.0, 0.5], 0.0, 1)
    assert dials.present("momentum") == 0.0


def test_a_schedule_of_keras_cannot_be_set() -> None:
    dials = KerasDials(_Model(0.1), "torch")
    assert dials.present("lr") is None
    assert dials.why_not("lr") == SCHEDULED


@pytest.mark.parametrize(
    ("package", "callback"),
    [
        ("lightning", "LightningCallback"),
        pytest.param("transformers", "TransformersCallback", marks=pytest.mark.long),
        pytest.param("keras", "KerasCallback", marks=pytest.mark.long),
    ],
)
def test_without_its_framework_a_callback_says_what_to_install(package: str, callback: str) -> None:
    missing = [package, "pytorch_lightning"]
    code = f"import sys; sys.modules |= dict.fromkeys({missing!r}); import dltui; dltui.{callback}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"ImportError: dltui.{callback} needs {package}, which cannot be imported here")
    assert last.endswith(f"pip install {package}")
