"""The tasks on which the guide and the search meet, each with a test set that neither of them sees.

- ``digits``: both get 1150 of the 1437 training samples; the other 287 are the test set.
- ``mnist1d``: 4000 fresh signals of its generator, from another seed.
- ``polynomial``: 4000 fresh points of the same parabola with the same noise, from another seed.
- ``tabular``: a CSV file of 1500 rows (:mod:`benchmarks.guide.table`), and 4000 further rows of the same kind.

The validation set is the task's own, and the same for both: they select on it, so only the test set tells whether what
they found is as good as it seems.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmarks.guide.table import draw, write
from dltui_trainers.configure import with_data
from dltui_trainers.named_task import find_task
from dltui_trainers.plan import plan
from dltui_trainers.registry import TaskInfo
from dltui_trainers.sources.tables.resolver import read_prepared
from dltui_trainers.task_module import import_task
from dltui_trainers.tasks import digits, mnist1d, polynomial

DIGITS_TRAIN = 1150
ROWS, TEST = 1500, 4000
TEST_SEED = 90_210

Samples = tuple[Tensor, Tensor]
Settings = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A task with the settings that hold for guide and search alike; ``test`` returns what neither sees."""

    name: str
    settings: Settings
    test: Callable[[], Samples]

    @property
    def task(self) -> TaskInfo:
        """The task, which knows its data."""
        return with_data(find_task(self.name), self.settings)[0]


def grounds(folder: Path) -> dict[str, Ground]:
    """Return all of them by name; a file that one of them needs is written into ``folder``."""
    path = folder / "table.csv"
    write(path, draw(ROWS))
    table = {"data": str(path)}
    found = (
        Ground(name="digits", settings={"train_size": str(DIGITS_TRAIN)}, test=_digits),
        Ground(name="mnist1d", settings={}, test=_mnist1d),
        Ground(name="polynomial", settings={}, test=_polynomial),
        Ground(name="tabular", settings=table, test=lambda: _table(table)),
    )
    return {each.name: each for each in found}


def _digits() -> Samples:
    data = digits.load(plan("digits", {}).hparams)
    return data.train_x[DIGITS_TRAIN:], data.train_y[DIGITS_TRAIN:]


def _mnist1d() -> Samples:
    """Fresh signals, scaled as the task scales its own."""
    known, _ = mnist1d._generate(np.random.default_rng(mnist1d.DATA_SEED), mnist1d.N_TRAIN + mnist1d.N_VAL)
    known = known[: mnist1d.N_TRAIN]
    signals, classes = mnist1d._generate(np.random.default_rng(TEST_SEED), TEST)
    scaled = (signals - known.mean()) / known.std()
    return torch.from_numpy(scaled).float().unsqueeze(1), torch.from_numpy(classes)


def _polynomial() -> Samples:
    return polynomial._points(TEST, plan("polynomial", {}).hparams.noise, torch.Generator().manual_seed(TEST_SEED))


def _table(settings: Settings) -> Samples:
    """The rows behind those of the file, scaled as the task scaled those.

    The task keeps neither mean nor deviation. But its lowest and its highest value of a column are those of the file.
    """
    hparams = plan("tabular", settings).hparams
    known, scaled = draw(ROWS).x, read_prepared(hparams).x
    rows = draw(ROWS + TEST)[ROWS:]
    factor = (scaled.max(0) - scaled.min(0)) / (known.max(0) - known.min(0))
    x = scaled.min(0) + (rows.x - known.min(0)) * factor
    return torch.from_numpy(x).float(), torch.from_numpy(rows.kinds)


def known_data(ground: Ground) -> tuple[Samples, Samples]:
    """Return the training and the validation samples of a ground, for the tests of what is disjoint."""
    data = import_task(ground.task).load(plan(ground.name, ground.settings).hparams)
    return (data.train_x, data.train_y), (data.val_x, data.val_y)
