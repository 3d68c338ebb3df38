"""What the guide is held against: a random search of 60 whole trainings on the same data.

An ordinary space, with ranges that the catalogue calls typical, cut where a training would take longer than a minute:

- ``lr`` log-uniform from 1e-5 to 0.3, ``optimizer`` adam, adamw or momentum (SGD with momentum 0.9)
- ``weight_decay`` 0 in half of the trials, else log-uniform from 1e-6 to 0.1
- ``batch_size`` 32, 64, 128 or 256; where there are fewer samples, a quarter, a half or all of them
- ``model`` mlp or cnn, where the task has both, of 1 to 3 layers; ``width`` 32 to 256, ``channels`` 8 to 32, doubling
- ``norm`` none, batch or layer; ``dropout`` 0 to 0.5 in tenths
- the polynomial has a ``degree`` from 1 to 9 in the place of the last two lines

All else is the task's own: its epochs (30, 60, 100; 2000 for the polynomial), and a cosine down to 0. A trial counts by
the lowest of its validation losses, so it may stop early for free. The same trials come for the same seed.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.guide.grounds import Ground, Settings
from benchmarks.guide.worth import best_val_loss
from dltui.runs.warm import WarmProcess
from dltui_trainers.choices import Model, Norm
from dltui_trainers.configure import as_text
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.orders import Ended, Refused
from dltui_trainers.registry import TaskInfo

TRIALS, WORKERS = 60, 2
OPTIMIZERS = ("adam", "adamw", "momentum")
BATCH_SIZES, PARTS = (32, 64, 128, 256), (1, 2, 4)
WIDTHS, CHANNELS, LAYERS = (32, 64, 128, 256), (8, 16, 32), (1, 2, 3)
NORMS = tuple(map(str, Norm))
DEGREES = range(1, 10)
MODELS = (Model.MLP, Model.CNN)
WAIT_S = 1.0
SECONDS = "seconds.txt"
"""Written when all trials have ended: how long they took."""

Chosen = TypeVar("Chosen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """The trials of a search with their validation losses, the lowest first; ``seconds`` by the clock."""

    ranked: tuple[tuple[float, Path], ...]
    seconds: float

    @property
    def best(self) -> Path:
        """The run that it found."""
        return self.ranked[0][1]

    def better_than(self, val_loss: float) -> int:
        """Return how many of the trials have a lower loss."""
        return sum(each < val_loss for each, _ in self.ranked)


def drawn(task: TaskInfo, random: np.random.Generator) -> Settings:
    """Return the settings of one trial."""
    sizes = [each for each in BATCH_SIZES if each <= task.n_train] or [task.n_train // part for part in PARTS]
    low, high = CATALOGUE["lr"].typical or (1e-5, 0.3)
    settings: dict[str, object] = {
        "lr": float(f"{_log_uniform(random, low, high):.3g}"),
        "optimizer": _one_of(random, OPTIMIZERS),
        "batch_size": _one_of(random, sizes),
        "weight_decay": 0.0 if random.random() < 0.5 else float(f"{_log_uniform(random, 1e-6, 0.1):.3g}"),
    }
    if "degree" in task.reads:
        settings["degree"] = _one_of(random, DEGREES)
    else:
        settings |= _network(task, random)
    return {name: as_text(value) for name, value in settings.items()}


def _network(task: TaskInfo, random: np.random.Generator) -> dict[str, object]:
    model = _one_of(random, [each for each in MODELS if each in task.models])
    size = ("channels", _one_of(random, CHANNELS)) if model is Model.CNN else ("width", _one_of(random, WIDTHS))
    chosen = {"model": str(model)} if len(task.models) > 1 else {}
    shape = {"layers": _one_of(random, LAYERS), size[0]: size[1], "norm": _one_of(random, NORMS)}
    return {**chosen, **shape, "dropout": int(random.integers(6)) / 10}


def search(ground: Ground, folder: Path, seed: int, say: Callable[[str], None]) -> Searched:
    """Train all trials into the new ``folder``, and return how they ended. One that fails has an infinite loss."""
    random, task = np.random.default_rng(seed), ground.task
    trials = [{**ground.settings, "seed": str(seed), **drawn(task, random)} for _ in range(TRIALS)]
    folder.mkdir()
    began = time.monotonic()
    folders = _train(ground.name, trials, folder, say)
    found = _ranked(folders, time.monotonic() - began)
    (folder / SECONDS).write_text(f"{found.seconds:.1f}\n")
    return found


def searched_before(folder: Path) -> Searched | None:
    """Return a search whose runs lie in ``folder``, if all of it is there."""
    try:
        return _ranked(sorted(folder.glob("trial-*")), float((folder / SECONDS).read_text()))
    except FileNotFoundError:
        return None


def _ranked(folders: Sequence[Path], seconds: float) -> Searched:
    return Searched(ranked=tuple(sorted((best_val_loss(each), each) for each in folders)), seconds=seconds)


def _train(task: str, trials: Sequence[Settings], folder: Path, say: Callable[[str], None]) -> list[Path]:
    folders = [folder / f"trial-{number:02}" for number in range(len(trials))]
    waiting, running, done = list(zip(folders, trials, strict=True)), set[int](), 0
    with WarmProcess() as warm:
        while waiting or running:
            while waiting and len(running) < WORKERS:
                where, settings = waiting.pop(0)
                running.add(warm.train(where, task, settings, [sys.executable, "-m", __name__]))
            for reply in warm.replies(WAIT_S):
                if isinstance(reply, Refused):
                    raise RuntimeError(reply.reason)
                if isinstance(reply, Ended):
                    running.discard(reply.id)
                    done += 1
                    if done % 10 == 0:
                        say(f"{done} of {len(trials)} trials")
            if not warm.alive:
                raise RuntimeError("The process that starts the trials died.")
    return folders


def _log_uniform(random: np.random.Generator, low: float, high: float) -> float:
    return float(10 ** random.uniform(np.log10(low), np.log10(high)))


def _one_of(random: np.random.Generator, values: Sequence[Chosen]) -> Chosen:
    return values[int(random.integers(len(values)))]
