"""A search space: the hyperparameters that a search chooses, and the values that each may take."""

from dataclasses import dataclass

import msgspec

from dltui_trainers.runlog import Value


class Dimension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One hyperparameter of a search: a choice among ``choices``, or a number from ``low`` to ``high``, both included.

    ``log``: drawn so that each decade is as likely as any other. ``whole``: a whole number. ``step``: only ``low`` plus
    multiples of it; 0: any. ``points``: so many values of a range make its part of a grid; 0: a few. ``also``: values
    beside the range, such as 0 for a weight decay that is off; each is as likely as the whole range is with one of
    them.
    """

    name: str
    choices: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    whole: bool = False
    step: float = 0.0
    points: int = 0
    also: tuple[Value, ...] = ()

    @property
    def is_choice(self) -> bool:
        """Whether its values are listed."""
        return bool(self.choices)


@dataclass(frozen=True, slots=True)
class Space:
    """The dimensions of a search in the order in which they are drawn; each name once."""

    dimensions: tuple[Dimension, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The hyperparameters that the search chooses."""
        return tuple(each.name for each in self.dimensions)
