"""How the weights start: the spread, the right angles or the zeros that a scheme promises, in every network."""

import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from dltui_trainers.choices import Activation, Init, Model
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_language_model, make_network
from dltui_trainers.networks.activations import gain_of

CHARACTERS = 200
GAIN = math.sqrt(2)
MODELS = ("mlp", "cnn", "gru", "gru of a text", "transformer")


def build(name: str, init: Init, activation: Activation = Activation.RELU) -> nn.Module:
    torch.manual_seed(0)
    model = Model(name.removesuffix(" of a text"))
    hparams = Hparams(
        model=model, init=init, layers=2, width=96, channels=40, kernel_size=5, context=8, activation=activation
    )
    if model is Model.TRANSFORMER or "text" in name:
        return make_language_model(hparams, CHARACTERS)
    return make_network(hparams, (4, 12, 12), 100)


def matrices(network: nn.Module) -> Iterator[tuple[Tensor, float]]:
    """Each matrix of the network by itself, and the gain that is due to it."""
    gated = any(isinstance(each, (nn.GRU, nn.MultiheadAttention)) for each in network.modules())
    for name, each in network.named_parameters():
        if each.ndim < 2 or "embedding" in name:
            continue
        if "gru" in name or "in_proj" in name:
            yield from ((matrix, 1.0) for matrix in each.detach().chunk(3))
        else:
            yield each.detach(), GAIN if not gated or "linear1" in name else 1.0


@pytest.mark.parametrize("name", MODELS)
def test_he_keeps_the_variance_by_the_inputs_of_a_unit(name: str) -> None:
    for matrix, gain in matrices(build(name, Init.HE)):
        assert matrix.std().item() == pytest.approx(gain / math.sqrt(matrix[0].numel()), rel=0.06)
        assert matrix.mean().item() == pytest.approx(0, abs=5 * gain / math.sqrt(matrix[0].numel() * matrix.numel()))


@pytest.mark.parametrize("name", MODELS)
def test_xavier_keeps_it_by_inputs_and_outputs(name: str) -> None:
    for matrix, gain in matrices(build(name, Init.XAVIER)):
        fans = sum(nn.init._calculate_fan_in_and_fan_out(matrix))
        assert matrix.std().item() == pytest.approx(gain * math.sqrt(2 / fans), rel=0.06)
        assert matrix.abs().max().item() <= gain * math.sqrt(6 / fans) * (1 + 1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_orthogonal_rows_or_columns(name: str) -> None:
    for matrix, gain in matrices(build(name, Init.ORTHOGONAL)):
        flat = matrix.flatten(1)
        product = flat @ flat.T if flat.shape[0] <= flat.shape[1] else flat.T @ flat
        assert torch.allclose(product, gain**2 * torch.eye(len(product)), atol=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_zero_answers_zero_to_everything(name: str) -> None:
    network = build(name, Init.ZERO)
    assert all(not matrix.any() for matrix, _ in matrices(network))
    x = torch.randint(CHARACTERS, (3, 8)) if "text" in name or name == "transformer" else torch.randn(3, 4, 12, 12)
    assert not network(x).any()


@pytest.mark.parametrize("init", [each for each in Init if each is not Init.DEFAULT])
@pytest.mark.parametrize("name", MODELS)
def test_all_schemes_start_the_biases_at_zero_and_leave_the_norms_alone(name: str, init: Init) -> None:
    for parameter, each in build(name, init).named_parameters():
        if each.ndim == 1:
            scales = "norm" in parameter and "weight" in parameter
            assert torch.equal(each, torch.ones_like(each) if scales else 0 * each)


@pytest.mark.parametrize("activation", Activation)
@pytest.mark.parametrize(("name", "part"), [("mlp", "hidden1.linear"), ("transformer", "hidden1.linear1")])
def test_the_gain_is_that_of_the_activation(name: str, part: str, activation: Activation) -> None:
    weight = build(name, Init.ORTHOGONAL, activation).get_submodule(part).get_parameter("weight")
    rows = (
        weight.detach() @ weight.detach().T if len(weight) <= weight.shape[1] else weight.detach().T @ weight.detach()
    )
    assert torch.allclose(rows.diagonal(), torch.full((len(rows),), gain_of(activation) ** 2), atol=1e-3)


@pytest.mark.parametrize("activation", Activation)
def test_the_activation_changes_nothing_in_a_gru(activation: Activation) -> None:
    for name in ("gru", "gru of a text"):
        pairs = zip(build(name, Init.HE, activation).parameters(), build(name, Init.HE).parameters(), strict=True)
        assert all(torch.equal(one, other) for one, other in pairs)


def test_the_default_is_torchs() -> None:
    torch.manual_seed(0)
    network = make_network(Hparams(layers=1, width=400), (400,), 10)
    assert next(network.parameters()).std().item() == pytest.approx(1 / math.sqrt(1200), rel=0.02)
    network = build("gru", Init.DEFAULT)
    torch.manual_seed(0)
    expected = nn.GRU(48, 96, batch_first=True, bidirectional=True)
    weights = network.get_submodule("hidden1.gru").state_dict()
    assert all(torch.equal(each, weights[name]) for name, each in expected.state_dict().items())


def test_a_transformer_starts_as_gpt2() -> None:
    network = build("transformer", Init.DEFAULT)
    for name, each in network.named_parameters():
        if each.ndim > 1:
            summed = name.endswith(("out_proj.weight", "linear2.weight"))
            assert each.std().item() == pytest.approx(0.02 / (2 if summed else 1), rel=0.06)
        elif "norm" not in name:
            assert not each.any()
