"""The tasks: the same data every time, and the fits that they are there to show."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dltui_trainers.choices import Loss
from dltui_trainers.configure import configure, with_data
from dltui_trainers.hparams import Hparams
from dltui_trainers.metrics import evaluate, evaluating
from dltui_trainers.named_task import find_task
from dltui_trainers.networks import Polynomial
from dltui_trainers.registry import TASKS, TaskInfo
from dltui_trainers.task_module import import_task, sample_of
from dltui_trainers.tasks import digits, mnist1d, polynomial, with_label_noise
from trainers.image_files import write_idx

GIVEN: dict[str, Callable[[Path], dict[str, str]]] = {
    "images": lambda folder: {"data": str(write_idx(folder))},
    "tabular": lambda folder: {"data": str(_table(folder)), "batch_size": "16"},
    "text": lambda folder: {"data": str(_text(folder)), "context": "16"},
}
"""What the tasks need whose data are the user's."""


def _table(folder: Path) -> Path:
    rows = (f"{place % 7},{place * place % 11},{'ab'[place % 2]}" for place in range(100))
    path = folder / "table.csv"
    path.write_text("\n".join(["first,second,kind", *rows]))
    return path


def _text(folder: Path) -> Path:
    path = folder / "some.txt"
    path.write_text("the quick brown fox jumps over the lazy dog\n" * 40)
    return path


def chosen(name: str, folder: Path, **settings: str) -> tuple[TaskInfo, Hparams]:
    """Return the task as it is once its data have been looked at, and its hyperparameters."""
    given = GIVEN.get(name, lambda _: {})(folder)
    task, found = with_data(find_task(name), {**given, **settings})
    return task, configure(task, found)[0]


@pytest.mark.parametrize("name", TASKS)
def test_the_data_is_what_the_registry_says_and_always_the_same(name: str, tmp_path: Path) -> None:
    task, hparams = chosen(name, tmp_path)
    module = import_task(task)
    data, again = module.load(replace(hparams, seed=1)), module.load(replace(hparams, seed=2))
    assert len(data.train_x) == len(data.train_y) == task.n_train > 0
    for each in ("train_x", "train_y", "val_x", "val_y"):
        assert torch.equal(getattr(data, each), getattr(again, each))
    assert (data.classes is None) == (task.kind == "regression")
    assert data.is_sequence == bool(data.vocabulary) == (task.kind == "language")
    if "train_size" not in task.reads:
        return
    part = module.load(replace(hparams, train_size=9))
    assert torch.equal(part.train_x, data.train_x[:9]) and torch.equal(part.val_y, data.val_y)


@pytest.mark.parametrize(("name", "model"), [(name, model) for name in TASKS for model in TASKS[name].models or ("",)])
def test_every_network_of_a_task_answers_in_the_right_shape(name: str, model: str, tmp_path: Path) -> None:
    task, hparams = chosen(name, tmp_path, **({"model": model} if "model" in TASKS[name].reads else {}))
    module = import_task(task)
    data = module.load(hparams)
    output = module.build_model(hparams, data)(data.inputs(data.val_x[:3]))
    assert output.shape == (*data.val_y[:3].shape[: 2 if data.is_sequence else 1], data.classes or 1)


MOST = 200
ZEROES = [
    (name, model, loss)
    for name, task in TASKS.items()
    for model in task.models or ("",)
    for loss in (Loss if "loss" in task.reads else ("",))
]


@pytest.mark.parametrize(("name", "model", "loss"), ZEROES)
def test_a_network_that_knows_nothing_starts_at_the_expected_loss(
    name: str, model: str, loss: str, tmp_path: Path
) -> None:
    wanted = {"model": model, "loss": loss, "init": "zero"}
    settings = {key: value for key, value in wanted.items() if value and key in TASKS[name].reads}
    task, hparams = chosen(name, tmp_path, **settings)
    module = import_task(task)
    data = module.load(hparams)
    network = module.build_model(hparams, data)
    with evaluating(network):
        # Twelve points of a polynomial vary by something else than the two hundred of its validation.
        x, y = (data.val_x, data.val_y) if data.classes else (data.train_x, data.train_y)
        found = evaluate(lambda x: network(data.inputs(x)), x[:MOST], y[:MOST], data.loss)
    assert found.loss == pytest.approx(data.expected_initial_loss, rel=1e-5 if data.classes else 0.01)


def test_numbers_of_a_table_start_at_the_expected_loss_too(tmp_path: Path) -> None:
    task, hparams = chosen("tabular", tmp_path, target="second", target_kind="numbers", ignore="kind", init="zero")
    data = import_task(task).load(hparams)
    network = import_task(task).build_model(hparams, data)
    assert task.kind == "regression" and data.loss is Loss.MSE
    with evaluating(network):
        found = evaluate(network, data.train_x, data.train_y, data.loss)
    assert found.loss == pytest.approx(data.expected_initial_loss, rel=1e-4)
    assert found.r2 == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("name", TASKS)
def test_a_sample_is_drawn_without_touching_the_training(name: str, tmp_path: Path) -> None:
    task, hparams = chosen(name, tmp_path)
    module = import_task(task)
    data = module.load(hparams)
    network = module.build_model(hparams, data).train()
    before = torch.get_rng_state()
    weights = {key: each.clone() for key, each in network.state_dict().items()}
    assert bool(sample_of(task, network, data)) == (task.kind == "language")
    assert torch.equal(torch.get_rng_state(), before) and network.training
    assert all(torch.equal(each, weights[key]) for key, each in network.state_dict().items())


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


def test_the_first_of_each_class_among_the_first() -> None:
    whole = digits.load(Hparams())
    few = digits.load(Hparams(per_class=5))
    assert few.class_counts() == [5] * 10 and len(few.val_x) == 360
    taken: Counter[int] = Counter()
    places = []
    for place, label in enumerate(whole.train_y.tolist()):
        taken[label] += 1
        if taken[label] <= 5:
            places.append(place)
    assert torch.equal(few.train_x, whole.train_x[places]) and torch.equal(few.train_y, whole.train_y[places])
    counts = digits.load(Hparams(train_size=40)).class_counts()
    assert counts is not None and min(counts) < 5 < max(counts)
    assert digits.load(Hparams(train_size=40, per_class=5)).class_counts() == [min(each, 5) for each in counts]
    assert torch.equal(digits.load(Hparams(per_class=1000)).train_y, whole.train_y)


def test_wrong_labels_come_after_the_samples_of_each_class() -> None:
    few, noisy = (digits.load(Hparams(per_class=5, label_noise=share)) for share in (0.0, 0.5))
    assert torch.equal(few.train_x, noisy.train_x) and not torch.equal(few.train_y, noisy.train_y)


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
