"""The noise scale that Adam's means tell is that of many gradients at the same weights."""

import math

import pytest
import torch
from torch import Tensor, nn, optim
from torch.nn import functional as F

from dltui_trainers.health.noise_scale import from_adam


def flat(tensors: tuple[Tensor, ...]) -> Tensor:
    return torch.cat([each.reshape(-1) for each in tensors])


class Problem:
    """Points of ten classes that lie apart, and a small network that learns them."""

    def __init__(self, seed: int, optimizer: type[optim.Optimizer], batch_size: int, **settings: float) -> None:
        torch.manual_seed(seed)
        self.x = torch.randn(4000, 20)
        self.y = (self.x @ torch.randn(20, 10) + 2 * torch.randn(4000, 10)).argmax(1)
        self.network = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 10))
        self.optimizer = optimizer(self.network.parameters(), lr=3e-4, **settings)  # type: ignore[call-arg]
        self.batch_size = batch_size

    def loss(self) -> Tensor:
        chosen = torch.randint(len(self.x), (self.batch_size,))
        return F.cross_entropy(self.network(self.x[chosen]), self.y[chosen])

    def train(self, steps: int) -> None:
        """Go on, and stop when the gradients of a further step are there."""
        for _ in range(steps):
            self.optimizer.zero_grad()
            torch.autograd.backward(self.loss())
            self.optimizer.step()
        self.optimizer.zero_grad()
        torch.autograd.backward(self.loss())

    def direct(self) -> float:
        weights = list(self.network.parameters())
        whole = flat(torch.autograd.grad(F.cross_entropy(self.network(self.x), self.y), weights))
        apart = [(flat(torch.autograd.grad(self.loss(), weights)) - whole).square().sum() for _ in range(300)]
        return self.batch_size * float(torch.stack(apart).mean() / whole.square().sum())


@pytest.mark.parametrize("optimizer", [optim.Adam, optim.AdamW, optim.NAdam])
@pytest.mark.parametrize("batch_size", [32, 128])
def test_it_is_that_of_many_gradients_within_a_factor_of_two(optimizer: type[optim.Optimizer], batch_size: int) -> None:
    found = []
    for seed in range(3):
        problem = Problem(seed, optimizer, batch_size)
        problem.train(60)
        estimate = from_adam(problem.optimizer, batch_size)
        if estimate is not None:
            found.append(estimate / problem.direct())
    assert len(found) >= 2
    assert all(1 / 2 < each < 2 for each in found), found


def test_a_last_batch_that_is_small_is_taken_for_what_it_is() -> None:
    problem = Problem(0, optim.Adam, 128)
    problem.train(60)
    problem.batch_size = 16
    problem.train(0)
    estimate = from_adam(problem.optimizer, 128, 16)
    assert estimate is not None and 1 / 3 < estimate / problem.direct() < 3


def test_it_is_not_told_before_adam_knows() -> None:
    problem = Problem(0, optim.Adam, 128)
    problem.train(5)
    assert from_adam(problem.optimizer, 128) is None


def test_of_noise_alone_nothing_is_told() -> None:
    weight = nn.Parameter(torch.zeros(2000))
    optimizer = optim.Adam([weight])
    torch.manual_seed(0)
    for _ in range(100):
        weight.grad = torch.randn(2000)
        assert from_adam(optimizer, 32) is None
        optimizer.step()


@pytest.mark.parametrize("optimizer", [optim.SGD, optim.RMSprop, optim.Adagrad])
def test_other_optimisers_do_not_tell(optimizer: type[optim.Optimizer]) -> None:
    problem = Problem(0, optimizer, 32)
    problem.train(40)
    assert from_adam(problem.optimizer, 32) is None


def test_gradients_that_are_missing_or_not_finite_are_no_trouble() -> None:
    problem = Problem(0, optim.Adam, 32)
    problem.train(60)
    for each in problem.network[0].parameters():
        each.grad = None
    for each in problem.network[2].parameters():
        each.grad = torch.full_like(each, math.nan)
    assert from_adam(problem.optimizer, 32) is None
    problem.optimizer.zero_grad()
    assert from_adam(problem.optimizer, 32) is None
