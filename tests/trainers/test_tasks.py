"""The tasks: the same data every time, and the fits that they are there to show."""

from collections import Counter

import pytest
import torch

from dltui_trainers.hparams import Hparams
from dltui_trainers.models import Polynomial
from dltui_trainers.registry import TASKS, TaskInfo
from dltui_trainers.tasks import digits, import_task, mnist1d, polynomial, with_label_noise


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_the_data_is_what_the_registry_says_and_always_the_same(task: TaskInfo) -> None:
    module = import_task(task)
    data = module.load(Hparams(seed=1))
    again = module.load(Hparams(seed=2))
    assert len(data.train_x) == len(data.train_y) == task.n_train
    assert torch.equal(data.train_x, again.train_x) and torch.equal(data.val_y, again.val_y)
    assert (data.classes is None) == (task.kind == "regression")
    output = module.build_model(Hparams(), data)(data.val_x[:3])
    assert output.shape == (3, data.classes or 1)


def test_digits_are_split_evenly_and_scaled() -> None:
    data = digits.load(Hparams())
    assert data.input_shape == (1, 8, 8) and len(data.val_x) == 360
    assert set(Counter(data.val_y.tolist()).values()) == {36}
    assert sum(data.class_counts() or []) == 1437
    assert data.train_x.mean().item() == pytest.approx(0, abs=1e-5)
    assert data.train_x.std().item() == pytest.approx(1, abs=1e-3)
    train = {tuple(each.flatten().tolist()) for each in data.train_x}
    assert not any(tuple(each.flatten().tolist()) in train for each in data.val_x)


def test_mnist1d_has_ten_even_classes() -> None:
    data = mnist1d.load(Hparams())
    assert data.input_shape == (1, 40) and len(data.val_x) == 1000
    counts = Counter([*data.train_y.tolist(), *data.val_y.tolist()])
    assert set(counts.values()) == {500}
    assert torch.isfinite(data.train_x).all()


def test_train_size_and_label_noise() -> None:
    whole, part = digits.load(Hparams()), digits.load(Hparams(train_size=100))
    assert torch.equal(part.train_x, whole.train_x[:100]) and len(part.val_x) == 360
    noisy = digits.load(Hparams(label_noise=0.3))
    changed = (noisy.train_y != whole.train_y).double().mean().item()
    assert changed == pytest.approx(0.3 * 0.9, abs=0.03)
    assert torch.equal(noisy.val_y, whole.val_y)
    labels = torch.zeros(1000, dtype=torch.int64)
    assert with_label_noise(labels, 10, 1.0).unique().numel() == 10
    assert torch.equal(with_label_noise(labels, 10, 0.0), labels)


def fitted_val_loss(degree: int) -> tuple[float, float]:
    """Train and validation loss of the least-squares fit."""
    data = polynomial.load(Hparams())
    basis = Polynomial(degree)

    def columns(x: torch.Tensor) -> torch.Tensor:
        return torch.cos(torch.acos(x) * basis.degrees).double()

    weight = torch.linalg.lstsq(columns(data.train_x), data.train_y.double()).solution
    losses = [
        ((columns(x) @ weight - y) ** 2).mean().item()
        for x, y in ((data.train_x, data.train_y), (data.val_x, data.val_y))
    ]
    return losses[0], losses[1]


def test_the_polynomial_underfits_fits_and_overfits() -> None:
    (train1, val1), (train2, val2), (train9, val9) = (fitted_val_loss(degree) for degree in (1, 2, 9))
    assert train1 > 1 and val1 == pytest.approx(1.65, abs=0.1)
    assert train2 < 0.2 and val2 == pytest.approx(0.145, abs=0.05)
    assert train9 < train2 and val9 > 1
    assert polynomial.load(Hparams()).expected_initial_loss > val1
