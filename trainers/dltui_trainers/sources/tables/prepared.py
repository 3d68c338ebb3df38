"""A table made ready for a network: divided, its inputs of mean 0 and deviation 1, and what was done to it as notes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dltui_trainers.errors import DataError
from dltui_trainers.sources.files import shown
from dltui_trainers.sources.tables.columns import Choices, inputs_of, roles_of
from dltui_trainers.sources.tables.gaps import Places, usable_rows
from dltui_trainers.sources.tables.quoting import listed, quoted, setting
from dltui_trainers.sources.tables.rows import Numbers
from dltui_trainers.sources.tables.table import Table
from dltui_trainers.sources.tables.target import Target, divided, target_of

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """The samples, in random order: the first ``n_train`` of ``x`` and ``y`` train, the others validate.

    ``x`` is (samples, inputs); ``y`` is (samples,) places among ``classes``, or (samples, 1) numbers. ``notes`` tell
    what a person did not ask for and should know.
    """

    inputs: tuple[str, ...]
    target: str
    classes: tuple[str, ...] | None
    x: Matrix
    y: NDArray[np.int64] | Matrix
    n_train: int
    notes: tuple[str, ...]


def prepare(table: Table, choices: Choices) -> Prepared:
    """Return what a network learns from ``table``. Mean and deviation are those of the training rows.

    Raises :class:`DataError`.
    """
    roles = roles_of(table, choices)
    rows, notes = usable_rows(table, roles, choices.missing)
    target = target_of(table, roles.target, rows, choices.target_kind)
    training, validation = divided(target, choices.val_share)
    order, n_train = rows[np.concatenate([training, validation])], len(training)
    names, columns, constant, counting = [], [], [], []
    for each in inputs_of(table, roles):
        if bool(np.all(np.diff(each.values[rows]) == 1)):
            counting.append(each.name)
        column = _scaled(each.values[order], n_train, f"{shown(table.path)}: column {quoted(each.name)}")
        if column is None:
            constant.append(each.name)
        else:
            names.append(each.name)
            columns.append(column)
    if not columns:
        raise DataError(f"{shown(table.path)}: every column is the same in all training rows: nothing can be learned.")
    return Prepared(
        inputs=tuple(names),
        target=table.names[roles.target],
        classes=target.classes,
        x=np.column_stack(columns),
        y=_targets(table, roles.target, target, np.concatenate([training, validation]), n_train),
        n_train=n_train,
        notes=tuple(filter(None, [target.note, *notes, _of_constant(constant), _of_counting(counting)])),
    )


def _targets(table: Table, column: int, target: Target, order: Places, n_train: int) -> NDArray[np.int64] | Matrix:
    values = target.values[order]
    if target.classes is not None:
        return values.astype(np.int64)
    where = f"{shown(table.path)}: the target {quoted(table.names[column])}"
    scaled = _scaled(values.astype(np.float64), n_train, where)
    if scaled is None:
        raise DataError(f"{where} is the same in all {n_train} training rows: there is nothing to tell.")
    return scaled[:, np.newaxis]


def _scaled(values: Numbers, n_train: int, where: str) -> Matrix | None:
    """Return ``values`` with mean 0 and deviation 1 over the training rows, and the mean where nothing is known.

    ``None`` where they are all the same. Raises :class:`DataError` for numbers that cannot be scaled.
    """
    known = values[:n_train]
    known = known[~np.isnan(known)]
    if not len(known) or known.min() == known.max():
        return None
    with np.errstate(all="ignore"):  # numbers near the end of what a computer can hold
        mean, deviation = known.mean(), known.std()
        scaled: Matrix = ((np.where(np.isnan(values), mean, values) - mean) / deviation).astype(np.float32)
    if not (np.isfinite(scaled).all() and deviation < np.inf):
        raise DataError(
            f"{where} holds numbers from {values[~np.isnan(values)].min():g} to {values[~np.isnan(values)].max():g},"
            " which cannot be brought to deviation 1: correct or ignore them."
        )
    return scaled


def _of_constant(names: list[str]) -> str:
    if not names:
        return ""
    return f"Left out, because all training rows have the same value there: {listed(names)}."


def _of_counting(names: list[str]) -> str:
    if not names:
        return ""
    return (
        f"{listed(names)} counts the rows: if they are sorted, that tells the target; {setting('ignore', *names)} does"
        " without."
    )
