"""Records as loggers write them, one JSON object each: flattened to named numbers, with the split that they are of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from dltui.formats.meaning.names import MEASURES, SPLITS, Quantity, Split, meaning_of
from dltui.formats.meaning.numbers import as_float, parse_moment
from dltui.formats.reading.table import Mask

SPLIT_KEYS = frozenset({"mode", "split", "phase", "stage", "subset", "partition"})
"""Names of a text that says of which part of the data a record is (``"mode": "val"`` in mmcv)."""
_DEEPEST = 3
"""Records nest a level or two (``{"val": {"loss": ...}}``); what lies deeper are settings."""


def cells_of(record: dict[str, object]) -> Iterator[tuple[str, float]]:
    """Return the numbers of a record by name; those of an inner object are called ``outer/inner``."""
    return with_split(_flat(record, "", 0), split_of(record))


def split_of(record: dict[str, object]) -> str:
    """Return what the record says of the part of the data that it is of, empty if nothing."""
    for name, value in record.items():
        if isinstance(value, str) and name.lower() in SPLIT_KEYS:
            return value
    return ""


def with_split(cells: Iterable[tuple[str, float]], split: str) -> Iterator[tuple[str, float]]:
    """Return the cells with the split in the name of each measure that does not say it itself."""
    of = SPLITS.get(split.strip().lower()) if split else None
    return iter(cells) if of is None else _named_by(cells, of)


def by_split(texts: Sequence[str | None]) -> dict[Split | None, Mask]:
    """Return the rows of each split, by what the rows say that they are of; None if that is no split."""
    known = {text: SPLITS.get(text.strip().lower()) if text else None for text in set(texts)}
    of = [known[text] for text in texts]
    return {split: np.array([each is split for each in of], dtype=np.bool_) for split in dict.fromkeys(of)}


def parted(name: str, present: Mask, splits: Mapping[Split | None, Mask]) -> dict[str, Mask]:
    """Return the names that a column has in the rows of each split, each with the rows that have a cell there: what
    :func:`with_split` does, for many rows at once.
    """
    names = {split: name if split is None else next(_named_by([(name, 0.0)], split))[0] for split in splits}
    if len(set(names.values())) < 2:
        return {next(iter(names.values()), name): present}
    return {named: present & splits[split] for split, named in names.items()}


def _named_by(cells: Iterable[tuple[str, float]], of: Split) -> Iterator[tuple[str, float]]:
    for name, value in cells:
        meaning = meaning_of(name)
        if meaning.split is Split.UNSAID and meaning.quantity in MEASURES:
            yield f"{of}_{name}", value
        else:
            yield name, value


def _flat(record: dict[str, object], prefix: str, depth: int) -> Iterator[tuple[str, float]]:
    for name, value in record.items():
        if isinstance(value, dict):
            if depth < _DEEPEST:
                yield from _flat(value, f"{prefix}{name}/", depth + 1)
            continue
        number = as_float(value)
        if number is None and isinstance(value, str) and meaning_of(name).quantity is Quantity.TIME:
            number = parse_moment(value)
        if number is not None:
            yield prefix + name, number
