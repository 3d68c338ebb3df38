"""The shapes in which JSON holds curves, and how well each piece of a document fits one of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeGuard

from dltui.formats.meaning.names import SPLITS, Quantity, meaning_of
from dltui.formats.meaning.numbers import as_float, parse
from dltui.formats.meaning.records import cells_of
from dltui.formats.reading.table import TableBuilder

CURVE_KEYS = ("history", "curve", "learning_curve", "log", "losses", "metrics")
"""Parts of the keys under which lists without names of their own are taken for curves."""
_UNNAMED = {2: ("train_loss", "val_loss"), 3: ("train_loss", "train_accuracy", "val_accuracy")}
"""What the columns of a list of lists are, by their number; with three, the last two must be fractions."""
_LOOKED_AT = 20
"""Records that are looked at to tell what a list holds."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A piece of the document as rows. ``score``: how many measures it has, and how many rows; more is better."""

    score: tuple[int, int]
    rows: Iterable[list[tuple[str, float]]]


NO_SHAPE = Shape((0, 0), ())
"""What holds no curves."""


def recognise(key: str, value: object) -> Shape:
    """Return the piece that lies under ``key`` as rows; NO_SHAPE if it holds no curves."""
    if isinstance(value, dict):
        return max(_columns(value), _numbered(value), key=lambda shape: shape.score)
    if isinstance(value, list) and value:
        if any(isinstance(each, dict) for each in value[:_LOOKED_AT]):
            return _records(value)
        if isinstance(value[0], list):
            return _unnamed(key, value)
    return NO_SHAPE


def fill(shape: Shape, table: TableBuilder) -> None:
    """Add the rows of the shape to the table."""
    for row in shape.rows:
        table.add(row)


def _records(values: list[object]) -> Shape:
    records = [each for each in values if isinstance(each, dict)]
    names = {name for each in records[:_LOOKED_AT] for name, _ in cells_of(each)}
    return _scored(names, len(records), (list(cells_of(each)) for each in records))


def _numbered(values: dict[str, object]) -> Shape:
    """Records under the number of their epoch: ``{"0": {"loss": ...}, "1": ...}``."""
    numbered = ((parse(key), each) for key, each in values.items() if key.isdecimal() and isinstance(each, dict))
    records = [(number, each) for number, each in numbered if number is not None]
    if not records:
        return NO_SHAPE
    named = {name for _, each in records[:_LOOKED_AT] for name, _ in cells_of(each)}
    rows = ([("epoch", number), *cells_of(each)] for number, each in records)
    return _scored(named, len(records), rows)


def _columns(values: dict[str, object]) -> Shape:
    """Lists under names, as a Keras history has them; one level of ``{"train": {"loss": [...]}}`` is looked into."""
    columns = {name: column for name, column in _lists(values) if _is_measured(name)}
    if not columns:
        return NO_SHAPE
    longest = max(len(column) for column in columns.values())
    places = {name: _places(len(column), longest) for name, column in columns.items()}
    rows: list[list[tuple[str, float]]] = [[] for _ in range(longest)]
    for name, column in columns.items():
        for place, value in zip(places[name], column, strict=True):
            number = as_float(value)
            if number is not None:
                rows[place].append((name, number))
    return _scored(columns, longest, rows)


def _lists(values: dict[str, object]) -> Iterable[tuple[str, list[object]]]:
    for name, value in values.items():
        if _is_column(value):
            yield name, value
        elif isinstance(value, dict) and name.lower() in SPLITS:  # other outer names are runs or folds: one is taken
            yield from ((f"{name}/{inner}", column) for inner, column in value.items() if _is_column(column))


def _is_column(value: object) -> TypeGuard[list[object]]:
    if not isinstance(value, list) or not value:
        return False
    return any(as_float(each) is not None for each in value[:_LOOKED_AT])


def _places(count: int, longest: int) -> range:
    """The rows of a shorter column: at the end of each of ``count`` equal parts (a validation every k epochs)."""
    every = longest // count if longest % count == 0 else 1
    return range(every - 1, every * count, every)


def _unnamed(key: str, values: list[object]) -> Shape:
    if not any(part in key.lower() for part in CURVE_KEYS):
        return NO_SHAPE
    rows = [[as_float(cell) for cell in each] for each in values if isinstance(each, list)]
    names = _UNNAMED.get(len(rows[0]))
    if names is None or any(len(row) != len(names) for row in rows):
        return NO_SHAPE
    fractions = [cell for row in rows for cell in row[1:] if cell is not None and cell == cell]
    if len(names) == 3 and not all(0 <= cell <= 1 for cell in fractions):
        return NO_SHAPE
    named = ([(name, cell) for name, cell in zip(names, row, strict=True) if cell is not None] for row in rows)
    return _scored(names, len(rows), named)


def _is_measured(name: str) -> bool:
    return meaning_of(name).quantity is not Quantity.OTHER


def _scored(names: Iterable[str], length: int, rows: Iterable[list[tuple[str, float]]]) -> Shape:
    axes = (Quantity.OTHER, Quantity.STEP, Quantity.EPOCH, Quantity.TIME)
    measures = {meaning_of(name) for name in names if meaning_of(name).quantity not in axes}
    return Shape((len(measures), length), rows) if measures else NO_SHAPE
