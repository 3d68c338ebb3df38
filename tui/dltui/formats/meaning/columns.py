"""Decides which column of a log is the training loss, which the validation accuracy, and so on: by name and content.

The rules, in short. A total beats its parts, and parts (``train/box_loss``, ``train/cls_loss``) are summed only where
there is no total. Of several totals the one with the most values counts: a log has one line with the average of the
whole training, and hundreds with the loss. ``test`` counts as validation where nothing is called validation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dltui.formats.meaning.names import Quantity, Split, meaning_of
from dltui.formats.reading.table import Cells, Dense, Table
from dltui.log_options import Role

PERCENT_ABOVE = 1.5
"""An accuracy beyond this is in percent; fractions end at 1, and a few tools let rounding go above it."""
MOST_COUNTED = 2.0**53
"""A step or an epoch beyond this, which a float does not hold exactly, is none."""
_SPLITS_OF_VAL = (Split.VAL, Split.TEST)


@dataclass(frozen=True, slots=True)
class ColumnRole:
    """A column of the log and what it is used as. Several with one role were summed, or fill each other's gaps."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Assignment:
    """The roles of a table's columns, and the columns that came of it."""

    found: dict[Role, Dense]
    roles: tuple[ColumnRole, ...]


def assign(table: Table, told: Sequence[tuple[str, str]] = ()) -> Assignment:
    """Decide the role of each column of the table that has a value. ``told``: role and column, as a person says."""
    chooser = _Chooser(table, told)
    chooser.losses()
    chooser.axes()
    chooser.fractions()
    chooser.scores()
    filled = [name for name, cells in table.columns.items() if len(cells)]
    roles = tuple(ColumnRole(name, chooser.role.get(name, Role.UNUSED)) for name in filled)
    return Assignment(chooser.found, roles)


