"""Networks that read in sequence are torch's, and those of a text see nothing of what is to come."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dltui_trainers.choices import Activation, Init, Model, Norm
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_language_model, make_network

CHARACTERS, CONTEXT = 50, 12
OF_TEXTS = (Model.GRU, Model.TRANSFORMER)


def language_model(model: Model, **rest: object) -> nn.Module:
    torch.manual_seed(0)
    values = {"model": model, "width": 16, "heads": 2, "context": CONTEXT, **rest}
    return make_language_model(Hparams(**values), CHARACTERS)  # type: ignore[arg-type]


def text(n: int, places: int = CONTEXT) -> Tensor:
    return torch.randint(CHARACTERS, (n, places), generator=torch.Generator().manual_seed(1))


def own(network: nn.Module, part: str) -> dict[str, Tensor]:
    return network.get_submodule(part).state_dict()


@pytest.mark.parametrize("shape", [(1, 10), (3, 10), (3, 5, 7)])
def test_a_gru_of_signals_and_rows_is_torchs_in_both_directions(shape: tuple[int, ...]) -> None:
    network = make_network(Hparams(model=Model.GRU, layers=2, width=6), shape, 4)
    places, inputs = shape[1], shape[0] * math.prod(shape[2:])
    reference = nn.GRU(inputs, 6, num_layers=2, batch_first=True, bidirectional=True)
    for number in (0, 1):
        layer = own(network, f"hidden{number + 1}.gru")
        weights = {name.replace("l0", f"l{number}"): each for name, each in layer.items()}
        assert set(weights) <= set(reference.state_dict())
        reference.load_state_dict({**reference.state_dict(), **weights})
    x = torch.randn(5, *shape)
    rows = torch.stack([x[:, :, place].flatten(1) for place in range(places)], dim=1)  # channel by channel
    states, _ = reference(rows)
    expected = F.linear(states.flatten(1), own(network, "output")["weight"], own(network, "output")["bias"])
    assert torch.allclose(network(x), expected, atol=1e-6)


def test_the_gru_of_mnist1d_has_the_size_of_the_papers() -> None:
    network = make_network(Hparams(model=Model.GRU, layers=1, width=6), (1, 40), 10)
    directions, gates = 2, 3
    recurrent = directions * gates * 6 * (1 + 6 + 2)
    assert sum(each.numel() for each in network.parameters()) == recurrent + 2 * 6 * 40 * 10 + 10 == 5134


def test_a_gru_of_a_text_is_torchs_in_one_direction() -> None:
    network = language_model(Model.GRU, layers=1)
    reference = nn.GRU(16, 16, batch_first=True)
    reference.load_state_dict(own(network, "hidden1.gru"))
    x = text(3)
    states, _ = reference(F.embedding(x, own(network, "embedding")["weight"]))
    output = own(network, "output")
    assert torch.allclose(network(x), F.linear(states, output["weight"], output["bias"]), atol=1e-6)


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("activation", Activation)
def test_a_transformer_is_torchs_with_a_causal_mask(activation: Activation, training: bool) -> None:
    network = language_model(Model.TRANSFORMER, layers=2, activation=activation).train(training)
    function = network.get_submodule("hidden1.activation")
    layer = nn.TransformerEncoderLayer(16, 2, 64, dropout=0.0, activation=function, batch_first=True, norm_first=True)
    norm = nn.LayerNorm(16)
    reference = nn.TransformerEncoder(layer, 2, norm=norm, enable_nested_tensor=False).train(training)
    norm.load_state_dict(own(network, "norm"))
    for number, each in enumerate(reference.layers, 1):
        each.load_state_dict(own(network, f"hidden{number}"))
    x = text(3)
    embedding, output = own(network, "embedding"), own(network, "output")
    embedded = F.embedding(x, embedding["characters.weight"]) + embedding["positions.weight"]
    with torch.set_grad_enabled(training):
        mask = nn.Transformer.generate_square_subsequent_mask(CONTEXT)
        expected = F.linear(reference(embedded, mask=mask), output["weight"], output["bias"])
        assert torch.allclose(network(x), expected, atol=1e-5)


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("layers", [0, 1, 3])
@pytest.mark.parametrize("model", OF_TEXTS)
def test_no_output_knows_what_comes_after_it(model: Model, layers: int, training: bool) -> None:
    network = language_model(model, layers=layers, norm=Norm.LAYER, init=Init.XAVIER).train(training)
    with torch.set_grad_enabled(training):
        x = text(2)
        before = network(x)
        for place in range(CONTEXT):
            changed = x.clone()
            changed[:, place] = (changed[:, place] + 1) % CHARACTERS
            differs = (network(changed) != before).any(dim=(0, 2))
            assert not differs[:place].any() and differs[place]
            if layers:  # a network with a memory
                assert differs[place:].all()
            else:
                assert not differs[place + 1 :].any()


@pytest.mark.parametrize("model", OF_TEXTS)
def test_a_text_may_be_shorter_than_the_context(model: Model) -> None:
    network = language_model(model).eval()
    x = text(3)
    assert torch.allclose(network(x[:, :5]), network(x)[:, :5], atol=1e-5)
    assert network(x[:, :1]).shape == (3, 1, CHARACTERS)


@pytest.mark.parametrize("model", OF_TEXTS)
def test_a_bigram_model_has_two_matrices(model: Model) -> None:
    network = language_model(model, layers=0)
    assert [tuple(each.shape) for each in network.parameters()] == [(CHARACTERS, 16), (CHARACTERS, 16), (CHARACTERS,)]


@pytest.mark.parametrize("width", [16, 256])
@pytest.mark.parametrize("layers", [0, 1, 4])
@pytest.mark.parametrize("model", OF_TEXTS)
def test_at_the_start_all_characters_are_about_as_likely(model: Model, layers: int, width: int) -> None:
    network = language_model(model, layers=layers, width=width)
    x = text(64)
    loss = F.cross_entropy(network(x).flatten(0, 1), text(64).roll(1).flatten())
    assert loss.item() == pytest.approx(math.log(CHARACTERS), rel=0.05)


@pytest.mark.parametrize("model", OF_TEXTS)
def test_every_weight_of_a_language_model_has_a_gradient(model: Model) -> None:
    network = language_model(model, layers=2, norm=Norm.LAYER)
    torch.autograd.backward(network(text(4)).square().sum())
    assert all(each.grad is not None and each.grad.any() for each in network.parameters())
