"""A device without room: a batch is divided until it fits. And a disk that must not fill: how many checkpoints stay."""

import errno
import math
import os
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from dltui_trainers import checkpoint, stepwise
from dltui_trainers.augment import Augmented
from dltui_trainers.checkpoint import MOST_CHANGES, Checkpoints, State, load
from dltui_trainers.loop import Training
from dltui_trainers.memory import Parts, is_out_of_memory, within_memory
from dltui_trainers.runlog import CHECKPOINTS
from dltui_trainers.stepwise import MOST, StepFiles, superfluous
from dltui_trainers.worker import FAILED
from trainers.scripts import SMALL, answers, asked, end_of, measured, on_the_cpu_in_haste, state_of, train
from trainers.trainings import CPU, make_training

Device = Callable[..., None]


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_cpu_in_haste(monkeypatch)


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    """Gives the device room for that many samples, when the network learns and when it is validated."""
    room = {True: math.inf, False: math.inf}
    real = nn.Flatten.forward

    def forward(module: nn.Flatten, x: Tensor) -> Tensor:
        if len(x) > room[module.training]:
            raise torch.OutOfMemoryError("CUDA out of memory.\n  Tried to allocate 2 GiB.")
        return real(module, x)

    monkeypatch.setattr(nn.Flatten, "forward", forward)

    def set_room(learning: float = math.inf, validating: float = math.inf) -> None:
        room.update({True: learning, False: validating})

    return set_room


# what fits


@pytest.mark.parametrize(("room", "sizes"), [(64, []), (63, [32]), (20, [32, 16]), (1, [32, 16, 8, 4, 2, 1])])
def test_a_batch_is_halved_until_it_fits(tmp_path: Path, device: Device, room: int, sizes: list[int]) -> None:
    device(room)
    run = train(tmp_path / "run", **SMALL)
    found = answers(run)
    assert [(each.name, each.hparam, each.to, each.by, each.done) for each in found] == [
        ("oom", "batch_size", size, "memory", True) for size in sizes
    ]
    assert [each.from_ for each in found] == [64, *sizes][: len(sizes)]
    assert {each.step for each in found} <= {0}  # once for all
    for each in found:
        assert each.reason == "CUDA out of memory. Tried to allocate 2 GiB."
        assert f"a batch of 64 is computed in parts of {each.to}, whose gradients are added up" in each.note
    assert end_of(run).status == "finished" and end_of(run).step == 20


def test_in_parts_it_learns_the_same(tmp_path: Path, device: Device) -> None:
    settings = {
        **SMALL,
        "augment": "mixup,crop",
        "label_smoothing": 0.1,
        "l1": 1e-4,
        "grad_clip": 1,
        "weight_decay": 0.1,
    }
    whole = train(tmp_path / "whole", **settings)
    device(5)
    parts = train(tmp_path / "parts", **settings)
    for one, other in zip(measured(whole), measured(parts), strict=True):
        assert one[:2] == other[:2]
        assert one[2] == pytest.approx(other[2], rel=1e-3)


@pytest.mark.parametrize("hparams", [{}, {"l1": 0.01}, {"label_smoothing": 0.2}, {"model": "cnn", "norm": "layer"}])
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_the_gradient_is_that_of_the_whole_batch(tmp_path: Path, count: int, hparams: dict[str, object]) -> None:
    training = make_training(tmp_path, "digits", train_size=50, batch_size=50, **hparams)
    batch = Augmented(x=training.data.train_x, y=training.data.train_y)

    def gradient() -> tuple[Tensor, list[Tensor]]:
        training.optimizer.zero_grad()
        loss = training._gradient(batch)
        return loss, [each.grad.clone() for each in training.model.parameters() if each.grad is not None]

    loss, whole = gradient()
    training.parts.count = count
    again, parts = gradient()
    if count == 1:
        assert torch.equal(loss, again) and all(map(torch.equal, whole, parts))
    torch.testing.assert_close(again, loss)
    torch.testing.assert_close(parts, whole, rtol=1e-4, atol=1e-6)