class _Chooser:
    def __init__(self, table: Table, told: Sequence[tuple[str, str]]) -> None:
        self._table = table
        self.found: dict[Role, Dense] = {}
        self.role: dict[str, Role] = {}
        for role, column in told:
            self._use(Role(role), [column])
        # what a person has named is no candidate for anything else
        self._named = {name: meaning_of(name) for name in table.columns if name not in self.role}

    def losses(self) -> None:
        """Choose the losses; the training's first, so that an unsaid split can follow it."""
        train = (Split.TRAIN, Split.UNSAID)
        self._loss(Role.TRAIN_LOSS, train, Quantity.LOSS)
        for split in _SPLITS_OF_VAL:
            self._loss(Role.VAL_LOSS, (split,), Quantity.LOSS)
        for split in _SPLITS_OF_VAL:
            self._loss(Role.VAL_LOSS, (split,), Quantity.ERROR)
        self._loss(Role.TRAIN_LOSS, train, Quantity.ERROR)

    def _loss(self, role: Role, splits: tuple[Split, ...], quantity: Quantity) -> None:
        if role in self.found:
            return
        totals = [name for name in self._ranked(quantity) if self._is_total(name) and self._named[name].split in splits]
        if totals:
            by_value = {name: (-len(self._cells(name)), splits.index(self._named[name].split)) for name in totals}
            self._use(role, [min(totals, key=lambda name: (by_value[name], self._named[name].rank))])
            return
        for split in splits:
            parts = [name for name in self._ranked(quantity) if self._named[name].split is split]
            if parts:
                self._use_sum(role, parts)
                return

    def axes(self) -> None:
        """Choose the step, epoch, time, learning rate and gradient norm."""
        self._use_all(Role.STEP, self._ranked(Quantity.STEP))
        self._use_all(Role.EPOCH, self._ranked(Quantity.EPOCH))
        self._use_all(Role.TIME, self._ranked(Quantity.TIME)[:1])
        self._use(Role.GRAD_NORM, self._ranked(Quantity.GRAD_NORM)[:1])
        rates = self._ranked(Quantity.LR)
        plain = [name for name in rates if self._named[name].rank == 0]
        # Of several groups of parameters the last: YOLO warms up the first one, the biases, from a high rate.
        self._use(Role.LR, plain[:1] or rates[-1:])

    def fractions(self) -> None:
        """Choose accuracy, precision and recall; percent becomes a fraction."""
        self._accuracies()
        for quantity, role in ((Quantity.PRECISION, Role.VAL_PRECISION), (Quantity.RECALL, Role.VAL_RECALL)):
            names = [name for name in self._of_validation(quantity) if _all_within(self._cells(name), 1.0)]
            self._use(role, names[:1])
        if Role.VAL_ACCURACY not in self.found and Role.TRAIN_ACCURACY not in self.found:
            self._stand_ins()
        self._scale_percent()

    def scores(self) -> None:
        """Choose perplexity, which is never below 1, and R2, which is never above."""
        least_one = (Quantity.PERPLEXITY, Role.VAL_PERPLEXITY, 1.0, np.inf)
        for quantity, role, low, high in (least_one, (Quantity.R2, Role.VAL_R2, -np.inf, 1.0)):
            names = self._of_validation(quantity)
            self._use(role, [name for name in names if _all_between(self._cells(name), low, high)][:1])

    def _accuracies(self) -> None:
        train = [name for name in self._ranked(Quantity.ACCURACY) if self._named[name].split is Split.TRAIN]
        unsaid = [name for name in self._ranked(Quantity.ACCURACY) if self._named[name].split is Split.UNSAID]
        val = self._of_validation(Quantity.ACCURACY, unsaid_too=False)
        if not val and (train or not self._unsaid_is_train()):
            val, unsaid = unsaid, []
        for role, names in ((Role.VAL_ACCURACY, val), (Role.TRAIN_ACCURACY, train or unsaid)):
            self._use(role, [name for name in names if _all_within(self._cells(name), 100.0)][:1])

    def _stand_ins(self) -> None:
        names = [name for name in self._of_validation(Quantity.QUALITY) if _all_within(self._cells(name), 1.0)]
        self._use(Role.VAL_ACCURACY, names[:1])
        if names:
            rank = self._named[names[0]].rank
            twins = [name for name in self._ranked(Quantity.QUALITY) if self._named[name].split is Split.TRAIN]
            twins = [name for name in twins if self._named[name].rank == rank]
            self._use(Role.TRAIN_ACCURACY, [name for name in twins if _all_within(self._cells(name), 1.0)][:1])

    def _of_validation(self, quantity: Quantity, unsaid_too: bool = True) -> list[str]:
        """The columns of that quantity that were measured on validation data, the likeliest first.

        A name that does not say so counts where the training's columns say that they are the training's.
        """
        splits = [Split.VAL, Split.TEST]
        if unsaid_too and not self._unsaid_is_train():
            splits.insert(1, Split.UNSAID)
        names = [name for name in self._ranked(quantity) if self._named[name].split in splits]
        return sorted(names, key=lambda name: splits.index(self._named[name].split))

    def _unsaid_is_train(self) -> bool:
        """Whether the log is written as Keras does: ``loss`` is the training's, ``val_loss`` the validation's."""
        of_train = [name for name, role in self.role.items() if role is Role.TRAIN_LOSS]
        return any(meaning_of(name).split is Split.UNSAID for name in of_train)

    def _scale_percent(self) -> None:
        accuracies = [role for role in (Role.VAL_ACCURACY, Role.TRAIN_ACCURACY) if role in self.found]
        highest = max((_highest(self.found[role].given) for role in accuracies), default=0.0)
        if highest > PERCENT_ABOVE:  # both or none: a validation that stays below 1.5 % is still in percent
            for role in accuracies:
                self.found[role] = Dense(self.found[role].values / 100.0, self.found[role].present)

    def _is_total(self, name: str) -> bool:
        return not self._named[name].part

    def _ranked(self, quantity: Quantity) -> list[str]:
        """The columns of that quantity that have a value, the most usual name first."""
        names = [name for name, it in self._named.items() if it.quantity is quantity and len(self._cells(name))]
        return sorted(names, key=lambda name: self._named[name].rank)

    def _cells(self, name: str) -> Cells:
        return self._table.columns[name]

    def _use(self, role: Role, names: list[str]) -> None:
        for name in names if role not in self.found else ():
            self.found[role] = self._cells(name).dense(self._table.length)
            self.role[name] = role

    def _use_all(self, role: Role, names: list[str]) -> None:
        """Use the first name's cells, and in rows where it has none those of the next (``step 0``, ``iter 10``)."""
        if not names or role in self.found:
            return
        self.role.update(dict.fromkeys(names, role))
        first = self._cells(names[0])
        if len(first) == self._table.length and (np.abs(first.values) <= MOST_COUNTED).all():
            self.found[role] = first.dense(self._table.length)
            return
        values = np.full(self._table.length, np.nan)
        for name in reversed(names):
            cells = self._cells(name)
            sound = np.abs(cells.values) <= MOST_COUNTED
            rows = np.arange(len(cells)) if cells.rows is None else cells.rows
            values[rows[sound]] = cells.values[sound]
        present = np.isfinite(values)
        if present.any():
            self.found[role] = Dense(values, present)

    def _use_sum(self, role: Role, names: list[str]) -> None:
        """Use the sum of the parts in the rows that have all of them."""
        total, count = np.zeros(self._table.length), np.zeros(self._table.length)
        with np.errstate(invalid="ignore", over="ignore"):  # inf - inf: a loss that is not finite is a value
            for name in names:
                cells = self._cells(name)
                total[cells.at()] += cells.values
                count[cells.at()] += 1
        complete = count == len(names)
        if not complete.any():  # they were never logged together
            self._use(role, [max(names, key=lambda name: len(self._cells(name)))])
            return
        self.found[role] = Dense(np.where(complete, total, np.nan), complete)
        self.role.update(dict.fromkeys(names, role))


def _highest(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.max()) if len(finite) else 0.0


def _all_within(cells: Cells, most: float) -> bool:
    return _all_between(cells, 0.0, most)


def _all_between(cells: Cells, least: float, most: float) -> bool:
    finite = cells.values[np.isfinite(cells.values)]
    return bool(((finite >= least) & (finite <= most)).all())
