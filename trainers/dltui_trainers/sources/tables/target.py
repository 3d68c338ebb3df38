"""The target column of a table: classes, or numbers; and how the rows are divided into training and validation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dltui_trainers.choices import TargetKind
from dltui_trainers.errors import DataError
from dltui_trainers.sources.files import shown
from dltui_trainers.sources.tables.columns import is_boolean
from dltui_trainers.sources.tables.gaps import Places
from dltui_trainers.sources.tables.quoting import quoted
from dltui_trainers.sources.tables.rows import Numbers
from dltui_trainers.sources.tables.table import MOST_WORDS, Table

FEW_VALUES = 20
ROWS_A_VALUE = 5
"""Whole numbers are taken for classes if there are at most so many different ones, and so many rows for each of them on
average. A count or a year has more values; the quality of a wine, 3 to 9, can be meant either way."""
SPLIT_SEED = 20_210_909
"""The rows are divided alike for every ``seed``, so that runs can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """What is to be told of each row that is used: the place of its class among ``classes``, or a number."""

    values: NDArray[np.int64] | Numbers
    classes: tuple[str, ...] | None
    note: str = ""


def target_of(table: Table, column: int, rows: Places, kind: TargetKind) -> Target:
    """Return the target of ``rows``, in none of which it is missing. Raises :class:`DataError`."""
    where = f"{shown(table.path)}: the target {quoted(table.names[column])}"
    if column in table.words:
        target = _of_words(table, column, rows, kind, where)
    else:
        target = _of_numbers(table, column, rows, kind, where)
    if target.classes is not None:
        _refuse_classes(table, rows, target, where)
    return target


def divided(target: Target, val_share: float) -> tuple[Places, Places]:
    """Return the places of the training and of the validation rows, both in random order.

    Of each class the validation gets its share, and both parts get one sample at least.
    """
    # RandomState and not a Generator: its numbers are promised to stay the same in every version.
    order = np.random.RandomState(SPLIT_SEED).permutation(len(target.values))
    if target.classes is None:
        held = np.zeros(len(order), bool)
        held[: _share(len(order), val_share)] = True
        return order[~held], order[held]
    values, held = target.values[order], np.zeros(len(order), bool)
    for label in range(len(target.classes)):
        places = np.flatnonzero(values == label)
        held[places[: _share(len(places), val_share)]] = True
    return order[~held], order[held]


def _share(n: int, share: float) -> int:
    return min(max(1, round(n * share)), n - 1)


def _of_words(table: Table, column: int, rows: Places, kind: TargetKind, where: str) -> Target:
    words = table.words[column]
    if kind is TargetKind.NUMBERS:
        word, line = words.sample
        raise DataError(f"{where} holds text, {quoted(word)} in line {line}, so it cannot be target_kind = numbers.")
    fold = str.casefold if is_boolean(words) else str
    names = np.array([fold(word) for word in words.known], dtype=object)
    known = sorted(set(names))
    place_of = {name: place for place, name in enumerate(known)}
    labels = np.array([place_of[name] for name in names], np.int64)[words.codes[rows]]
    present, values = np.unique(labels, return_inverse=True)
    return Target(values=values, classes=tuple(known[place] for place in present))


def _of_numbers(table: Table, column: int, rows: Places, kind: TargetKind, where: str) -> Target:
    numbers = table.numbers[rows, column]
    if kind is TargetKind.NUMBERS or (kind is TargetKind.AUTO and not _look_like_classes(numbers)):
        if numbers.min() == numbers.max():
            raise DataError(f"{where} is {_plain(numbers[0])} in every row: there is nothing to tell; set another one.")
        return Target(values=numbers, classes=None)
    present, values = np.unique(numbers, return_inverse=True)
    if len(present) > MOST_WORDS:
        raise DataError(
            f"{where} has {len(present)} different numbers, and classes are at most {MOST_WORDS}; take"
            " --set target_kind=numbers."
        )
    note = ""
    if kind is TargetKind.AUTO:
        note = (
            f"The {len(present)} whole numbers of {quoted(table.names[column])} are taken for classes;"
            " --set target_kind=numbers takes them for numbers, classes says that they are."
        )
    return Target(values=values, classes=tuple(map(_plain, present)), note=note)


def _look_like_classes(numbers: Numbers) -> bool:
    whole = bool(np.all(numbers == np.floor(numbers)))
    return whole and len(np.unique(numbers)) <= min(FEW_VALUES, len(numbers) / ROWS_A_VALUE)


def _refuse_classes(table: Table, rows: Places, target: Target, where: str) -> None:
    assert target.classes is not None
    if len(target.classes) == 1:
        raise DataError(
            f"{where} has one class only, {quoted(target.classes[0])} in all {len(rows)} rows: there is nothing to tell"
            " apart; set another one."
        )
    counts = np.bincount(target.values.astype(np.int64))
    single = np.flatnonzero(counts == 1)
    if not len(single):
        return
    line = table.lines[rows[np.flatnonzero(target.values == single[0])[0]]]
    others = f", and so have {len(single) - 1} other classes" if len(single) > 1 else ""
    instead = " or take --set target_kind=numbers" if target.note else ""
    raise DataError(
        f"{where} has the class {quoted(target.classes[single[0]])} in line {line} alone{others}: each needs a sample"
        f" to train with and one to validate with; remove such rows{instead}."
    )


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(float(number))