def test_what_failed_leaves_nothing_behind(tmp_path: Path, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second part fails: the gradient of the first must not count twice."""
    settings = {**SMALL, "optimizer": "sgd", "lr": 0.5}
    whole = train(tmp_path / "whole", **settings)
    calls, real = iter(range(10**6)), Training._loss

    def loss(training: Training, batch: Augmented) -> Tensor:
        if next(calls) in (0, 2):  # the whole, and the second of its two parts
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return real(training, batch)

    monkeypatch.setattr(Training, "_loss", loss)
    run = train(tmp_path / "run", **settings)
    assert [each.to for each in answers(run)] == [32, 16]
    for one, other in zip(measured(run)[:4], measured(whole)[:4], strict=True):
        assert one[2] == pytest.approx(other[2], rel=1e-5)


def test_it_is_remembered_by_a_continuation_and_undone_with_a_change(tmp_path: Path, device: Device) -> None:
    device(20)
    script = [(6, asked("set", batch_size=128)), (8, asked("undo")), (10, asked("stop"))]
    run = train(tmp_path / "run", script, **SMALL)
    assert [(each.name, each.step) for each in answers(run)] == [
        ("oom", 0),
        ("oom", 0),
        ("set", 6),
        ("oom", 7),
        ("undo", 6),
        ("stop", 10),
    ]
    assert state_of(run)["parts"] == {"count": 4, "least": 1, "chunk": 4096}
    continued = train(tmp_path / "continued", origin=run, at="last")
    assert [each.name for each in answers(continued)] == ["branch"]
    whole = train(tmp_path / "whole", **SMALL)
    assert measured(continued, after=10) == measured(whole, after=10)


def test_batch_norm_keeps_two_samples_in_a_part(tmp_path: Path, device: Device) -> None:
    device(2)
    run = train(tmp_path / "run", **SMALL, norm="batch")
    assert [each.to for each in answers(run)] == [32, 16, 8, 4, 2]
    device(1)
    failed = train(tmp_path / "failed", **SMALL, norm="batch", code=FAILED)
    assert "CUDA out of memory" in str(end_of(failed).error)


def test_one_sample_that_does_not_fit_fails_with_one_sentence(tmp_path: Path, device: Device) -> None:
    device(0)
    run = train(tmp_path / "run", **SMALL, code=FAILED)
    assert [each.to for each in answers(run)] == [32, 16, 8, 4, 2, 1]
    end = end_of(run)
    assert end.status == "failed" and end.error is not None and "\n" not in end.error
    assert end.error.startswith("OutOfMemoryError: CUDA out of memory.")
    assert "try a smaller batch_size or a smaller network" in end.error
    assert not [path.name for path in (run / CHECKPOINTS).iterdir() if path.name.startswith(".")]


def test_a_failure_after_a_change_leaves_no_hidden_files(tmp_path: Path, device: Device) -> None:
    real = Training._train_step

    def train_step(training: Training, x: Tensor, y: Tensor) -> None:
        if training.step == 9:
            device(0)
        real(training, x, y)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Training, "_train_step", train_step)
        run = train(tmp_path / "run", [(6, asked("set", lr=0.1))], **SMALL, code=FAILED)
    assert {path.name for path in (run / CHECKPOINTS).iterdir()} == {"best.pt", "step-00000006.pt"}
    device()
    assert end_of(train(tmp_path / "continued", origin=run, at="last")).step == 20


def test_a_validation_takes_fewer_samples_at_a_time(tmp_path: Path, device: Device) -> None:
    whole = train(tmp_path / "whole", **SMALL)
    device(validating=100)
    run = train(tmp_path / "run", **SMALL)
    found = answers(run)
    assert [(each.name, each.hparam, each.from_, each.to) for each in found] == [
        ("oom", "", 360, 180),
        ("oom", "", 180, 90),
    ]
    assert found[-1].note == "the validation takes 90 samples at a time"
    for one, other in zip(measured(whole), measured(run), strict=True):
        assert one == pytest.approx(other)
    device(validating=0)
    failed = train(tmp_path / "failed", **SMALL, code=FAILED)
    assert "out of memory" in str(end_of(failed).error)


# the arithmetic


@pytest.mark.parametrize("least", [1, 2])
@pytest.mark.parametrize("samples", [1, 2, 3, 5, 6, 7, 63, 64, 65, 100])
def test_parts_get_as_small_as_they_may_and_then_it_is_over(samples: int, least: int) -> None:
    parts, seen = Parts(least=least), []
    while (halved := parts.halve(samples)) is not None:
        pieces = torch.arange(samples).tensor_split(parts.of(samples))
        assert min(map(len, pieces)) >= least and max(map(len, pieces)) == halved[1] < halved[0]
        seen.append(halved)
    assert len(seen) <= samples.bit_length() + 1
    assert -(-samples // parts.of(samples)) <= max(2 * least - 1, least)
    assert [before for before, _ in seen[1:]] == [after for _, after in seen[:-1]]


def test_a_smaller_batch_is_not_divided_more_than_it_can_be() -> None:
    parts = Parts(count=16, least=2)
    assert [parts.of(samples) for samples in (64, 32, 9, 2, 1)] == [16, 16, 4, 1, 1]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("MPS backend out of memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_every_way_of_having_no_memory(error: Exception) -> None:
    assert is_out_of_memory(error)
    tries: list[str] = []

    def compute() -> int:
        if len(tries) < 2:
            raise error
        return 7

    assert within_memory(compute, lambda reason: not tries.append(reason)) == 7
    assert all(tries)
    with pytest.raises(type(error)):
        within_memory(lambda: _raise(error), lambda reason: False)


def test_other_errors_are_none_of_it() -> None:
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="shapes"):
        within_memory(lambda: _raise(RuntimeError("shapes")), lambda reason: pytest.fail("shrunk"))


def _raise(error: Exception) -> int:
    raise error


# checkpoints: how many stay


def fill(folder: Path, steps: list[int], size: int = 100) -> StepFiles:
    files = StepFiles(folder)
    last = folder / "last.pt"
    for step in steps:
        last.unlink(missing_ok=True)
        last.write_bytes(step.to_bytes(8, "big") + bytes(size))
        files.keep(last, step)
    return files


def kept_steps(folder: Path) -> list[int]:
    return sorted(int.from_bytes(path.read_bytes()[:8], "big") for path in folder.glob("step-*.pt"))


@pytest.mark.parametrize("count", [5, 10, 11, 50, 300])
def test_they_are_few_and_spread_over_the_training(tmp_path: Path, count: int) -> None:
    fill(tmp_path, [10 * number for number in range(1, count + 1)])
    kept = kept_steps(tmp_path)
    assert len(kept) == min(count, MOST)
    assert kept[0] == 10 and kept[-1] == 10 * count
    gaps = [after - before for before, after in pairwise(kept)]
    assert max(gaps) <= 4 * max(10 * count // MOST, 10)


def test_they_are_no_more_bytes_than_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepwise, "MOST_BYTES", 1000)
    fill(tmp_path, [*range(1, 30)], size=300)
    assert len(kept_steps(tmp_path)) == 3 and kept_steps(tmp_path)[-1] == 29
    huge = tmp_path / "huge"
    huge.mkdir()
    fill(huge, [1, 2, 3], size=5000)
    assert kept_steps(huge) == [3]  # one stays, however large


def test_a_disk_with_little_room_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=399))
    fill(tmp_path, [1, 2])
    assert kept_steps(tmp_path) == []


@pytest.mark.parametrize("links", [True, False], ids=["links", "copies"])
def test_what_is_kept_does_not_change_with_the_last_one(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if not links:
        monkeypatch.setattr(os, "link", no_link)
    checkpoints = Checkpoints(tmp_path, every=1)
    for step in range(1, 6):
        checkpoints.write_if_due(lambda step=step: {"step": step, "weight": torch.full((3,), step)}, step)  # type: ignore[misc]
    for step in range(1, 6):
        state = load(tmp_path / f"step-{step:08d}.pt", CPU)
        assert state["step"] == step and state["weight"].tolist() == [step] * 3
    assert {path.name for path in tmp_path.iterdir()} == {"last.pt", *(f"step-{step:08d}.pt" for step in range(1, 6))}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_names_never_collide(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, every=1)
    state: State = {"step": 3}
    paths = [checkpoints.write_step(state) for _ in range(3)]
    paths += [checkpoints.save_before_change(state).path for _ in range(3)]
    checkpoints.write_if_due(lambda: state, 3)
    names = {path.name for path in tmp_path.glob("step-*")}
    assert len({*paths}) == 6 and len(names) == 7 and "step-00000003-7.pt" in names


def test_superfluous_is_never_the_first_nor_the_last() -> None:
    assert superfluous([1, 2, 3]) == 2
    assert superfluous([1, 5, 6, 20]) == 5
    assert superfluous([1, 2]) == superfluous([1]) == 1


def test_changes_beyond_the_most_let_their_files_go(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.keep_best({"step": 0})
    for step in range(1, 3 * MOST_CHANGES):
        checkpoints.save_before_change({"step": step})
    assert len([*tmp_path.glob("step-*")]) == len([*tmp_path.glob(".best-*")]) == MOST_CHANGES
    checkpoints.close()
    assert not [*tmp_path.glob(".*")]


def test_large_changes_are_fewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "MOST_BYTES", 100_000)
    checkpoints = Checkpoints(tmp_path)
    for step in range(1, 6):
        checkpoints.save_before_change({"step": step, "weight": torch.zeros(10_000)})
    assert [path.name for path in sorted(tmp_path.glob("step-*"))] == ["step-00000004.pt", "step-00000005.pt"]
    assert checkpoints.last_saved is not None and checkpoints.last_saved.step == 5


def test_going_back_lets_the_later_ones_go_and_puts_back_best_and_last(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, every=1)

    def write(step: int) -> None:
        checkpoints.keep_best({"step": step})
        checkpoints.write_if_due(lambda: {"step": step}, step)

    write(1)
    write(2)
    saved = checkpoints.save_before_change({"step": 3})
    asked_for = checkpoints.write_step({"step": 4})
    write(4)
    write(5)
    checkpoints.go_back(saved)
    found = {path.name: load(path, CPU)["step"] for path in tmp_path.iterdir()}
    assert found == {
        "last.pt": 3,
        "best.pt": 2,
        "step-00000001.pt": 1,
        "step-00000002.pt": 2,
        "step-00000003.pt": 3,
        asked_for.name: 4,  # what a person asked for stays
    }
    assert checkpoints.last_saved is None
    write(4)
    assert load(tmp_path / "step-00000004-2.pt", CPU)["step"] == 4


def test_where_there_was_no_best_there_is_none_again(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    saved = checkpoints.save_before_change({"step": 1})
    checkpoints.keep_best({"step": 2})
    checkpoints.write(lambda: {"step": 2})
    checkpoints.go_back(saved)
    assert {path.name for path in tmp_path.iterdir()} == {"last.pt", "step-00000001.pt"}


def test_a_long_training_with_many_checkpoints_stays_small(tmp_path: Path) -> None:
    script = [(step, asked("set", lr=0.001 * step)) for step in range(10, 150, 5)]
    run = train(tmp_path / "run", script, **{**SMALL, "epochs": 40, "checkpoint_every": 1})
    names = [path.name for path in (run / CHECKPOINTS).iterdir()]
    assert len(names) == 2 + MOST + MOST_CHANGES, names
    assert all(load(path, CPU)["step"] == int(path.stem[5:13]) for path in (run / CHECKPOINTS).glob("step-*"))
