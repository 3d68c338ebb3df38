"""The gauges measure what they say and change nothing."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import get_total_norm

from dltui_trainers.hparams import Activation, Hparams, Model, Norm
from dltui_trainers.models import make_network
from dltui_trainers.pace import choose_pace, multiply_adds
from dltui_trainers.watch import Watch, dead_units


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    return make_network(Hparams(norm=Norm.BATCH, dropout=0.5, width=16), (8,), 4)


def backward(network: nn.Module, x: Tensor) -> None:
    torch.autograd.backward(network(x).square().mean())


def test_the_gradient_norm_is_torchs(network: nn.Module) -> None:
    x = torch.randn(32, 8)
    backward(network, x)
    expected = get_total_norm([each.grad for each in network.parameters() if each.grad is not None])
    assert Watch(network, x).measure_gradients() == pytest.approx(expected.item())


def test_the_update_ratio_by_hand() -> None:
    layer = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[3.0, 4.0]]))
    watch = Watch(layer, torch.zeros(1, 2))
    watch.remember_weights()
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[6.0, 8.0]]))
    assert watch.measure_update() == pytest.approx(5 / 10)


def test_weights_that_are_all_zero_have_no_ratio() -> None:
    layer = nn.Linear(2, 1)
    watch = Watch(layer, torch.zeros(1, 2))
    with torch.no_grad():
        layer.weight.zero_(), layer.bias.zero_()
    watch.remember_weights()
    assert watch.measure_update() is None


def test_planted_dead_units_are_found() -> None:
    torch.manual_seed(0)
    network = make_network(Hparams(layers=2, width=8), (4,), 3)
    with torch.no_grad():
        hidden = network.get_submodule("hidden1.linear")
        assert isinstance(hidden.bias, Tensor)
        hidden.bias[:2] = -1e3
        hidden.bias[2:] = 1e3
    found = dead_units(network, torch.randn(16, 4))
    assert found["hidden1.linear"] == pytest.approx(2 / 8)
    assert "output" not in found


def test_a_channel_is_dead_when_its_whole_map_is() -> None:
    torch.manual_seed(0)
    network = make_network(Hparams(model=Model.CNN, layers=1, channels=4), (1, 8, 8), 3)
    with torch.no_grad():
        convolution = network.get_submodule("block1.conv")
        assert isinstance(convolution.bias, Tensor)
        convolution.bias[0] = -1e3
        convolution.bias[1:] = 1e3
    assert dead_units(network, torch.randn(5, 1, 8, 8)) == {"block1.conv": pytest.approx(1 / 4)}


def test_a_network_without_activations_has_no_dead_units() -> None:
    assert dead_units(make_network(Hparams(layers=0), (4,), 3), torch.randn(5, 4)) == {}


def test_measuring_disturbs_nothing(network: nn.Module) -> None:
    x = torch.randn(80, 8)
    backward(network, x)
    random, state = torch.get_rng_state(), {name: each.clone() for name, each in network.state_dict().items()}
    gradients = [each.grad for each in network.parameters()]
    watch = Watch(network, x)
    watch.measure_gradients()
    watch.remember_weights()
    watch.measure_update()
    layers = watch.layers()
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(each, state[name]) for name, each in network.state_dict().items())
    assert all(module.training for module in network.modules())
    assert all(each.grad is kept for each, kept in zip(network.parameters(), gradients, strict=True))
    assert not any(module._forward_hooks for module in network.modules())
    assert list(layers) == ["hidden1.linear", "hidden2.linear", "output"]


def test_gradients_that_are_not_finite_are_named() -> None:
    layer = nn.Linear(2, 1)
    backward(layer, torch.full((3, 2), math.inf))
    watch = Watch(layer, torch.zeros(1, 2))
    assert not math.isfinite(watch.measure_gradients())
    watch.remember_weights()
    watch.measure_update()
    (stats,) = watch.layers().values()
    assert stats.grad_norm in ("nan", "inf") and stats.weight_norm == pytest.approx(layer.weight.norm().item())


def test_layers_of_saturated_and_zero_units() -> None:
    network = make_network(Hparams(activation=Activation.TANH, layers=1, width=4), (4,), 3)
    assert dead_units(network, torch.zeros(2, 4) + 1e-3) == {"hidden1.linear": 0.0}


def test_multiply_adds_counts_a_weight_once_for_each_place() -> None:
    assert multiply_adds(make_network(Hparams(layers=1, width=5), (4,), 3), torch.zeros(1, 4)) == 4 * 5 + 5 * 3
    network = make_network(Hparams(model=Model.CNN, layers=1, channels=2), (1, 8, 8), 3)
    assert multiply_adds(network, torch.zeros(1, 1, 8, 8)) == 64 * 2 * 9 + 2 * 16 * 3


@pytest.mark.parametrize("step_s", [1e-6, 1e-4, 3e-3, 0.1, 10.0])
@pytest.mark.parametrize(("steps_per_epoch", "epochs"), [(1, 1), (1, 2000), (23, 30), (1000, 10)])
def test_a_pace_is_one_that_the_log_can_keep(step_s: float, steps_per_epoch: int, epochs: int) -> None:
    pace = choose_pace(step_s, steps_per_epoch, epochs)
    for every in (pace.gradient_every, pace.ratio_every, pace.layers_every):
        assert every % pace.record_every == 0
    assert 1 <= pace.eval_every <= epochs and epochs // pace.eval_every <= 200
    assert pace.record_every == 1 or steps_per_epoch * epochs // pace.record_every >= 100
    if step_s >= 0.1:
        assert pace.record_every == pace.gradient_every == 1
