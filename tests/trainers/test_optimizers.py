"""Every choice is the update rule that its name says."""

import pytest
import torch

from dltui_trainers.choices import Optimizer
from dltui_trainers.hparams import Hparams
from dltui_trainers.optimizers import make_optimizer, set_lr

EXPECTED = {
    Optimizer.SGD: torch.optim.SGD,
    Optimizer.MOMENTUM: torch.optim.SGD,
    Optimizer.NESTEROV: torch.optim.SGD,
    Optimizer.ADAGRAD: torch.optim.Adagrad,
    Optimizer.RMSPROP: torch.optim.RMSprop,
    Optimizer.ADAM: torch.optim.Adam,
    Optimizer.ADAMW: torch.optim.AdamW,
}


def updated(hparams: Hparams, gradients: list[float], start: float = 1.0) -> float:
    weight = torch.nn.Parameter(torch.tensor([start]))
    optimizer = make_optimizer([weight], hparams)
    for gradient in gradients:
        weight.grad = torch.tensor([gradient])
        optimizer.step()
    return weight.item()


@pytest.mark.parametrize("choice", Optimizer)
def test_the_class_and_the_learning_rate(choice: Optimizer) -> None:
    optimizer = make_optimizer([torch.nn.Parameter(torch.ones(2))], Hparams(optimizer=choice, lr=0.25))
    assert type(optimizer) is EXPECTED[choice]
    assert optimizer.param_groups[0]["lr"] == 0.25
    set_lr(optimizer, 0.5)
    assert optimizer.param_groups[0]["lr"] == 0.5


def test_two_steps_by_hand() -> None:
    base = Hparams(lr=0.1, momentum=0.5)
    gradients = [1.0, 1.0]
    sgd = Hparams(lr=0.1, momentum=0.5, optimizer=Optimizer.SGD)
    assert updated(sgd, gradients) == pytest.approx(0.8)
    momentum = Hparams(lr=0.1, momentum=0.5, optimizer=Optimizer.MOMENTUM)
    assert updated(momentum, gradients) == pytest.approx(1 - 0.1 * (1 + 1.5))
    nesterov = Hparams(lr=0.1, momentum=0.5, optimizer=Optimizer.NESTEROV)
    assert updated(nesterov, gradients) == pytest.approx(1 - 0.1 * (1.5 + 1.75))
    assert updated(base, [3.0]) == pytest.approx(0.9)  # Adam's first step is lr, whatever the gradient


def test_weight_decay_is_decoupled_for_adamw_only() -> None:
    # A tiny gradient: with decoupling the decay is lr * wd * w = 0.05; inside Adam it is scaled to a full step of 0.1.
    decayed = updated(Hparams(lr=0.1, weight_decay=0.5, optimizer=Optimizer.ADAMW), [0.0])
    assert decayed == pytest.approx(0.95)
    assert updated(Hparams(lr=0.1, weight_decay=0.5, optimizer=Optimizer.ADAM), [0.0]) == pytest.approx(0.9)
    assert updated(Hparams(lr=0.1, weight_decay=0.5, optimizer=Optimizer.SGD), [0.0]) == pytest.approx(0.95)


def test_nesterov_without_momentum_is_plain() -> None:
    assert updated(Hparams(lr=0.1, momentum=0.0, optimizer=Optimizer.NESTEROV), [1.0]) == pytest.approx(0.9)
