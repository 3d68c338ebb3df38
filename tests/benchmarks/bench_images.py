"""An epoch of ``images`` (28x28, a small CNN) beside the loop that people write with torchvision's transforms."""

import math
import statistics
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from benchmarks.result import Result
from dltui_trainers.allocator import keep_freed_memory
from dltui_trainers.commands import Commands
from dltui_trainers.configure import configure, with_data
from dltui_trainers.control import Control
from dltui_trainers.hparams import Hparams
from dltui_trainers.log import NullLog
from dltui_trainers.loop import Training
from dltui_trainers.named_task import find_task
from dltui_trainers.networks import make_network
from dltui_trainers.optimizers import make_optimizer
from dltui_trainers.prepare import Workbench, prepare

CPU = torch.device("cpu")
SAMPLES, VALIDATED, SIZE, CLASSES = 60_000, 128, 28, 10
"""As MNIST, but for a validation that does not matter. What the images show makes no difference to the time."""
STEPS = 40
"""Of an epoch's 469: both sides do the same in each, and taking turns the two see the same machine."""
PAIRS = 7
PADDING = 4
AUGMENTATION = "flip,crop,erase"

Clock = Callable[[], float]
Epoch = Callable[[], object]


def measure() -> list[Result]:
    """Return how many times longer the plain loop takes than ours."""
    torch.set_num_threads(1)
    keep_freed_memory()  # which helps both sides, being in one process
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder)
        return [
            Result("images: plain loop / ours, augmented, CPU", _ratio(folder, AUGMENTATION), "x", 1.5, False),
            Result("images: plain loop / ours, not augmented, CPU", _ratio(folder, "none"), "x", math.inf),
            Result(
                "images: plain loop with 2 workers / ours, augmented, by the clock",
                _ratio(folder, AUGMENTATION, workers=2),
                "x",
                math.inf,
            ),
        ]


def _ratio(folder: Path, augment: str, *, workers: int = 0) -> float:
    """The median over pairs, which take turns in going first; workers have CPUs of their own, so the clock counts."""
    clock = time.perf_counter if workers else time.process_time
    bench = _bench(folder, augment)
    with (
        _our_epochs(folder, bench) as ours,
        _plain_epochs(bench, augmented=augment != "none", workers=workers) as plain,
    ):
        epochs: tuple[Epoch, Epoch] = (plain, ours)
        seconds: tuple[list[float], list[float]] = ([], [])
        for pair in range(PAIRS + 1):
            for side in (0, 1) if pair % 2 else (1, 0):
                seconds[side].append(_seconds(epochs[side], clock))
    # The first of each warms up.
    return statistics.median(one / other for one, other in zip(seconds[0][1:], seconds[1][1:], strict=True))


def _seconds(epoch: Epoch, clock: Clock) -> float:
    began = clock()
    epoch()
    return clock() - began


def _bench(folder: Path, augment: str) -> Workbench:
    task = find_task("images")
    settings = {"data": str(folder), "augment": augment, "epochs": "1000", "batch_size": "128", "model": "cnn"}
    task, settings = with_data(task, settings)
    hparams, _ = configure(task, {**settings, "train_size": str(STEPS * 128)})
    return prepare(task, hparams, CPU)


