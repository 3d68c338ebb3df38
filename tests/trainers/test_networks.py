"""Networks have the layers and the start that the hyperparameters say."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dltui_trainers.choices import Activation, Model, Norm, Pooling
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import Polynomial, make_network
from dltui_trainers.networks.activations import make_activation

OF_GRIDS = (Model.MLP, Model.CNN, Model.GRU)
IMAGE = (2, 8, 9)


def layers(network: nn.Module, kind: type[nn.Module] | tuple[type[nn.Module], ...]) -> list[nn.Module]:
    return [module for module in network.modules() if isinstance(module, kind)]


def output_of(network: nn.Module, part: str, x: Tensor) -> tuple[Tensor, Tensor]:
    """What goes into a part of the network, and what comes out."""
    seen: list[tuple[Tensor, Tensor]] = []
    module = network.get_submodule(part)
    with module.register_forward_hook(lambda module, inputs, output: seen.append((inputs[0], output))):
        network(x)
    ((before, after),) = seen
    return before.detach(), after.detach()


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 40), (3, 5, 9), (2, 3), (3, 1, 1)])
@pytest.mark.parametrize("depth", [0, 1, 2, 4])
@pytest.mark.parametrize("model", OF_GRIDS)
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


@pytest.mark.parametrize("model", OF_GRIDS)
def test_no_hidden_layer_is_a_linear_model(model: Model) -> None:
    network = make_network(Hparams(model=model, layers=0), IMAGE, 10)
    assert [tuple(each.shape) for each in network.parameters()] == [(10, 144), (10,)]
    x = torch.randn(3, *IMAGE)
    weight, bias = network.parameters()
    assert torch.equal(network(x), F.linear(x.flatten(1), weight, bias))


def test_an_mlp_is_made_of_torchs_layers_in_their_order() -> None:
    torch.manual_seed(5)
    network = make_network(Hparams(layers=2, width=6, activation=Activation.GELU), IMAGE, 3)
    torch.manual_seed(5)
    first, second, output = nn.Linear(144, 6), nn.Linear(6, 6), nn.Linear(6, 3)
    expected = nn.Sequential(nn.Flatten(), first, nn.GELU(), second, nn.GELU(), output)
    x = torch.randn(4, *IMAGE)
    assert torch.equal(network(x), expected(x))
    names = [
        f"{layer}.{kind}" for layer in ("hidden1.linear", "hidden2.linear", "output") for kind in ("weight", "bias")
    ]
    assert list(network.state_dict()) == names


@pytest.mark.parametrize("pooling", Pooling)
@pytest.mark.parametrize("shape", [IMAGE, (2, 40)])
def test_a_cnn_is_made_of_torchs_layers_in_their_order(pooling: Pooling, shape: tuple[int, ...]) -> None:
    flat = len(shape) == 2
    convolution = F.conv1d if flat else F.conv2d
    pool = {
        (Pooling.MAX, True): F.max_pool1d,
        (Pooling.MAX, False): F.max_pool2d,
        (Pooling.AVG, True): F.avg_pool1d,
        (Pooling.AVG, False): F.avg_pool2d,
    }[pooling, flat]
    hparams = Hparams(model=Model.CNN, layers=2, channels=3, kernel_size=5, pooling=pooling)
    network = make_network(hparams, shape, 10)
    weights = dict(network.named_parameters())
    x = kept = torch.randn(4, *shape)
    for block in ("block1.conv", "block2.conv"):
        x = convolution(x, weights[f"{block}.weight"], weights[f"{block}.bias"], padding=2)
        x = pool(F.relu(x), 2)
    expected = F.linear(x.flatten(1), weights["output.weight"], weights["output.bias"])
    assert torch.equal(network(kept), expected)


@pytest.mark.parametrize("model", [Model.MLP, Model.CNN])
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


@pytest.mark.parametrize(("model", "part"), [(Model.MLP, "hidden1.norm"), (Model.CNN, "block1.norm")])
@pytest.mark.parametrize("shape", [IMAGE, (2, 40)])
def test_a_batch_norm_is_that_over_samples_and_places(model: Model, part: str, shape: tuple[int, ...]) -> None:
    network = make_network(Hparams(model=model, norm=Norm.BATCH, channels=4), shape, 3)
    x = 3 * torch.randn(32, *shape) + 1
    before, after = output_of(network, part, x)
    assert torch.allclose(after, F.batch_norm(before, None, None, training=True), atol=1e-5)
    units = after.transpose(0, 1).flatten(1)
    assert torch.allclose(units.mean(1), torch.zeros(len(units)), atol=1e-4)
    assert torch.allclose(units.var(1, correction=0), torch.ones(len(units)), atol=1e-2)
    network.eval()
    before, after = output_of(network, part, x)
    norm = network.get_submodule(part)
    assert isinstance(norm, (nn.BatchNorm1d, nn.BatchNorm2d)) and norm.running_mean is not None
    assert torch.allclose(after, F.batch_norm(before, norm.running_mean, norm.running_var), atol=1e-5)


@pytest.mark.parametrize(
    ("model", "part"), [(Model.MLP, "hidden1.norm"), (Model.CNN, "block1.norm"), (Model.GRU, "hidden1.norm")]
)
@pytest.mark.parametrize("shape", [IMAGE, (2, 40)])
def test_a_layer_norm_is_that_of_each_sample_by_itself(model: Model, part: str, shape: tuple[int, ...]) -> None:
    network = make_network(Hparams(model=model, norm=Norm.LAYER, channels=4, width=5), shape, 3)
    x = 3 * torch.randn(8, *shape) + 1
    before, after = output_of(network, part, x)
    own = before.shape[1:] if model is not Model.GRU else before.shape[2:]  # of a GRU also each place
    assert torch.allclose(after, F.layer_norm(before, own), atol=1e-5)
    assert torch.allclose(after[:1], output_of(network, part, x[:1])[1], atol=1e-5)


FUNCTIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    Activation.RELU: F.relu,
    Activation.LEAKY_RELU: F.leaky_relu,
    Activation.GELU: F.gelu,
    Activation.SIGMOID: torch.sigmoid,
    Activation.TANH: torch.tanh,
}


@pytest.mark.parametrize("activation", Activation)
def test_an_activation_is_torchs(activation: Activation) -> None:
    x = torch.linspace(-6, 6, 101)
    assert torch.equal(make_activation(activation)(x), FUNCTIONS[activation](x))
    for model, part in ((Model.MLP, "hidden1.activation"), (Model.CNN, "block1.activation")):
        network = make_network(Hparams(model=model, activation=activation), IMAGE, 3)
        before, after = output_of(network, part, torch.randn(3, *IMAGE))
        assert torch.equal(after, FUNCTIONS[activation](before))


def test_the_polynomials_basis_is_chebyshevs() -> None:
    model = Polynomial(3)
    x = torch.linspace(-1, 1, 7).reshape(-1, 1)
    assert not model(x).any()
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0], [2.0], [3.0], [4.0]]))
        expected = 1 + 2 * x + 3 * (2 * x**2 - 1) + 4 * (4 * x**3 - 3 * x)
        assert torch.allclose(model(x), expected, atol=1e-4)
    assert math.isclose(float(model(x[-1:]).detach()), 10.0, abs_tol=1e-4)
