"""Where a number that is not finite came from is found: in data, weights, a module, the loss or a gradient."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dltui_trainers.health.non_finite import Origin, trace
from dltui_trainers.runlog import EventRecord
from trainers.trainings import ListLog, make_training


class Log(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.log(x)


class Root(nn.Module):
    """Its slope at 0 is infinite."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.sqrt(x)


class Mask(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.masked_fill(torch.ones_like(x).triu(1).bool(), -math.inf)


class Outer(nn.Module):
    """What it does itself is at fault, not a part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.relu(self.inner(x)) / 0.0


def found(network: nn.Module, x: Tensor, loss: Callable[[Tensor], Tensor] = lambda output: output.sum()) -> Origin:
    """Return the origin; nothing may have changed."""
    random, state = torch.get_rng_state(), {name: each.clone() for name, each in network.state_dict().items()}
    origin = trace(network, lambda: loss(network(x)))
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(each.nan_to_num(), state[name].nan_to_num()) for name, each in network.state_dict().items())
    assert not any(each._forward_hooks or each._forward_pre_hooks for each in network.modules())
    assert all(each.grad is None for each in network.parameters())
    assert origin is not None
    return origin


def where(origin: Origin) -> tuple[str, str]:
    return origin.where, origin.what


@pytest.fixture
def x() -> Tensor:
    torch.manual_seed(0)
    return torch.randn(6, 4)


def test_weights_that_are_broken_are_named(x: Tensor) -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    with torch.no_grad():
        network[1].bias[2] = math.inf
    origin = found(network, x)
    assert where(origin) == ("1.bias", "weights") and "infinity in 1 of 4" in origin.reason


def test_a_sample_that_is_broken_is_told(x: Tensor) -> None:
    x[3, 1] = math.nan
    origin = found(nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 4)), x)
    assert where(origin) == ("", "input") and "NaN in 1 of 24" in origin.reason


def test_a_target_that_is_broken_is_told(x: Tensor) -> None:
    network, targets = nn.Linear(4, 1), torch.full((6, 1), math.nan)
    origin = trace(network, lambda: F.mse_loss(network(x), targets), targets)
    assert origin is not None and origin.what == "input" and "targets" in origin.reason


def test_the_module_that_made_it_is_named_not_those_after_it(x: Tensor) -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Tanh(), Log()), nn.Linear(4, 4), nn.ReLU())
    origin = found(network, x)
    assert where(origin) == ("1.1", "output") and "Log" in origin.reason


def test_what_a_module_does_between_its_parts_is_its_own(x: Tensor) -> None:
    assert where(found(nn.Sequential(nn.Linear(4, 4), Outer(), nn.Linear(4, 2)), x)) == ("1", "output")


def test_half_numbers_that_overflow(x: Tensor) -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4)).to(torch.float16)
    with torch.no_grad():
        network[0].weight.fill_(60_000)
    assert where(found(network, x.abs().half() + 1)) == ("0", "output")


def test_a_mask_is_no_origin(x: Tensor) -> None:
    network = nn.Sequential(Mask(), nn.Softmax(1), nn.Linear(4, 4), Log())
    assert where(found(network, x)) == ("3", "output")


def test_a_loss_function_that_makes_it(x: Tensor) -> None:
    origin = found(nn.Linear(4, 1), x, lambda output: (output * 0).log().mean())
    assert where(origin) == ("", "loss")


def test_a_gradient_that_breaks_on_its_way_back(x: Tensor) -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Flatten(), nn.ReLU(), Root()), nn.Linear(4, 4))
    assert where(found(network, x, lambda output: output.square().mean())) == ("1.2", "gradient")


def test_a_gradient_that_the_loss_function_breaks(x: Tensor) -> None:
    origin = found(nn.Linear(4, 4), x, lambda output: torch.sqrt(0 * output).sum())
    assert where(origin) == ("", "gradient")


def test_where_all_is_finite_nothing_is_told(x: Tensor) -> None:
    network = nn.Linear(4, 4)
    assert trace(network, lambda: network(x).sum()) is None
    assert trace(network, lambda: torch.tensor(1.0)) is None


class BreaksInStepFive(nn.Module):
    def __init__(self, network: nn.Module, gradient: bool) -> None:
        super().__init__()
        self.network, self.gradient, self.steps = network, gradient, 0

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.network(x)
        self.steps += self.training
        if self.steps < 5:
            return output
        return output + torch.sqrt(output.detach() * 0 + 0 * output) if self.gradient else output / 0


@pytest.mark.parametrize(("gradient", "what"), [(False, "output"), (True, "gradient")])
def test_a_training_tells_it_once_at_the_step_where_it_began(tmp_path: Path, gradient: bool, what: str) -> None:
    log = ListLog()
    log.before_update = lambda step, samples: not gradient or step < 5  # type: ignore[method-assign]
    training = make_training(tmp_path, "digits", log, epochs=1, train_size=640)
    training.model = BreaksInStepFive(training.model, gradient)
    assert training.run() == "finished"
    (event,) = [each for each in log.records if isinstance(each, EventRecord) and each.name == "non_finite"]
    assert (event.step, event.from_, event.to) == (5, "BreaksInStepFive", what)
