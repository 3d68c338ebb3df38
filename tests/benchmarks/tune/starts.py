"""The starting points: tasks that are short to train, each with settings from which it goes badly, or not well.

``given`` holds for doctor and searches alike, and none of them may change it; ``start`` is what the doctor begins with.
The rules were not developed with those of :data:`UNSEEN`: they were written down when the rules stood.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.guide.grounds import DIGITS_TRAIN, ROWS
from benchmarks.guide.table import draw, write

UNSEEN = ("digits-tiny", "mnist1d-cnn-wild", "text-slow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One of them."""

    name: str
    task: str
    given: Mapping[str, str]
    start: Mapping[str, str]


def starts(folder: Path) -> dict[str, Start]:
    """Return all of them by name; a file that one of them needs is written into ``folder``."""
    path = folder / "table.csv"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write(path, draw(ROWS))
    digits = {"model": "mlp", "epochs": "20", "train_size": str(DIGITS_TRAIN)}
    mnist1d = {"model": "mlp", "epochs": "15", "train_size": "1000"}
    moons = {"epochs": "30"}
    table = {"data": str(path), "epochs": "20"}
    cnn = {"model": "cnn", "epochs": "8", "train_size": str(DIGITS_TRAIN)}
    polynomial = {"epochs": "500"}
    signals = {"model": "cnn", "epochs": "8", "train_size": "1000"}
    text = {"model": "gru", "epochs": "3", "train_size": "320", "context": "32"}
    found = (
        Start(name="digits-slow", task="digits", given=digits, start={"lr": "1e-5"}),
        Start(name="digits-wild", task="digits", given=digits, start={"optimizer": "momentum", "lr": "3"}),
        Start(name="digits-held-down", task="digits", given=digits, start={"dropout": "0.8", "weight_decay": "0.03"}),
        Start(
            name="mnist1d-by-heart",
            task="mnist1d",
            given=mnist1d,
            start={"width": "256", "layers": "3", "lr": "1e-3"},
        ),
        Start(
            name="mnist1d-vanishing",
            task="mnist1d",
            given=mnist1d,
            start={"layers": "5", "activation": "sigmoid", "optimizer": "sgd", "lr": "0.01"},
        ),
        Start(
            name="moons-small",
            task="moons",
            given=moons,
            start={"optimizer": "sgd", "lr": "0.001", "layers": "1", "width": "4"},
        ),
        Start(name="polynomial-bent", task="polynomial", given=polynomial, start={"degree": "9", "lr": "0.001"}),
        Start(name="table-jumping", task="tabular", given=table, start={"lr": "0.3"}),
        Start(name="cnn-slow", task="digits", given=cnn, start={"channels": "4", "lr": "3e-5"}),
        Start(name="digits-tiny", task="digits", given=digits, start={"layers": "1", "width": "3"}),
        Start(name="mnist1d-cnn-wild", task="mnist1d", given=signals, start={"optimizer": "momentum", "lr": "2"}),
        Start(name="text-slow", task="text", given=text, start={"lr": "1e-5"}),
    )
    return {each.name: each for each in found}
