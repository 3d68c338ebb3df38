"""The task ``tabular`` without torch: what a CSV file makes of it, and what is wrong with it before anything starts."""

from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from dltui_trainers.errors import DataError
from dltui_trainers.hparams import Hparams
from dltui_trainers.registry import TaskInfo
from dltui_trainers.sources.files import Stamp, stamp_of
from dltui_trainers.sources.tables.columns import Choices
from dltui_trainers.sources.tables.prepared import Prepared, prepare
from dltui_trainers.sources.tables.table import Table, read_table

_Found = TypeVar("_Found", Prepared, Table)

OF_CLASSES = ("loss", "label_smoothing", "per_class", "label_noise")
"""What a regression has none of: its loss is the mean squared error."""


def resolve(task: TaskInfo, hparams: Hparams) -> tuple[TaskInfo, dict[str, str]]:
    """Return the task with its number of training samples and its kind, and the settings that change: the path.

    Raises :class:`DataError`.
    """
    stamp = _stamp(hparams)
    prepared = _prepared(stamp, Choices.of(hparams))
    task = replace(task, n_train=prepared.n_train, notes=prepared.notes, input_shape=(len(prepared.inputs),))
    if prepared.classes is None:
        reads = tuple(name for name in task.reads if name not in OF_CLASSES)
        task = replace(task, kind="regression", reads=reads)
    else:
        task = replace(task, kind="classification", classes=len(prepared.classes))
    return task, {"data": str(stamp.path)}


def read_prepared(hparams: Hparams) -> Prepared:
    """Return the table that ``hparams`` names, ready for a network, and forget what it was made of.

    Raises :class:`DataError`.
    """
    prepared = _prepared(_stamp(hparams), Choices.of(hparams))
    _read_once.cache_clear()  # a training would carry it along to its end
    return prepared


def column_names(data: str) -> tuple[str, ...]:
    """Return the names of the columns of a table, none of what cannot be read: a form proposes them."""
    try:
        return _unless_refused(_read_once(stamp_of(data, "a CSV file"))).names
    except DataError:
        return ()


def _stamp(hparams: Hparams) -> Stamp:
    if not hparams.data:
        raise DataError(
            "The task tabular needs a table: --set data=FILE.csv, and --set target=COLUMN if it is not the last one."
        )
    return stamp_of(hparams.data, "a CSV file")


def _prepared(stamp: Stamp, choices: Choices) -> Prepared:
    return _unless_refused(_prepared_once(stamp, choices))


@lru_cache(maxsize=1)
def _prepared_once(stamp: Stamp, choices: Choices) -> Prepared | DataError:
    try:
        return prepare(_unless_refused(_read_once(stamp)), choices)
    except DataError as error:
        return error


@lru_cache(maxsize=1)
def _read_once(stamp: Stamp) -> Table | DataError:
    """The table or its refusal: the form asks again at each key, and a large file takes seconds to read."""
    try:
        return read_table(stamp.path)
    except DataError as error:
        return error


def _unless_refused(found: _Found | DataError) -> _Found:
    if isinstance(found, DataError):
        raise DataError(str(found))  # a new one: the traceback of an exception grows each time it is raised
    return found
