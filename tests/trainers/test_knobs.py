"""The loop against one written plainly with torch's own parts, and each knob: it turns something, or is idle."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
)

from dltui_trainers.choices import Optimizer, Schedule
from dltui_trainers.configure import as_json, as_text, configure, without_effect
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.loop import Training
from dltui_trainers.registry import TASKS
from dltui_trainers.runlog import EvalRecord
from trainers.trainings import ListLog, _one_thread, make_training

__all__ = ["_one_thread"]

LR, EPOCHS, TRAIN_SIZE, BATCH = 0.01, 4, 40, 16
STEPS = EPOCHS * 3
MOMENTUM, DECAY = 0.8, 0.01

OPTIMIZERS = {
    Optimizer.SGD: lambda p: torch.optim.SGD(p, lr=LR, weight_decay=DECAY),
    Optimizer.MOMENTUM: lambda p: torch.optim.SGD(p, lr=LR, momentum=MOMENTUM, weight_decay=DECAY),
    Optimizer.NESTEROV: lambda p: torch.optim.SGD(p, lr=LR, momentum=MOMENTUM, nesterov=True, weight_decay=DECAY),
    Optimizer.ADAGRAD: lambda p: torch.optim.Adagrad(p, lr=LR, weight_decay=DECAY),
    Optimizer.RMSPROP: lambda p: torch.optim.RMSprop(p, lr=LR, momentum=MOMENTUM, weight_decay=DECAY),
    Optimizer.ADAM: lambda p: torch.optim.Adam(p, lr=LR, weight_decay=DECAY),
    Optimizer.ADAMW: lambda p: torch.optim.AdamW(p, lr=LR, weight_decay=DECAY),
}
SCHEDULES = {
    Schedule.CONSTANT: lambda o: ConstantLR(o, factor=1.0),
    Schedule.STEP: lambda o: MultiStepLR(o, [STEPS // 2, STEPS * 3 // 4]),
    Schedule.EXPONENTIAL: lambda o: ExponentialLR(o, 0.01 ** (1 / STEPS)),
    Schedule.COSINE: lambda o: CosineAnnealingLR(o, STEPS),
    Schedule.ONE_CYCLE: lambda o: OneCycleLR(o, max_lr=LR, total_steps=STEPS, cycle_momentum=False),
}


def plainly_trained(training: Training, optimizer: torch.optim.Optimizer, scheduler: LRScheduler) -> list[Tensor]:
    """The weights after the training as a book would write it, on the model and the data of ``training``."""
    model, data, hparams = training.model, training.data, training.hparams
    criterion = nn.CrossEntropyLoss(label_smoothing=hparams.label_smoothing)
    generator = torch.Generator().manual_seed(hparams.seed)
    model.train()
    for _ in range(hparams.epochs):
        for batch in torch.randperm(len(data.train_x), generator=generator).split(hparams.batch_size):
            optimizer.zero_grad()
            loss = criterion(model(data.train_x[batch]), data.train_y[batch])
            loss = loss + hparams.l1 * sum(each.abs().sum() for each in model.parameters() if each.ndim > 1)
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(model.parameters(), hparams.grad_clip or float("inf"))
            optimizer.step()
            scheduler.step()
    return [each.detach().clone() for each in model.parameters()]


def trained(training: Training) -> list[Tensor]:
    training.run()
    return [each.detach().clone() for each in training.model.parameters()]


@pytest.mark.parametrize("knobs", [{}, {"l1": 0.001, "grad_clip": 0.5, "label_smoothing": 0.1, "dropout": 0.3}])
@pytest.mark.parametrize(
    ("optimizer", "schedule"),
    [*((each, Schedule.CONSTANT) for each in Optimizer), *((Optimizer.MOMENTUM, each) for each in SCHEDULES)],
)
def test_the_loop_is_the_plain_one(
    optimizer: Optimizer, schedule: Schedule, knobs: dict[str, float], tmp_path: Path
) -> None:
    hparams: dict[str, object] = {
        "lr": LR,
        "epochs": EPOCHS,
        "train_size": TRAIN_SIZE,
        "batch_size": BATCH,
        "optimizer": optimizer,
        "schedule": schedule,
        "momentum": MOMENTUM,
        "weight_decay": DECAY,
        **knobs,
    }
    ours = trained(make_training(tmp_path / "ours", "digits", **hparams))
    plain = make_training(tmp_path / "plain", "digits", **hparams)
    started = [each.detach().clone() for each in plain.model.parameters()]
    theirs = OPTIMIZERS[optimizer](plain.model.parameters())
    expected = plainly_trained(plain, theirs, SCHEDULES[schedule](theirs))
    for one, other, start in zip(ours, expected, started, strict=True):
        assert torch.allclose(one, other, atol=1e-6)
        assert not torch.equal(one, start)


OTHERS: dict[str, object] = {
    "lr": 0.02,
    "batch_size": 8,
    "epochs": 3,
    "max_steps": 7,
    "optimizer": "nesterov",
    "momentum": 0.3,
    "loss": "mse",
    "schedule": "constant",
    "warmup_steps": 3,
    "eval_every": 2,
    "grad_clip": 0.01,
    "seed": 1,
    "model": "gru",
    "layers": 3,
    "width": 12,
    "activation": "tanh",
    "kernel_size": 5,
    "channels": 3,
    "pooling": "avg",
    "norm": "layer",
    "init": "orthogonal",
    "dropout": 0.5,
    "layer_dropout": "0.4,0.1",
    "input_dropout": 0.2,
    "weight_decay": 0.1,
    "l1": 0.01,
    "label_smoothing": 0.2,
    "early_stop_patience": 1,
    "augment": "crop",
    "augment_strength": 0.9,
    "test_crops": "five",
    "train_size": 20,
    "per_class": 2,
    "label_noise": 0.5,
}
"""Another value of each hyperparameter than the one in the configurations below."""
WATCHING = ("log_every", "watch_every", "checkpoint_every")
CONFIGURATIONS: dict[str, dict[str, object]] = {
    "mlp": {"model": "mlp"},
    "cnn": {"model": "cnn", "channels": 2},
    "gru": {"model": "gru"},
    "linear": {"model": "mlp", "layers": 0},
    "linear cnn": {"model": "cnn", "layers": 0},
    "momentum": {"optimizer": "momentum", "augment": "jitter"},
    "mse": {"loss": "mse", "layer_dropout": "0.2,0.2"},
    "no strength": {"augment": "jitter", "augment_strength": 0},
}


BASE: dict[str, object] = {"lr": 0.01, "epochs": 4, "train_size": 40, "batch_size": 16, "width": 8}
TESTED_ELSEWHERE = {"early_stop_patience"}
"""It ends a training, which these short ones do not live to see: tests/trainers/test_loop.py."""


def validations(folder: Path, hparams: dict[str, object]) -> list[tuple[int, object]]:
    """The steps and losses of the validations, which tell any two trainings apart that differ in anything."""
    log = ListLog()
    make_training(folder, "digits", log, **hparams).run()
    return [(each.step, each.val_loss) for each in log.records if isinstance(each, EvalRecord)]


def another(name: str, configuration: dict[str, object]) -> object:
    """Another value than the present one."""
    other = OTHERS[name]
    present = configuration.get(name, as_text(CATALOGUE[name].default))
    return next(each for each in CATALOGUE[name].choices if each != present) if other == present else other


@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_every_knob_turns_something_unless_it_is_said_to_be_idle(
    configuration: dict[str, object], tmp_path: Path
) -> None:
    task, base = TASKS["digits"], {**BASE, **configuration}
    checked, _ = configure(task, {name: str(value) for name, value in base.items()})
    idle = without_effect(as_json(checked, task))
    before = validations(tmp_path / "before", base)
    assert before == validations(tmp_path / "again", base)
    for name in set(task.reads) - set(WATCHING) - TESTED_ELSEWHERE:
        fits = {"layer_dropout": checked.layers == 2, "layers": not checked.layer_dropout}  # one value for each layer
        if not fits.get(name, True):
            continue
        after = validations(tmp_path / name, {**base, name: another(name, base)})
        assert (after == before) == (name in idle), name


def test_no_hyperparameter_is_without_a_test_here_or_in_its_task() -> None:
    of_tasks = {name for name, each in CATALOGUE.items() if each.family == "data"} | {"heads"}
    assert CATALOGUE.keys() - of_tasks <= OTHERS.keys() | {*WATCHING}


@pytest.mark.parametrize("name", WATCHING)
def test_what_is_told_changes_nothing_in_the_training(name: str, tmp_path: Path) -> None:
    assert validations(tmp_path / "a", BASE) == validations(tmp_path / "b", {**BASE, name: 2})
