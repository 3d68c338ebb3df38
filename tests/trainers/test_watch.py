"""The gauges measure what they say and change nothing."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import get_total_norm

from dltui_trainers.choices import Activation, Model, Norm
from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_language_model, make_network
from dltui_trainers.pace import choose_pace, estimate_step_s, multiply_adds
from dltui_trainers.watch import Watch, dead_units


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    return make_network(Hparams(norm=Norm.BATCH, dropout=0.5, width=16), (8,), 4)


def backward(network: nn.Module, x: Tensor) -> None:
    torch.autograd.backward(network(x).square().mean())


def measured(network: nn.Module, x: Tensor) -> Watch:
    """Return the gauges after a step."""
    backward(network, x)
    watch = Watch(network, x)
    watch.measure_gradients()
    watch.remember_weights()
    watch.measure_update()
    return watch


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


def transformer(**rest: object) -> nn.Module:
    torch.manual_seed(0)
    values = {"model": Model.TRANSFORMER, "layers": 2, "width": 8, "heads": 2, "context": 16, **rest}
    return make_language_model(Hparams(**values), 30)  # type: ignore[arg-type]


@pytest.mark.parametrize("places", [16, 5])
def test_a_unit_of_a_sequence_is_dead_when_it_is_so_at_every_place(places: int) -> None:
    network, x = transformer(), torch.randint(30, (4, places))
    with torch.no_grad():
        linear = network.get_submodule("hidden2.linear1")
        assert isinstance(linear.bias, Tensor)
        linear.bias[:8] = -1e3
        linear.bias[8:] = 1e3
    before = network(x)
    found = dead_units(network, x)
    assert list(found) == ["hidden1.linear1", "hidden2.linear1"]
    assert found["hidden2.linear1"] == pytest.approx(8 / 32)
    assert found["hidden1.linear1"] == 0.0
    assert torch.equal(network(x), before)


@pytest.mark.parametrize("training", [True, False])
def test_the_units_of_a_transformer_are_seen_in_either_mode(training: bool) -> None:
    network = transformer().train(training)  # in evaluation torch takes a fast way past the activations
    assert len(dead_units(network, torch.randint(30, (4, 16)))) == 2


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


NAMES = {
    Model.GRU: [
        "embedding",
        "hidden1.gru.input",
        "hidden1.gru.recurrent",
        "output",
    ],
    Model.TRANSFORMER: [
        "embedding.characters",
        "embedding.positions",
        "hidden1.self_attn.in_proj",
        "hidden1.self_attn.out_proj",
        "hidden1.linear1",
        "hidden1.linear2",
        "output",
    ],
}


@pytest.mark.parametrize("model", NAMES)
def test_every_matrix_of_a_language_model_is_named_and_measured(model: Model) -> None:
    network, x = transformer(model=model, layers=1), torch.randint(30, (90, 16))
    found = measured(network, x).layers()
    assert list(found) == NAMES[model]
    assert all(each.grad_norm and each.weight_norm for each in found.values())
    norms = {name: each.norm().item() for name, each in network.named_parameters() if each.ndim > 1}
    assert [each.weight_norm for each in found.values()] == pytest.approx(list(norms.values()))


def test_the_directions_of_a_gru_are_told_apart() -> None:
    network, x = make_network(Hparams(model=Model.GRU, layers=1, width=4), (1, 8, 8), 3), torch.randn(2, 1, 8, 8)
    gru = ["hidden1.gru.input", "hidden1.gru.recurrent", "hidden1.gru.input.reverse", "hidden1.gru.recurrent.reverse"]
    assert list(measured(network, x).layers()) == [*gru, "output"]


@pytest.mark.parametrize(("places", "samples"), [(8, 64), (16, 32), (512, 1), (1000, 1)])
def test_of_a_text_as_much_is_looked_at_as_costs_little(places: int, samples: int) -> None:
    network, seen = transformer(context=places, layers=1), list[int]()
    watch = measured(network, torch.randint(30, (64, places)))
    network.register_forward_hook(lambda module, inputs, output: seen.append(len(output)))
    watch.layers()
    assert seen == [samples]


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


def test_multiply_adds_of_sequences() -> None:
    gru = make_network(Hparams(model=Model.GRU, layers=1, width=5), (2, 7), 3)
    gates = 3 * (5 * 2 + 5 * 5)
    assert multiply_adds(gru, torch.zeros(1, 2, 7)) == 7 * 2 * gates + 7 * 10 * 3
    x = torch.zeros(1, 16, dtype=torch.int64)
    attention = 16 * 8 * 8 * 4 + 2 * 16 * 16 * 8
    assert multiply_adds(transformer(layers=1), x) == attention + 2 * 16 * 8 * 32 + 16 * 8 * 30
    assert multiply_adds(transformer(model=Model.GRU, layers=1), x) == 16 * 3 * 2 * 8 * 8 + 16 * 8 * 30


def test_a_gru_takes_its_time_from_place_to_place() -> None:
    gru = make_network(Hparams(model=Model.GRU, layers=1, width=6), (1, 40), 10)
    mlp = make_network(Hparams(layers=1, width=6), (1, 40), 10)
    long, short = (estimate_step_s(each, torch.zeros(1, 1, 40), 64) for each in (gru, mlp))
    assert long - short > 40 * 2 * 50e-6


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


@pytest.mark.parametrize(("steps_per_epoch", "epochs"), [(1, 2000), (23, 30), (1000, 10)])
def test_the_pace_is_that_of_the_steps_there_are(steps_per_epoch: int, epochs: int) -> None:
    pace = choose_pace(1e-4, steps_per_epoch, epochs, max_steps=100)
    assert (pace.record_every, pace.eval_every) == (1, 1) and pace.layers_every <= 25
    assert choose_pace(1e-4, steps_per_epoch, epochs, max_steps=10**6) == choose_pace(1e-4, steps_per_epoch, epochs)