@contextmanager
def _our_epochs(folder: Path, bench: Workbench) -> Iterator[Epoch]:
    """An epoch of the training as the worker runs it: commands listened for, loss added up, gradient clipped or not."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        training = bench.training(Path(name), NullLog(), Commands(Control(Path(name))))
        training.model.train()
        yield lambda: _our_epoch(training)
        training.checkpoints.close()


def _our_epoch(training: Training) -> None:
    assert training._train_epoch()


@contextmanager
def _plain_epochs(bench: Workbench, *, augmented: bool, workers: int) -> Iterator[Epoch]:
    data, hparams = bench.data, bench.hparams
    loader = DataLoader(
        _Images(data.train_x, data.train_y, augmented=augmented),
        batch_size=hparams.batch_size,
        shuffle=True,
        num_workers=workers,
        persistent_workers=workers > 0,
    )
    epoch = _PlainEpoch(loader, hparams)
    yield epoch
    del epoch, loader  # ends the workers


class _PlainEpoch:
    """An epoch of the same network with the same optimiser, as the tutorials write it."""

    def __init__(self, loader: "DataLoader[tuple[Tensor, int]]", hparams: Hparams) -> None:
        self._loader = loader
        self._model = make_network(hparams, (1, SIZE, SIZE), CLASSES)
        self._optimizer = make_optimizer(self._model.parameters(), hparams)
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self._optimizer, len(loader) * hparams.epochs)

    def __call__(self) -> float:
        self._model.train()
        total = 0.0
        for x, y in self._loader:
            self._optimizer.zero_grad()
            loss = F.cross_entropy(self._model(x), y)
            torch.autograd.backward(loss)
            self._optimizer.step()
            self._schedule.step()
            total += loss.item()
        return total / len(self._loader)


class _Images(Dataset[tuple[Tensor, int]]):
    """Images as ``torchvision.datasets.MNIST`` gives them: one after the other through the transforms."""

    def __init__(self, x: Tensor, y: Tensor, *, augmented: bool) -> None:
        self._x, self._y = x[:, 0].numpy(), y.tolist()
        self._transform = _torchvision(augmented=augmented) or _Transform(augmented=augmented)

    def __len__(self) -> int:
        return len(self._x)

    def __getitem__(self, place: int) -> tuple[Tensor, int]:
        return self._transform(self._x[place]), self._y[place]


def _torchvision(*, augmented: bool) -> "Callable[[np.ndarray], Tensor] | None":
    """Torchvision's own transforms, where it is installed and fits to torch."""
    try:
        from PIL import Image
        from torchvision import transforms
    except (ImportError, RuntimeError, AttributeError):
        return None
    random = [transforms.RandomCrop(SIZE, padding=PADDING), transforms.RandomHorizontalFlip()]
    fixed = [transforms.ToTensor(), transforms.Normalize((0.5,), (0.29,))]
    chosen = [*random, *fixed, transforms.RandomErasing()] if augmented else fixed
    whole = transforms.Compose([Image.fromarray, *chosen])
    return lambda image: whole(image)


class _Transform:
    """The same written plainly: to a tensor, normalised, and cropped, flipped and erased as torchvision does it."""

    def __init__(self, *, augmented: bool) -> None:
        self._augmented = augmented

    def __call__(self, image: np.ndarray) -> Tensor:
        x = torch.from_numpy(image).unsqueeze(0).float().div(255).sub(0.5).div(0.29)
        return _erased(_flipped(_cropped(x))) if self._augmented else x


def _cropped(x: Tensor) -> Tensor:
    padded = F.pad(x, (PADDING, PADDING, PADDING, PADDING))
    top, left = torch.randint(2 * PADDING + 1, (2,)).tolist()
    return padded[:, top : top + SIZE, left : left + SIZE]


def _flipped(x: Tensor) -> Tensor:
    return x.flip(-1) if torch.rand(1) < 0.5 else x


def _erased(x: Tensor) -> Tensor:
    if torch.rand(1) >= 0.5:
        return x
    area = SIZE * SIZE * torch.empty(1).uniform_(0.02, 0.33).item()
    aspect = math.exp(torch.empty(1).uniform_(math.log(0.3), math.log(3.3)).item())
    height, width = (min(SIZE - 1, round(math.sqrt(side))) for side in (area * aspect, area / aspect))
    top, left = (int(torch.randint(SIZE - side + 1, (1,))) for side in (height, width))
    x = x.clone()
    x[:, top : top + height, left : left + width] = 0
    return x


def _write(folder: Path) -> None:
    """Files in the format of MNIST."""
    values = np.random.default_rng(0)
    for part, count in (("train", SAMPLES), ("t10k", VALIDATED)):
        images = values.integers(0, 256, (count, SIZE, SIZE), np.uint8)
        labels = (np.arange(count) % CLASSES).astype(np.uint8)
        header = struct.pack(">4I", 0x803, count, SIZE, SIZE)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, count) + labels.tobytes())
