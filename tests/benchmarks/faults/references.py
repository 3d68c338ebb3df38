"""The best known configuration of each task, and what it reaches here: the measure of every other training.

The settings are the winners of ``search.py`` (of ``digits`` and ``mnist1d`` among multilayer perceptrons, as all their
faulty configurations are); epochs and batch size are the task's own. The losses are measured by
training them, so that they belong to the same machine and versions as what is compared with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from benchmarks.faults.config import Config
from benchmarks.faults.outcome import Outcome, outcome_of
from benchmarks.faults.train import run_of, train_all

SEEDS = (0, 1, 2, 3, 4)

SETTINGS: dict[str, dict[str, str]] = {
    "digits": {"lr": "0.0068", "width": "128", "layers": "2", "activation": "relu", "dropout": "0.3"},
    "mnist1d": {"lr": "0.0041", "width": "512", "layers": "3", "activation": "gelu", "dropout": "0.3"},
    "polynomial": {"lr": "0.005", "degree": "2"},
    "spirals": {"lr": "0.0066", "width": "128", "layers": "2", "activation": "gelu"},
    "blobs": {
        "lr": "0.0042",
        "width": "16",
        "layers": "3",
        "activation": "tanh",
        "dropout": "0.3",
        "weight_decay": "0.01",
    },
    "teacher": {
        "lr": "0.0062",
        "width": "64",
        "layers": "2",
        "activation": "tanh",
        "dropout": "0.1",
        "weight_decay": "0.001",
    },
    "sines": {"lr": "0.0066", "width": "128", "layers": "2", "activation": "gelu"},
    "shapes": {
        "lr": "0.011",
        "layers": "2",
        "activation": "relu",
        "dropout": "0.1",
        "weight_decay": "0.001",
        "model": "cnn",
        "channels": "16",
    },
    "imbalance": {"lr": "0.015", "width": "32", "layers": "2", "activation": "tanh", "dropout": "0.3"},
    "parity": {
        "lr": "0.0062",
        "width": "64",
        "layers": "2",
        "activation": "tanh",
        "dropout": "0.1",
        "weight_decay": "0.001",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Means over the seeds, and the deviation from seed to seed as a share of the mean."""

    val_loss: float
    val_noise: float
    train_loss: float
    train_noise: float


def repeats(task: str, seeds: Sequence[int] = SEEDS) -> list[Config]:
    """Return the reference configuration of ``task`` once for each seed."""
    return [Config(task=task, settings=SETTINGS[task] | {"seed": str(seed)}) for seed in seeds]


def reference(task: str) -> Reference:
    """Return what the reference configuration reaches; trains where the cache does not hold it."""
    train_all(repeats(task))
    return summary([outcome_of(run_of(each)) for each in repeats(task)])


def summary(outcomes: Sequence[Outcome]) -> Reference:
    """Return what repeats of one configuration have in common, and how far they differ."""
    val, train = [each.best_val_loss for each in outcomes], [each.end_train_loss for each in outcomes]
    return Reference(
        val_loss=mean(val),
        val_noise=stdev(val) / mean(val),
        train_loss=mean(train),
        train_noise=stdev(train) / mean(train),
    )
