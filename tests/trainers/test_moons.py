"""The moons: their geometry, and the fits that they are there to show."""

import math

import pytest
import torch

from dltui_trainers.hparams import Hparams
from dltui_trainers.networks import make_network
from dltui_trainers.tasks import moons


def test_without_noise_the_points_stand_on_two_half_circles() -> None:
    x, y = moons._points(400, 0.0)
    outer, inner = x[y == 0], torch.tensor([1, 0.5]) - x[y == 1]
    for moon in (outer, inner):
        assert torch.allclose(moon.norm(dim=1), torch.ones(200))
        assert moon[:, 1].min() > -1e-6
        angles = torch.atan2(moon[:, 1].clamp(min=0), moon[:, 0]).sort().values
        assert torch.allclose(angles, torch.linspace(0, math.pi, 200), atol=1e-3)


def test_noise_is_scaled_not_redrawn() -> None:
    plain, some, more = (moons._points(2000, noise)[0] for noise in (0.0, 0.1, 0.3))
    assert torch.allclose(more - plain, 3 * (some - plain), atol=1e-5)
    assert (more - plain).std().item() == pytest.approx(0.3, abs=0.01)


def test_both_sets_are_even_scaled_and_apart() -> None:
    data = moons.load(Hparams(noise=0.0))
    assert data.class_counts() == [500, 500] and data.val_y.bincount().tolist() == [500, 500]
    assert torch.allclose(data.train_x.mean(0), torch.zeros(2), atol=1e-5)
    assert torch.allclose(data.train_x.std(0), torch.ones(2), atol=1e-5)
    train = {tuple(point) for point in data.train_x.tolist()}
    assert len(train) == 1000 and not any(tuple(point) in train for point in data.val_x.tolist())
    assert moons.load(Hparams(train_size=10)).class_counts() == [5, 5]


def fitted(steps: int, *, noise: float = 0.2, label_noise: float = 0.0, **settings: int) -> tuple[float, float, float]:
    """Train on the whole set at once; return the training loss, the validation loss and the validation accuracy."""
    torch.set_num_threads(1)  # two on a busy machine wait for each other
    hparams = Hparams(noise=noise, label_noise=label_noise, **settings)
    torch.manual_seed(0)
    data = moons.load(hparams)
    network = make_network(hparams, data.input_shape, 2)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.03)
    for _ in range(steps):
        loss = torch.nn.functional.cross_entropy(network(data.train_x), data.train_y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        output = network(data.val_x)
        val_loss = torch.nn.functional.cross_entropy(output, data.val_y).item()
        return loss.item(), val_loss, (output.argmax(1) == data.val_y).double().mean().item()


def test_a_line_underfits_and_a_hidden_layer_fits() -> None:
    train_loss, val_loss, accuracy = fitted(200, layers=0)
    assert 0.85 < accuracy < 0.89 and train_loss == pytest.approx(val_loss, abs=0.05)
    train_loss, val_loss, accuracy = fitted(200, layers=2, width=32)
    assert accuracy > 0.96 and val_loss < 0.12


def test_a_wide_network_learns_wrong_labels_by_heart() -> None:
    train_loss, val_loss, accuracy = fitted(400, layers=3, width=128, label_noise=0.3, train_size=100)
    assert train_loss < 0.1 and val_loss > 0.5 and accuracy < 0.93
