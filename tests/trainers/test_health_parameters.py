"""The gauge of the parameters tells what torch would, of any network that it is given, and changes nothing."""

import math

import pytest
import torch
from torch import Tensor, nn

from dltui_trainers.health import parameters
from dltui_trainers.health.parameters import BINS, MOST_VALUES, ParameterGauge, evenly
from dltui_trainers.runlog import ParameterStats


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))


def measured(network: nn.Module, loss: Tensor, lr: float = 0.1) -> dict[str, ParameterStats]:
    """Return what is told of a step of SGD."""
    gauge = ParameterGauge(network)
    torch.autograd.backward(loss)
    gauge.before_update()
    torch.optim.SGD(network.parameters(), lr=lr).step()
    return gauge.after_update()


def test_norms_are_those_of_torch(network: nn.Module) -> None:
    found = measured(network, network(torch.randn(32, 8)).square().mean(), lr=0.1)
    assert list(found) == [name for name, _ in network.named_parameters()]
    for name, each in network.named_parameters():
        assert each.grad is not None
        stats = found[name]
        assert stats.norm == pytest.approx(each.norm().item(), rel=1e-6)
        assert stats.grad_norm == pytest.approx(each.grad.norm().item(), rel=1e-5)
        assert stats.update_norm == pytest.approx(0.1 * each.grad.norm().item(), rel=1e-4)
        assert (stats.low, stats.high) == pytest.approx((each.min().item(), each.max().item()), rel=1e-6)
        counts = torch.histc(each.detach(), BINS, each.min().item(), each.max().item()).int().tolist()
        assert sum(stats.histogram) == each.numel()
        assert sum(abs(ours - theirs) for ours, theirs in zip(stats.histogram, counts, strict=True)) <= 2


def test_a_gradient_that_is_missing_is_not_one_of_zero(network: nn.Module) -> None:
    network[2].weight.requires_grad_(False)
    network[0].bias.requires_grad_(False)
    found = measured(network, (network(torch.randn(4, 8)) * 0).sum())
    assert found["0.weight"].grad_norm == 0.0 and found["0.weight"].grad_histogram == [128] + [0] * (BINS - 1)
    assert found["2.weight"].grad_norm is None and found["2.weight"].grad_histogram == []
    assert found["0.bias"].norm and found["0.bias"].update_norm == 0.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_weights_that_are_not_finite_have_no_histogram(network: nn.Module, value: float) -> None:
    gauge = ParameterGauge(network)
    with torch.no_grad():
        network[0].weight[0, 0] = value
    gauge.before_update()
    stats = gauge.after_update()["0.weight"]
    assert stats.norm in ("nan", "inf") and stats.histogram == []
    assert not math.isfinite(float(stats.low or 0)) or not math.isfinite(float(stats.high or 0))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_numbers_of_any_size_are_measured(dtype: torch.dtype) -> None:
    layer = nn.Linear(64, 64).to(dtype)
    with torch.no_grad():
        layer.weight.fill_(1000.0)  # whose norm a float16 cannot hold
    gauge = ParameterGauge(layer)
    gauge.before_update()
    stats = gauge.after_update()["weight"]
    assert stats.norm == pytest.approx(64_000, rel=1e-3) and sum(stats.histogram) == 64 * 64


def test_what_has_no_real_numbers_here_is_left_out() -> None:
    network = nn.Module()
    network.lazy = nn.LazyLinear(3)
    network.empty = nn.Parameter(torch.empty(0))
    network.complex = nn.Parameter(torch.ones(2, dtype=torch.complex64))
    network.meta = nn.Parameter(torch.empty(2, device="meta"))
    network.whole = nn.Parameter(torch.ones(2, dtype=torch.int8), requires_grad=False)
    network.plain = nn.Parameter(torch.ones(2))
    gauge = ParameterGauge(network)
    gauge.before_update()
    assert list(gauge.after_update()) == ["plain"]


def test_tied_weights_are_told_once() -> None:
    network = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5, bias=False))
    network[1].weight = network[0].weight
    gauge = ParameterGauge([*network.named_parameters(remove_duplicate=False)])
    gauge.before_update()
    assert list(gauge.after_update()) == ["0.weight"]


def test_a_sparse_gradient_has_its_norm() -> None:
    network = nn.Embedding(10, 4, sparse=True)
    torch.autograd.backward(network(torch.tensor([1, 1, 7])).sum())
    gauge = ParameterGauge(network)
    gauge.before_update()
    stats = gauge.after_update()["weight"]
    assert stats.grad_norm == pytest.approx(math.sqrt(4 * 4 + 4)) and stats.grad_low is None


def test_a_wrapper_leaves_the_names_as_they_are(network: nn.Module) -> None:
    wrapped = nn.DataParallel(torch.compile(network, backend="eager"))
    gauge = ParameterGauge(wrapped)
    gauge.before_update()
    assert list(gauge.after_update()) == [name for name, _ in network.named_parameters()]


@pytest.mark.parametrize("shape", [(3,), (4096, 512), (17, 65536), (257, 509, 3)])
def test_values_are_taken_evenly_from_all_columns(shape: tuple[int, ...]) -> None:
    tensor = torch.arange(math.prod(shape)).reshape(shape)
    found = evenly(tensor)
    assert min(MOST_VALUES, tensor.numel()) // 2 <= len(found) <= MOST_VALUES
    columns = torch.unique(found % shape[-1])
    assert len(columns) >= min(shape[-1], len(found) // 2)


def test_of_a_large_network_the_update_is_told_from_some_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr(parameters, "MOST_REMEMBERED", 10**5)
    layer = nn.Linear(1000, 1000)
    gauge = ParameterGauge(layer)
    gauge.before_update()
    update = torch.randn(1000, 1000)
    with torch.no_grad():
        layer.weight += update
    assert gauge.after_update()["weight"].update_norm == pytest.approx(update.norm().item(), rel=0.02)


def test_measuring_disturbs_nothing(network: nn.Module) -> None:
    torch.autograd.backward(network(torch.randn(4, 8)).sum())
    random, state = torch.get_rng_state(), {name: each.clone() for name, each in network.state_dict().items()}
    gradients = [each.grad.clone() for each in network.parameters() if each.grad is not None]
    gauge = ParameterGauge(network)
    gauge.before_update()
    gauge.after_update()
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(each, state[name]) for name, each in network.state_dict().items())
    assert all(torch.equal(each.grad, kept) for each, kept in zip(network.parameters(), gradients, strict=True))
