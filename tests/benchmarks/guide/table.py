"""A table to be learned, made here: as many rows as anybody wants, and an error that no network can avoid.

Three kinds of things are told by ten measurements through a random network of sigmoid units; four more columns tell
nothing. Which kind a row is of is drawn with the probabilities of that network. As in real tables some columns are
skewed, and their units differ by a factor of a million.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kinds = NDArray[np.int64]

COLUMNS, TELLING, UNITS = 14, 10, 8
KINDS = ("amber", "basalt", "chalk")
STEEPNESS = 6.0
"""Of the probabilities: about one row in eight is not of the kind that its measurements make most probable."""
SEED = 3407
TARGET = "kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """``x`` (rows, columns) and the kind of each row; ``chances`` (rows, kinds) are those that it was drawn with."""

    x: Floats
    kinds: Kinds
    chances: Floats

    def __getitem__(self, places: slice) -> "Rows":
        return Rows(x=self.x[places], kinds=self.kinds[places], chances=self.chances[places])

    @property
    def least_loss(self) -> float:
        """The cross entropy of somebody who knows the chances: what no network can be below, but by luck."""
        return float(-np.log(self.chances[np.arange(len(self.kinds)), self.kinds]).mean())


def draw(n: int) -> Rows:
    """Return ``n`` rows; fewer of them are the first of more."""
    law = np.random.default_rng(SEED)
    first, second = law.standard_normal((TELLING, UNITS)), law.standard_normal((UNITS, len(KINDS)))
    scales = 10 ** law.uniform(-3, 3, COLUMNS)
    skewed = law.random(COLUMNS) < 0.4
    causes = np.random.default_rng(SEED + 1).standard_normal((n, COLUMNS))
    thresholds = np.random.default_rng(SEED + 2).random((n, 1))
    scores = STEEPNESS * np.tanh(causes[:, :TELLING] @ first / np.sqrt(TELLING)) @ second / np.sqrt(UNITS)
    scores -= scores.max(axis=1, keepdims=True)
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    kinds = (chances.cumsum(axis=1) < thresholds).sum(axis=1)
    return Rows(x=np.where(skewed, np.exp(causes), causes) * scales, kinds=kinds, chances=chances)


def write(path: Path, rows: Rows) -> None:
    """Write the rows as a CSV file, the kind last."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*(f"x{number}" for number in range(1, COLUMNS + 1)), TARGET])
        for values, kind in zip(rows.x, rows.kinds, strict=True):
            writer.writerow([*(f"{value:.9g}" for value in values), KINDS[kind]])
