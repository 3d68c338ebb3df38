"""Draws the trainings: a fault of a kind and strength, and around it everything that differs from user to user.

The same seed draws the same list. What a training is called does not follow from its fault: a learning rate ten times
too high may still do well, and three times the epochs may spoil a healthy one; ``label.py`` looks at what happened.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.faults.config import Config
from benchmarks.faults.references import SETTINGS
from benchmarks.faults.tasks import FRESH

SEED = 20_260_101
Settings = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """One training to be made. ``same_data``: its training set is the reference's."""

    fault: str
    config: Config

    @property
    def same_data(self) -> bool:
        return not {"train_size", "label_noise", "noise"} & self.config.settings.keys()


def draw_all(seed: int = SEED) -> list[Faulty]:
    """Return the trainings of every task."""
    drawn = []
    for number, task in enumerate(FRESH):
        for fault, count in COUNTS.items():
            for entry in range(count):
                random = np.random.default_rng([seed, number, list(COUNTS).index(fault), entry])
                drawn.append(Faulty(fault=fault, config=_draw(random, task, fault)))
    return drawn


def _draw(random: np.random.Generator, task: str, fault: str) -> Config:
    settings = _surroundings(random, task)
    settings |= FAULTS[fault](random, settings, task)
    short = fault == "few_epochs"
    return Config(
        task=task,
        settings=settings,
        record_every=int(random.choice([1, 1, 2, 4])),
        eval_every=1 if short else int(random.choice([1, 1, 2])),
    )


def _surroundings(random: np.random.Generator, task: str) -> Settings:
    """The reference with another seed, batch size, length and schedule: what no fault is about."""
    epochs = FRESH[task].defaults["epochs"] * _between(random, 0.5, 2)
    return SETTINGS[task] | {
        "seed": str(random.integers(10_000)),
        "batch_size": str(random.choice([32, 64, 128])),
        "epochs": str(round(epochs)),
        "schedule": str(random.choice(["cosine", "cosine", "constant", "one_cycle"])),
    }


def _healthy(random: np.random.Generator, settings: Settings, task: str) -> Settings:
    """The rate and the size as another person may choose them."""
    size = "channels" if settings.get("model") == "cnn" else "width"
    return {
        "lr": _times(settings["lr"], _between(random, 0.5, 2)),
        size: str(round(int(settings[size]) * float(random.choice([0.75, 1, 1.5])))),
    }


def _diverging(random: np.random.Generator, settings: Settings, task: str) -> Settings:
    if random.random() < 0.5:
        return {"optimizer": "momentum", "lr": f"{_between(random, 10, 300):.3g}"}
    return {"lr": _times(settings["lr"], _between(random, 300, 10_000))}


def _lr_high(random: np.random.Generator, settings: Settings, task: str) -> Settings:
    return {"lr": _times(settings["lr"], _between(random, 10, 30))}


def _lr_low(random: np.random.Generator, settings: Settings, task: str) -> Settings:
    return {"lr": _times(settings["lr"], _between(random, 0.003, 0.03))}


def _few_epochs(random: np.random.Generator, settings: Settings, task: str) -> Settings:
    return {"epochs": str(max(2, round(FRESH[task].defaults["epochs"] * _between(random, 0.05, 0.25))))}


def _small_network(random: np.random.Generator, settings: Settings, task: str) -> Settings:
    size = "channels" if settings.get("model") == "cnn" else "width"
    return {"layers": "0"} if random.random() < 0.3 else {"layers": "1", size: str(random.integers(1, 4))}


def _overfitting(random: np.random.Generator, settings: Settings, task: str) -> Settings:
    """A large network without regularisation for long; with little data, wrong labels, or neither."""
    large = {"channels": "48"} if settings.get("model") == "cnn" else {"width": str(random.choice([256, 384]))}
    settings = {
        **large,
        "dropout": "0",
        "weight_decay": "0",
        "schedule": "constant",
        "epochs": str(round(FRESH[task].defaults["epochs"] * _between(random, 1, 2.5))),
    }
    data = random.choice(["few", "wrong", "all"])
    if data == "few":
        settings |= {"train_size": str(round(FRESH[task].n_train * _between(random, 0.15, 0.5))), "batch_size": "32"}
    elif data == "wrong" and FRESH[task].kind == "classification":
        settings["label_noise"] = f"{_between(random, 0.1, 0.4):.2g}"
    elif data == "wrong":
        settings["noise"] = f"{_between(random, 0.5, 1):.2g}"
    return settings


def _over_regularised(random: np.random.Generator, settings: Settings, task: str) -> Settings:
    name, low, high = [("dropout", 0.7, 0.9), ("weight_decay", 0.1, 1), ("l1", 0.01, 0.1)][random.integers(3)]
    return {name: f"{_between(random, low, high):.2g}"}


def _zero_init(random: np.random.Generator, settings: Settings, task: str) -> Settings:
    return {"init": "zero"}


def _deep_sigmoid(random: np.random.Generator, settings: Settings, task: str) -> Settings:
    return {"activation": "sigmoid", "layers": str(random.integers(5, 9))}


def _between(random: np.random.Generator, low: float, high: float) -> float:
    """A factor whose logarithm is even between the two."""
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def _times(text: str, factor: float) -> str:
    return f"{float(text) * factor:.3g}"


FAULTS: dict[str, Callable[[np.random.Generator, Settings, str], Settings]] = {
    "healthy": _healthy,
    "diverging": _diverging,
    "lr_high": _lr_high,
    "lr_low": _lr_low,
    "few_epochs": _few_epochs,
    "small_network": _small_network,
    "overfitting": _overfitting,
    "over_regularised": _over_regularised,
    "zero_init": _zero_init,
    "deep_sigmoid": _deep_sigmoid,
}
COUNTS = {
    "healthy": 12,
    "diverging": 6,
    "lr_high": 3,
    "lr_low": 3,
    "few_epochs": 3,
    "small_network": 3,
    "overfitting": 7,
    "over_regularised": 2,
    "zero_init": 1,
    "deep_sigmoid": 1,
}
"""How many of each a task gets; more than a quarter have no fault."""
