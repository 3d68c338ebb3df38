"""Batches: every sample once an epoch, in slabs of any size the same ones, as bytes until they are used."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from dltui_trainers import batches as module
from dltui_trainers.batches import Batches, batch_sizes
from dltui_trainers.tasks import Scaling
from trainers.trainings import an_epoch

X, Y = torch.arange(103, dtype=torch.uint8).view(103, 1), torch.arange(103)


def halved(x: Tensor) -> Tensor:
    return x.float() / 2


def made(batch_size: int = 10, inputs: Callable[[Tensor], Tensor] = halved) -> Batches:
    return Batches(X, Y, batch_size=batch_size, seed=4, inputs=inputs)


def test_an_epoch_has_every_sample_once_in_another_order_each_time() -> None:
    batches = made()
    first, second = (torch.cat([y for _, y in an_epoch(batches)]) for _ in range(2))
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(103))
    assert first.tolist() != second.tolist() and first.tolist() != list(range(103))


@pytest.mark.parametrize("slab_bytes", [1, 10, 35, 10**9])
def test_slabs_of_any_size_give_the_same_batches(monkeypatch: pytest.MonkeyPatch, slab_bytes: int) -> None:
    expected = list(an_epoch(made()))
    monkeypatch.setattr(module, "SLAB_BYTES", slab_bytes)
    found = list(an_epoch(made()))
    assert [len(x) for x, _ in found] == batch_sizes(103, 10) == [10] * 10 + [3]
    assert all(torch.equal(x, other) for (x, _), (other, _) in zip(found, expected, strict=True))
    assert all(torch.equal(x, halved(X[y])) for x, y in found)  # each with its own class


def test_samples_become_inputs_batch_by_batch() -> None:
    sizes: list[tuple[torch.dtype, int]] = []

    def inputs(x: Tensor) -> Tensor:
        sizes.append((x.dtype, len(x)))
        return x

    batches = made(40, inputs)
    batches.begin()
    batches.next()
    assert sizes == [(torch.uint8, 40)]


@pytest.mark.parametrize("slab_bytes", [1, 25, 10**9])
def test_a_continuation_and_another_size_keep_the_order(monkeypatch: pytest.MonkeyPatch, slab_bytes: int) -> None:
    monkeypatch.setattr(module, "SLAB_BYTES", slab_bytes)
    batches = made()
    batches.begin()
    for _ in range(3):
        batches.next()
    kept = batches.state()
    rest = torch.cat([y for _, y in an_epoch(batches)])
    again = made()
    epoch_state, done = kept["epoch_state"], kept["done"]
    assert isinstance(epoch_state, Tensor) and isinstance(done, int)
    again.resume(epoch_state, done)
    again.resize(7)
    later = [y for _, y in an_epoch(again)]
    assert [len(y) for y in later] == batch_sizes(73, 7) and torch.equal(torch.cat(later), rest)


def test_a_single_sample_left_over_joins_the_batch_before() -> None:
    assert batch_sizes(21, 10, at_least_two=True) == [10, 11]
    assert batch_sizes(21, 10) == [10, 10, 1]


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_scaling_leaves_what_is_stored_as_it_is(dtype: torch.dtype) -> None:
    stored = torch.randint(0, 256, (5, 3, 2, 2)).to(dtype)
    before = stored.clone()
    scaling = Scaling(mean=torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1), deviation=torch.full((3, 1, 1), 4.0))
    found = scaling(stored)
    assert found.dtype == torch.float32 and torch.equal(stored, before)
    assert torch.allclose(found[:, 1], (before[:, 1].float() - 2) / 4)
