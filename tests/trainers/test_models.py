"""Networks have the shapes and the start that the hyperparameters say."""

import math

import pytest
import torch
from torch import Tensor, nn

from dltui_trainers.hparams import Activation, Hparams, Init, Model, Norm, Pooling
from dltui_trainers.models import Polynomial, make_network, set_dropout


def layers(network: nn.Module, kind: type[nn.Module] | tuple[type[nn.Module], ...]) -> list[nn.Module]:
    return [module for module in network.modules() if isinstance(module, kind)]


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 40), (3, 5, 9), (2, 3)])
@pytest.mark.parametrize("depth", [0, 1, 2, 4])
@pytest.mark.parametrize("model", Model)
@pytest.mark.parametrize("norm", Norm)
def test_any_depth_gives_the_outputs_and_every_weight_a_gradient(
    shape: tuple[int, ...], depth: int, model: Model, norm: Norm
) -> None:
    hparams = Hparams(model=model, layers=depth, width=8, channels=4, norm=norm, activation=Activation.TANH)
    network = make_network(hparams, shape, 10)
    output: Tensor = network(torch.randn(6, *shape))
    assert output.shape == (6, 10)
    torch.autograd.backward(output.square().sum())
    assert all(each.grad is not None for each in network.parameters())


def test_no_hidden_layer_is_a_linear_model() -> None:
    network = make_network(Hparams(layers=0), (1, 8, 8), 10)
    assert [tuple(each.shape) for each in network.parameters()] == [(10, 64), (10,)]


@pytest.mark.parametrize("model", Model)
@pytest.mark.parametrize(("norm", "has_bias"), [(Norm.BATCH, False), (Norm.LAYER, True), (Norm.NONE, True)])
def test_the_bias_before_a_batch_norm_is_dropped(model: Model, norm: Norm, has_bias: bool) -> None:
    network = make_network(Hparams(model=model, norm=norm), (1, 8, 8), 10)
    *hidden, output = layers(network, (nn.Linear, nn.Conv2d))
    assert [each.bias is not None for each in hidden] == [has_bias] * 2
    assert output.bias is not None


def test_channels_double_with_each_pooling_until_the_map_is_small() -> None:
    network = make_network(Hparams(model=Model.CNN, layers=4, channels=4, kernel_size=5), (1, 8, 8), 10)
    convolutions = [each for each in layers(network, nn.Conv2d) if isinstance(each, nn.Conv2d)]
    assert [each.out_channels for each in convolutions] == [4, 8, 16, 16]
    assert len(layers(network, nn.MaxPool2d)) == 2
    signals = make_network(Hparams(model=Model.CNN, layers=2, channels=4, pooling=Pooling.AVG), (1, 40), 10)
    assert len(layers(signals, nn.Conv1d)) == len(layers(signals, nn.AvgPool1d)) == 2
    assert layers(signals, nn.Linear)[0].weight.shape == (10, 8 * 10)


def test_dropout_is_there_when_asked_for() -> None:
    assert layers(make_network(Hparams(), (4,), 2), nn.Dropout) == []
    dropouts = layers(make_network(Hparams(dropout=0.3), (4,), 2), nn.Dropout)
    assert [each.p for each in dropouts] == [0.3, 0.3]


@pytest.mark.parametrize("model", Model)
def test_dropout_can_be_turned_up_later(model: Model) -> None:
    built, turned = (make_network(Hparams(model=model, dropout=p), (1, 8, 8), 2) for p in (0.3, 0.0))
    weights = list(turned.parameters())
    set_dropout(turned, 0.0)
    assert layers(turned, nn.Dropout) == []
    set_dropout(turned, 0.3)
    assert str(turned) == str(built)  # behind the activation, before the pooling
    assert all(one is other for one, other in zip(weights, turned.parameters(), strict=True))
    assert turned.state_dict().keys() == built.state_dict().keys()
    set_dropout(turned, 0.0)
    x = torch.randn(3, 1, 8, 8)
    assert turned.training and torch.equal(turned(x), turned.eval()(x))


def test_zero_init_answers_zero_to_everything() -> None:
    network = make_network(Hparams(init=Init.ZERO), (1, 8, 8), 10)
    assert all(not each.any() for each in network.parameters())
    assert not network(torch.randn(3, 1, 8, 8)).any()


@pytest.mark.parametrize(
    ("init", "deviation"),
    [
        (Init.HE, math.sqrt(2 / 400)),
        (Init.XAVIER, math.sqrt(2) * math.sqrt(2 / 800)),
        (Init.DEFAULT, 1 / math.sqrt(1200)),
    ],
)
def test_the_spread_of_the_weights(init: Init, deviation: float) -> None:
    torch.manual_seed(0)
    network = make_network(Hparams(init=init, layers=1, width=400), (400,), 10)
    weight = next(network.parameters())
    assert weight.std().item() == pytest.approx(deviation, rel=0.02)


def test_orthogonal_rows() -> None:
    torch.manual_seed(0)
    network = make_network(Hparams(init=Init.ORTHOGONAL, layers=1, width=16), (64,), 10)
    weight = next(network.parameters()).detach()
    assert torch.allclose(weight @ weight.T, 2 * torch.eye(16), atol=1e-5)  # relu's gain, squared


def test_the_polynomials_basis_is_chebyshevs() -> None:
    model = Polynomial(3)
    x = torch.linspace(-1, 1, 7).reshape(-1, 1)
    assert not model(x).any()
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0], [2.0], [3.0], [4.0]]))
        expected = 1 + 2 * x + 3 * (2 * x**2 - 1) + 4 * (4 * x**3 - 3 * x)
        assert torch.allclose(model(x), expected, atol=1e-4)
