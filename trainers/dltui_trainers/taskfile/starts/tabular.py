"""A table in a CSV file: what is in one column, given the others?"""

import csv
from pathlib import Path

import numpy as np

# Change: your table, with a first line of names, and the column to tell. While it is not there, one is made up.
FILE = Path(__file__).parent / "table.csv"
TARGET = "sold"

# Change: defaults that are not ours, and hyperparameters of your own; a comment behind one is its help.
hparams = {
    "epochs": 20,
    "lr": 0.001,
    "batch_size": 32,
    "width": 32,
    "limit": 3.0,  # values further than so many deviations from the mean are cut off
}


def load(h):
    """Return (train_x, train_y), (val_x, val_y), with the columns brought to one scale."""
    rows = read() if FILE.is_file() else make_up()
    np.random.default_rng(0).shuffle(rows)  # a sorted table would be split into unlike halves
    n_train = len(rows) * 4 // 5
    # Change: each different entry is a class. For a number to be told: np.array([...], dtype=float).
    y = np.unique([row[TARGET] for row in rows], return_inverse=True)[1]
    # Change: which columns to use, and how: logarithms, words as numbers, ...
    columns = [name for name in rows[0] if name != TARGET]
    x = np.array([[row[name] for name in columns] for row in rows], dtype=float)
    # The mean and the deviation of the training rows alone: of the others nothing is to be known.
    x = (x - x[:n_train].mean(0)) / (x[:n_train].std(0) + 1e-9)
    x = x.clip(-h.limit, h.limit)
    return (x[:n_train], y[:n_train]), (x[n_train:], y[n_train:])


def read():
    """Read the table, a dict for each row."""
    with FILE.open(newline="") as file:
        return list(csv.DictReader(file))


def make_up():
    """Make up some houses that were sold, or not. Change: delete it, it only shows how it goes."""
    draw = np.random.default_rng(2)
    price, rooms, age = draw.normal(300, 60, 1500), draw.integers(1, 8, 1500), draw.integers(0, 90, 1500)
    wanted = 50 * rooms - 0.8 * price - abs(age - 40) + draw.normal(60, 25, 1500)
    columns = {"price": price, "rooms": rooms, "age": age, TARGET: wanted > 0}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


# Change: build_model(h, data), loss(output, target) and metrics(output, target) can be your own, too. Without them you
# have our network (layers, width, activation, norm, dropout), cross entropy, and accuracy, precision and recall.
