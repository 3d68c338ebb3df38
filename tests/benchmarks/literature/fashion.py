"""Accuracies of two small networks on Fashion-MNIST, where the user has it."""

import math

from benchmarks.faults.config import Config
from benchmarks.literature.compare import ERRORS, Seeds, at_least
from benchmarks.literature.table import Claim, NotHere, Table
from benchmarks.literature.trainings import Trainings, accuracy_of
from dltui_trainers.errors import DataError
from dltui_trainers.sources.images.locate import locate
from dltui_trainers.sources.images.places import FASHION, VARIABLE

SEEDS = (0, 1)
VALIDATED = 10_000
"""Test images, of which either side measured its accuracy."""
SHARED = {"lr": "0.002", "optimizer": "adam", "schedule": "cosine", "batch_size": "128"}
NETWORKS: dict[str, tuple[str, float, dict[str, str]]] = {
    "CNN": ("2 Conv Layers with max pooling (Keras)", 0.876, {"model": "cnn", "layers": "2", "epochs": "2"}),
    "MLP": ("MLP 256-128-64", 0.900, {"model": "mlp", "layers": "3", "width": "128", "epochs": "10"}),
}
"""By name: its line in the list, the accuracy there, and ours that is nearest to it."""


def measure(trainings: Trainings) -> Table:
    """Train both networks for a few epochs. Raises ``NotHere`` where the images are not found."""
    try:
        data = locate(FASHION).path
    except DataError as error:
        raise NotHere(f"No {FASHION} was found; ${VARIABLE} can name the folder that it lies in.") from error
    configs = {
        name: Config(task="images", settings=SHARED | settings | {"data": str(data)})
        for name, (_, _, settings) in NETWORKS.items()
    }
    results = trainings.over_seeds(configs, SEEDS)
    return Table(
        title="Fashion-MNIST: two small networks",
        sources=(
            "H. Xiao and others, Fashion-MNIST, 2017, arXiv:1708.07747; the list of submitted, untested results in the"
            " README of github.com/zalandoresearch/fashion-mnist.",
        ),
        setting=(
            "60 000 + 10 000 images, Adam at 0.002 on a cosine, batches of 128; MLP 3 x 128, 10 epochs; CNN of two"
            f" convolutions (16 and 32 channels) with max pooling, 2 epochs; {len(SEEDS)} seeds."
        ),
        reached_if=(
            f"the mean at the last step is no more than {ERRORS:g} standard errors below the published value, as two"
            f" samples of {VALIDATED} have them; the budgets are not the same, so more is no miss."
        ),
        claims=tuple(_claim(name, accuracy_of(results[name])) for name in reversed(NETWORKS)),
    )


def _claim(name: str, accuracy: Seeds) -> Claim:
    entry, published, _ = NETWORKS[name]
    low = 100 * (published - ERRORS * math.sqrt(2 * published * (1 - published) / VALIDATED))
    return Claim(
        says=f"{name} ({entry})",
        published=f"{100 * published:.1f} % (from {low:.1f})",
        measured=accuracy.percent(),
        missed=at_least(accuracy.mean, low, " points"),
    )
