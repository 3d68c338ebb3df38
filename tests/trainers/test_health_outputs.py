"""The outputs of modules are told with the layer that they belong to, whatever the network puts out."""

from collections import OrderedDict
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from dltui_trainers.health.outputs import OutputGauge, some_samples, tensors_in


def linear(inputs: int, outputs: int, bias: Tensor | float = 0.0) -> nn.Linear:
    layer = nn.Linear(inputs, outputs)
    with torch.no_grad():
        layer.bias.copy_(torch.as_tensor(bias))
    return layer


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def test_mean_and_deviation_are_those_of_torch() -> None:
    network, x = nn.Sequential(nn.Linear(4, 8), nn.Sigmoid()), torch.randn(32, 4)
    found = OutputGauge(network).look(x)
    output = network(x)
    assert list(found) == ["0", "1"]
    assert found["1"].mean == pytest.approx(output.mean().item())
    assert found["1"].deviation == pytest.approx(output.std(correction=0).item())


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.ReLU6(), nn.GELU(), nn.SiLU(), nn.Hardswish(), nn.Mish()])
def test_dead_units_stand_at_the_layer_before_the_activation(activation: nn.Module) -> None:
    planted = torch.tensor([-1e3, -1e3] + [3.0] * 6)
    network = nn.Sequential(linear(4, 8, planted), nn.LayerNorm(8, elementwise_affine=False), linear(8, 8, planted))
    network.append(nn.BatchNorm1d(8).eval()).append(activation)
    found = OutputGauge(network).look(torch.randn(32, 4))
    assert found["2"].dead == pytest.approx(2 / 8)
    assert [name for name, each in found.items() if each.dead is not None] == ["2"]


def test_an_activation_that_is_used_twice_tells_of_both_layers() -> None:
    relu = nn.ReLU()
    network = nn.Sequential(linear(4, 8, 9.0), relu, linear(8, 8, -1e3), relu)
    found = OutputGauge(network).look(torch.randn(32, 4))
    assert (found["0"].dead, found["2"].dead) == (0.0, 1.0)


def test_a_leaky_relu_has_no_dead_units() -> None:
    network = nn.Sequential(linear(4, 8, -1e3), nn.LeakyReLU(), linear(8, 8, -1e3), nn.PReLU())
    found = OutputGauge(network).look(torch.randn(32, 4))
    assert (found["0"].dead, found["2"].dead) == (0.0, 0.0)


def test_a_channel_is_dead_when_its_whole_picture_is() -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())
    with torch.no_grad():
        network[0].bias.copy_(torch.tensor([-1e3, 1e3, 1e3, 1e3]))
    assert OutputGauge(network).look(torch.randn(5, 1, 8, 8))["0"].dead == pytest.approx(1 / 4)


@pytest.mark.parametrize("activation", [nn.Sigmoid(), nn.Tanh()])
def test_saturated_units_are_counted(activation: nn.Module) -> None:
    planted = torch.tensor([-50.0, 50.0, 0.0, 0.0])
    network = nn.Sequential(linear(4, 4, planted), activation)
    assert OutputGauge(network).look(0.01 * torch.randn(32, 4))["0"].saturated == pytest.approx(1 / 2)


def test_recurrent_layers_and_attention_tell_their_outputs() -> None:
    network = nn.Module()
    network.gru, network.attention = nn.GRU(4, 8, batch_first=True), nn.MultiheadAttention(8, 2, batch_first=True)
    gauge, x = OutputGauge(network), torch.randn(2, 5, 4)
    gauge.attach()
    states = network.gru(x)[0]
    network.attention(states, states, states)
    gauge.detach()
    found = gauge.read()
    assert list(found) == ["gru", "attention"] and found["gru"].mean == pytest.approx(states.mean().item(), abs=1e-6)


@dataclass
class Answer:
    loss: Tensor | None
    logits: Tensor


def test_the_tensor_of_any_answer_is_found() -> None:
    x = torch.ones(2)
    for answer in (x, (None, x), {"logits": x}, Answer(None, x), OrderedDict(a=[x])):
        assert list(tensors_in(answer)) == [x]
    assert list(tensors_in("no tensor")) == []


def test_in_a_step_validations_are_not_looked_at() -> None:
    network = nn.Sequential(nn.Linear(4, 8), nn.ReLU())
    gauge = OutputGauge(network)
    gauge.attach()
    with torch.no_grad():
        network(torch.full((2, 4), 1e6))
    network(torch.zeros(2, 4))
    gauge.detach()
    assert float(gauge.read()["0"].mean) < 1 and not gauge.attached
    assert gauge.read() == {}


def test_looking_disturbs_nothing() -> None:
    network = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.ReLU()).train()
    network[1].eval()  # as a person freezes the statistics of a network that is tuned further
    x, state = torch.randn(1, 4), {name: each.clone() for name, each in network.state_dict().items()}
    random = torch.get_rng_state()
    OutputGauge(network).look(x)
    assert torch.equal(torch.get_rng_state(), random)
    assert [each.training for each in network] == [True, False, True, True]
    assert all(torch.equal(each, state[name]) for name, each in network.state_dict().items())
    assert not any(each._forward_hooks for each in network.modules())


def test_a_network_that_breaks_is_left_as_it_was() -> None:
    network = nn.Sequential(nn.Linear(4, 8), nn.Linear(3, 3)).train()
    with pytest.raises(RuntimeError):
        OutputGauge(network).look(torch.randn(1, 4))
    assert network.training and not any(each._forward_hooks for each in network.modules())


def test_large_pictures_are_looked_at_in_part() -> None:
    assert len(some_samples(torch.zeros(100, 3))) == 64
    assert len(some_samples(torch.zeros(100, 64, 32, 32))) == 4
    assert len(some_samples(torch.zeros(2, 64, 128, 128))) == 1
    assert some_samples(torch.tensor(1.0)).ndim == 0
