"""Trains what a table asks for: many configurations in parallel processes with one thread each, kept by
configuration and code as those of :mod:`benchmarks.faults` are."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.faults.config import Config
from benchmarks.faults.train import measured, run_of, train_all
from benchmarks.literature.compare import Seeds
from dltui_trainers.runlog import METRICS, EvalRecord, record_decoder

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a training ended with. Every loss is of a whole set and without dropout, so that they compare.

    ``accuracy`` is that of the validation in percent, NaN where there is none.
    """

    initial_train_loss: float
    train_loss: float
    val_loss: float
    accuracy: float
    cpu_s: float

    @property
    def gap(self) -> float:
        """How far the validation loss is above the training loss."""
        return self.val_loss - self.train_loss


def over(results: Sequence[Result], value: Callable[[Result], float]) -> Seeds:
    """Return one number of the results of all seeds."""
    return Seeds.of(map(value, results))


def accuracy_of(results: Sequence[Result]) -> Seeds:
    """Return the validation accuracies of all seeds, in percent."""
    return over(results, lambda each: each.accuracy)


def losses_of(results: Sequence[Result]) -> tuple[str, str, str]:
    """Return training loss, validation loss and the gap between them, for a person."""
    values: tuple[Callable[[Result], float], ...]
    values = (lambda each: each.train_loss, lambda each: each.val_loss, lambda each: each.gap)
    train, val, gap = (over(results, value).text() for value in values)
    return train, val, gap


@dataclass(slots=True)
class Trainings:
    """Makes the trainings of one table, and adds up what that takes."""

    count: int = 0
    made: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0

    def over_seeds(self, configs: Mapping[Key, Config], seeds: Iterable[int]) -> dict[Key, list[Result]]:
        """Return the results of each configuration, one for each seed."""
        began = time.monotonic()
        seeded = {key: [config.but(seed=seed) for seed in seeds] for key, config in configs.items()}
        self.make([each for several in seeded.values() for each in several])
        results = {key: [self._result(each) for each in several] for key, several in seeded.items()}
        self.wall_s += time.monotonic() - began
        return results

    def make(self, configs: list[Config]) -> None:
        """Train those that the cache does not hold."""
        self.made += train_all(configs)

    def folder(self, config: Config) -> Path:
        """Return the folder of a training that was made."""
        return run_of(config)

    @property
    def cost(self) -> str:
        """How long it took, for a person; the time of the processors does not hang on who else uses them."""
        kept = f" ({self.count - self.made} kept from an earlier run)" if self.made < self.count else ""
        return f"{self.count} trainings{kept}: {self.cpu_s:.0f} s of one core; took {self.wall_s:.0f} s"

    def _result(self, config: Config) -> Result:
        found = result_of(self.folder(config))
        self.count += 1
        self.cpu_s += found.cpu_s
        return found


def total_cost(several: Iterable[Trainings]) -> str:
    """How long several tables took together."""
    total = Trainings()
    for each in several:
        total.count += each.count
        total.made += each.made
        total.cpu_s += each.cpu_s
        total.wall_s += each.wall_s
    return total.cost


def result_of(folder: Path) -> Result:
    """Return the result of the finished run in ``folder``."""
    records = record_decoder.decode_lines((folder / METRICS).read_bytes())
    last = [each for each in records if isinstance(each, EvalRecord)][-1]
    ends = measured(folder)
    return Result(
        initial_train_loss=float(ends.initial_train_loss),
        train_loss=float(ends.final_train_loss),
        val_loss=float(last.val_loss),
        accuracy=math.nan if last.val_accuracy is None else 100 * float(last.val_accuracy),
        cpu_s=ends.cpu_s,
    )
