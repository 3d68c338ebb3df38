"""Values of a table that are missing or infinite: which rows can be used, or what a person must decide first."""

import numpy as np
from numpy.typing import NDArray

from dltui_trainers.choices import Missing
from dltui_trainers.errors import DataError
from dltui_trainers.sources.files import shown
from dltui_trainers.sources.tables.columns import Roles
from dltui_trainers.sources.tables.quoting import quoted, setting
from dltui_trainers.sources.tables.table import Table

LEAST_ROWS = 10
"""With fewer rows a validation says nothing."""

Places = NDArray[np.int64]


def usable_rows(table: Table, roles: Roles, missing: Missing) -> tuple[Places, list[str]]:
    """Return the places of the rows to use, and notes on those that are left out. Raises :class:`DataError`.

    A row without a target can teach nothing: unless it is refused it is left out, also where ``missing`` is mean.
    """
    for column in (roles.target, *roles.inputs):
        _refuse_infinite(table, column)
    gaps = {column: table.missing(column) for column in (roles.target, *roles.inputs)}
    gaps = {column: mask for column, mask in gaps.items() if mask.any()}
    for column, mask in gaps.items():
        _refuse_empty(table, roles, column, mask)
    if gaps and missing is Missing.REFUSE:
        raise DataError(_refusal(table, roles, gaps))
    dropped = np.zeros(len(table.lines), bool)
    for column, mask in gaps.items():
        if column == roles.target or missing is Missing.DROP:
            dropped |= mask
    rows = np.flatnonzero(~dropped)
    _refuse_few(table, len(rows))
    if not dropped.any():
        return rows, []
    what = "a value" if missing is Missing.DROP else "the target"
    return rows, [f"{np.count_nonzero(dropped)} of {len(dropped)} rows are left out: {what} is missing in them."]


def _refuse_infinite(table: Table, column: int) -> None:
    infinite = np.isinf(table.numbers[:, column])
    if infinite.any():
        raise DataError(
            f"{_where(table, column)} holds an infinite number in line {_first(table, infinite)}: correct it, or leave"
            " it empty and say with --set missing=drop or mean what becomes of it."
        )


def _refuse_empty(table: Table, roles: Roles, column: int, mask: NDArray[np.bool_]) -> None:
    if not mask.all():
        return
    instead = "set another target" if column == roles.target else setting("ignore", table.names[column])
    raise DataError(f"{_where(table, column)} has no value in any row: {instead}.")


def _refusal(table: Table, roles: Roles, gaps: dict[int, NDArray[np.bool_]]) -> str:
    """The sentence about the column that lacks most, which a person may want to leave out."""
    column, mask = max(gaps.items(), key=lambda gap: (gap[0] == roles.target, np.count_nonzero(gap[1])))
    others = len(gaps) - 1
    beside = f", and so do {others} other columns" if others > 1 else ", and so does another column" if others else ""
    lacks = f"lacks {np.count_nonzero(mask)} of {len(mask)} values, the first in line {_first(table, mask)}{beside}"
    drop = "--set missing=drop leaves such rows out"
    if column == roles.target:
        return f"{_where(table, column)}, the target, {lacks}: {drop}."
    mean = "--set missing=mean takes the training set's mean"
    return f"{_where(table, column)} {lacks}: {drop}, {mean}, {setting('ignore', table.names[column])} does without it."


def _refuse_few(table: Table, rows: int) -> None:
    if rows >= LEAST_ROWS:
        return
    total = len(table.lines)
    needed = f"at least {LEAST_ROWS} are needed to train and to validate"
    if rows == total:
        raise DataError(f"{shown(table.path)} has {total} row{'s' * (total > 1)}, and {needed}.")
    raise DataError(
        f"{shown(table.path)}: {rows} of {total} rows lack nothing, and {needed}; take --set missing=mean, or leave out"
        " the columns that lack most with --set ignore=NAME."
    )


def _where(table: Table, column: int) -> str:
    return f"{shown(table.path)}: column {quoted(table.names[column])}"


def _first(table: Table, mask: NDArray[np.bool_]) -> int:
    return int(table.lines[int(np.argmax(mask))])
