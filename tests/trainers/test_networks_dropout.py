"""Each knob of dropout drops where it says, in every network, also when it is turned late; in evaluation none does."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from dltui_trainers.choices import Model, Norm
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_language_model, make_network, set_dropout
from dltui_trainers.networks.transformer import Layer

CHARACTERS, PLACES = 50, 16
BUILT = {
    "mlp": Hparams(model=Model.MLP, width=400),
    "mlp, batch norm": Hparams(model=Model.MLP, width=400, norm=Norm.BATCH),
    "cnn": Hparams(model=Model.CNN, channels=8),
    "cnn of small maps": Hparams(model=Model.CNN, channels=8, kernel_size=1),
    "gru": Hparams(model=Model.GRU, width=16),
    "gru, layer norm": Hparams(model=Model.GRU, width=16, norm=Norm.LAYER),
    "gru of a text": Hparams(model=Model.GRU, width=32, context=PLACES),
    "transformer": Hparams(model=Model.TRANSFORMER, width=32, heads=2, context=PLACES),
}
TEXTS = ("gru of a text", "transformer")
UNITS = {"mlp": "activation", "cnn": "activation", "gru": "states", "gru, layer norm": "norm"}
"""What the dropout of a hidden layer stands behind."""
KNOBS: dict[str, dict[str, object]] = {
    "dropout": {"dropout": 0.3},
    "layer_dropout": {"layer_dropout": (0.2, 0.6), "dropout": 0.9},
    "layer_dropout of one": {"layer_dropout": (0.0, 0.5)},
    "input_dropout": {"input_dropout": 0.2},
    "all": {"layer_dropout": (0.4, 0.1), "input_dropout": 0.5},
}
PARTS = (nn.Linear, nn.Conv2d, nn.GRU, nn.MultiheadAttention)
"""What a hidden layer is known by."""
Dropped = dict[str, float]


def build(name: str, **knobs: object) -> nn.Module:
    torch.manual_seed(0)
    hparams = replace(BUILT[name], **knobs)  # type: ignore[arg-type]
    if name in TEXTS:
        return make_language_model(hparams, CHARACTERS)
    return make_network(hparams, (1, 3, 3) if "small" in name else (2, 8, 8), 10)


def samples(name: str) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    if name in TEXTS:
        return torch.randint(CHARACTERS, (64, PLACES), generator=generator)
    return torch.randn(64, *((1, 3, 3) if "small" in name else (2, 8, 8)), generator=generator)


def expected(knobs: dict[str, object]) -> tuple[float, tuple[float, float]]:
    """What is dropped of the inputs, and of each hidden layer."""
    share = knobs.get("dropout", 0.0)
    return knobs.get("input_dropout", 0.0), knobs.get("layer_dropout", (share, share))  # type: ignore[return-value]


def dropouts(network: nn.Module) -> Dropped:
    return {name: each.p for name, each in network.named_modules() if isinstance(each, nn.Dropout)}


def output(network: nn.Module, x: Tensor, seed: int = 2) -> Tensor:
    torch.manual_seed(seed)
    found: Tensor = network(x)
    return found.detach()


@pytest.mark.parametrize("name", BUILT)
def test_with_every_knob_off_nothing_is_dropped_and_nothing_is_called(name: str) -> None:
    network, x = build(name), samples(name)
    if name != "transformer":  # whose layers are torch's, as they are
        assert dropouts(network) == {}
    assert not any(dropouts(network).values())
    random = torch.get_rng_state()
    first, second = network(x), network(x)
    assert torch.equal(first, second) and torch.equal(random, torch.get_rng_state())


@pytest.mark.parametrize("knobs", KNOBS.values(), ids=KNOBS)
@pytest.mark.parametrize("name", BUILT)
def test_each_value_lands_in_its_layer(name: str, knobs: dict[str, object]) -> None:
    network = build(name, **knobs)
    inputs, hidden = expected(knobs)
    layers = [each for each in network.children() if any(isinstance(part, PARTS) for part in each.children())]
    assert len(layers) == 2
    for layer, share in zip(layers, hidden, strict=True):
        if isinstance(layer, Layer):
            assert set(dropouts(layer).values()) == {share} and layer.self_attn.dropout == share
        else:
            assert dropouts(layer) == ({"dropout": share} if share else {})
    own = {name: each.p for name, each in network.named_children() if isinstance(each, nn.Dropout)}
    assert own == ({"input_dropout": inputs} if inputs else {})


@pytest.mark.parametrize("name", UNITS)
def test_units_are_dropped_behind_the_activation_and_before_the_pooling(name: str) -> None:
    network = build(name, dropout=0.5)
    for layer in [each for each in network.children() if hasattr(each, "dropout")]:
        parts = [part for part, _ in layer.named_children()]
        assert parts.index("dropout") == parts.index(UNITS[name]) + 1
        assert parts[parts.index("dropout") + 1 :] == (["pool"] if name == "cnn" else [])


@pytest.mark.parametrize("knobs", KNOBS.values(), ids=KNOBS)
@pytest.mark.parametrize("name", BUILT)
def test_that_share_is_dropped_and_the_rest_scaled_up(name: str, knobs: dict[str, object]) -> None:
    network, x = build(name, **knobs), samples(name)
    seen: list[float] = []

    def check(module: nn.Module, inputs: tuple[Tensor, ...], after: Tensor) -> None:
        assert isinstance(module, nn.Dropout)
        before = inputs[0].detach()
        there = before != 0
        kept = there & (after != 0)
        assert torch.allclose(after[kept], before[kept] / (1 - module.p), rtol=1e-5)
        assert 1 - kept.sum() / there.sum() == pytest.approx(module.p, abs=0.05)
        seen.append(module.p)

    for each in network.modules():
        if isinstance(each, nn.Dropout):
            each.register_forward_hook(check)
    first, second = output(network, x, 2), output(network, x, 3)
    assert len(seen) == 2 * len(dropouts(network)) > 0
    assert not torch.equal(first, second)


@pytest.mark.parametrize("name", BUILT)
def test_the_inputs_that_are_dropped_are_those_of_the_first_layer(name: str) -> None:
    network, x = build(name, input_dropout=0.5), samples(name)
    seen: list[Tensor] = []
    network.get_submodule("input_dropout").register_forward_hook(lambda module, inputs, after: seen.append(inputs[0]))
    output(network, x)
    assert torch.equal(seen[0], network.get_submodule("embedding")(x) if name in TEXTS else x)


def test_attention_drops_its_weights() -> None:
    network, x = build("transformer"), samples("transformer")
    whole = output(network, x)
    for layer in network.children():
        if isinstance(layer, Layer):
            layer.drop(0.5)
            for each in (layer.dropout, layer.dropout1, layer.dropout2):
                each.p = 0.0
    first, second = output(network, x, 2), output(network, x, 3)
    assert not torch.equal(first, second)
    assert torch.allclose(output(network.eval(), x), whole, atol=1e-5)


@pytest.mark.parametrize("knobs", KNOBS.values(), ids=KNOBS)
@pytest.mark.parametrize("name", BUILT)
def test_in_evaluation_nothing_is_dropped(name: str, knobs: dict[str, object]) -> None:
    network, plain, x = build(name, **knobs).eval(), build(name).eval(), samples(name)
    assert torch.equal(output(network, x), output(plain, x))
    with torch.no_grad():  # which takes another way through torch's transformer
        assert torch.equal(network(x), plain(x))


@pytest.mark.parametrize("knobs", KNOBS.values(), ids=KNOBS)
@pytest.mark.parametrize("name", BUILT)
def test_a_knob_can_be_turned_later_and_back(name: str, knobs: dict[str, object]) -> None:
    built, turned, plain, x = build(name, **knobs), build(name), build(name), samples(name)
    weights = list(turned.parameters())
    set_dropout(turned, replace(BUILT[name], **knobs))  # type: ignore[arg-type]
    assert str(turned) == str(built)
    assert all(one is other for one, other in zip(weights, turned.parameters(), strict=True))
    assert list(turned.state_dict()) == list(built.state_dict()) == list(plain.state_dict())
    assert torch.equal(output(turned, x), output(built, x))
    set_dropout(turned, BUILT[name])
    assert not any(dropouts(turned).values())
    assert turned.training and torch.equal(output(turned, x), output(plain, x))
    random = torch.get_rng_state()
    turned(x)
    assert torch.equal(random, torch.get_rng_state())


@pytest.mark.parametrize("name", BUILT)
def test_dropout_holds_again_when_the_layers_have_none_of_their_own(name: str) -> None:
    network = build(name, layer_dropout=(0.2, 0.4), dropout=0.1)
    set_dropout(network, replace(BUILT[name], dropout=0.1))
    assert set(dropouts(network).values()) == {0.1}


@pytest.mark.parametrize("layers", [0, 1])
@pytest.mark.parametrize("name", ["mlp", "cnn", "gru", "gru of a text", "transformer"])
def test_any_depth(name: str, layers: int) -> None:
    network = build(name, layers=layers, dropout=0.5, input_dropout=0.2)
    assert dropouts(network)["input_dropout"] == 0.2
    assert (0.5 in dropouts(network).values()) is (layers > 0)
