"""What each column of a table is for: one is the target, some are left out, the others become inputs of a network."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dltui_trainers.choices import Missing, TargetKind, TextColumns
from dltui_trainers.errors import DataError
from dltui_trainers.hparams import Hparams
from dltui_trainers.sources.files import shown
from dltui_trainers.sources.tables.quoting import closest, listed, quoted, setting
from dltui_trainers.sources.tables.rows import Numbers
from dltui_trainers.sources.tables.table import MOST_WORDS, NOTHING, Table, Words

MOST_ONE_HOT = 50
"""Different words of a column that are made a column each; more are names, which a small network learns by heart."""
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
_BOOLEANS = {"false": 0.0, "true": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The hyperparameters that say what to make of a table."""

    target: str
    target_kind: TargetKind
    ignore: str
    text_columns: TextColumns
    missing: Missing
    val_share: float

    @classmethod
    def of(cls, hparams: Hparams) -> "Choices":
        """Return those of a configuration."""
        return cls(
            target=hparams.target,
            target_kind=hparams.target_kind,
            ignore=hparams.ignore,
            text_columns=hparams.text_columns,
            missing=hparams.missing,
            val_share=hparams.val_share,
        )


@dataclass(frozen=True, slots=True)
class Roles:
    """The places of the target and of the columns that become inputs."""

    target: int
    inputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a network, for all rows; NaN where nothing is known."""

    name: str
    values: Numbers


def roles_of(table: Table, choices: Choices) -> Roles:
    """Return what each column is for. Raises :class:`DataError`."""
    path, names = shown(table.path), table.names
    if len(names) == 1:
        raise DataError(
            f"{path} has one column, {quoted(names[0])}: it needs a target and at least one other, parted by commas,"
            " semicolons or tabs."
        )
    if not len(table.lines):
        raise DataError(f"{path} has no row below the names in its first line.")
    target = _place(table, choices.target) if choices.target else len(names) - 1
    _refuse_names(table, target)
    ignored = {_place(table, name) for name in _names_in(choices.ignore)}
    if target in ignored:
        raise DataError(f"{path}: {quoted(names[target])} cannot be the target and be ignored; set another target.")
    inputs = [column for column in range(len(names)) if column != target and column not in ignored]
    inputs = [column for column in inputs if _is_used(table, column, choices.text_columns)]
    if not inputs:
        raise DataError(f"{path}: no column of numbers is left beside the target {quoted(names[target])}.")
    return Roles(target=target, inputs=tuple(inputs))


def inputs_of(table: Table, roles: Roles) -> Iterator[Input]:
    """Yield the inputs: a column of numbers is one, a column of words is one for each of them, sorted."""
    for column in roles.inputs:
        name = table.names[column]
        if column not in table.words:
            yield Input(name, table.numbers[:, column])
            continue
        words = table.words[column]
        unknown = words.codes == NOTHING
        if is_boolean(words):
            truth = np.array([_BOOLEANS[word.casefold()] for word in words.known])
            yield Input(name, np.where(unknown, np.nan, truth[words.codes]))
            continue
        for word, code in sorted(words.known.items()):
            yield Input(f"{name} = {word}", np.where(unknown, np.nan, words.codes == code))


def is_boolean(words: Words) -> bool:
    """Tell whether there are no other words than true and false, in any case."""
    return {word.casefold() for word in words.known} <= _BOOLEANS.keys()


def _names_in(ignore: str) -> list[str]:
    """The names joined by commas; one that has a comma itself stands in double quotes."""
    row = next(csv.reader([ignore], skipinitialspace=True), [])
    return [name.strip() for name in row if name.strip()]


def _place(table: Table, name: str) -> int:
    if name in table.names:
        return table.names.index(name)
    raise DataError(
        f"{shown(table.path)} has no column {quoted(name)}.{closest(name, table.names)} Its columns are"
        f" {listed(table.names)}."
    )


def _refuse_names(table: Table, target: int) -> None:
    words = table.words.get(target)
    if words is not None and words.too_many:
        raise DataError(
            f"{shown(table.path)}: the target {quoted(table.names[target])} has more than {MOST_WORDS} different texts,"
            f" {_sample(words)} the first: those are no classes; set another target."
        )


def _is_used(table: Table, column: int, text_columns: TextColumns) -> bool:
    """Tell whether a column becomes an input; raises :class:`DataError` where a person must say so."""
    words = table.words.get(column)
    if words is None or is_boolean(words):
        return True
    where = f"{shown(table.path)}: column {quoted(table.names[column])}"
    leave_out = f"leave it out with {setting('ignore', table.names[column])}"
    if text_columns is TextColumns.REFUSE:
        raise DataError(f"{where} holds text, {_sample(words)}: {leave_out}, or {_instead(words)}.")
    if text_columns is TextColumns.ONE_HOT and len(words.known) > MOST_ONE_HOT:
        many = f"more than {len(words.known) - 1}" if words.too_many else str(len(words.known))
        raise DataError(
            f"{where} has {many} different texts, and one_hot, which makes an input of each, takes at most"
            f" {MOST_ONE_HOT}: {leave_out}."
        )
    return text_columns is TextColumns.ONE_HOT


def _sample(words: Words) -> str:
    word, line = words.sample
    return f"{quoted(word)} in line {line}"


def _instead(words: Words) -> str:
    if _DECIMAL_COMMA.fullmatch(words.sample[0]):
        return "write its decimals with a point"
    return (
        "take --set text_columns=one_hot (an input for each of its values) or --set text_columns=drop (no column of"
        " text)"
    )
