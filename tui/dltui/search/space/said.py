"""What a person said of one hyperparameter of a space, as it was written: nothing of it is checked yet."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Of each part None where nothing was said. ``where``: in which word or file, for complaints.

    ``typed``: it stands in a file, where a number is a number; a word of the command line is all text.
    """

    name: str
    where: str
    typed: bool = False
    low: object = None
    high: object = None
    scale: object = None
    step: object = None
    points: object = None
    also: object = None
    choices: object = None

    @property
    def is_range(self) -> bool:
        """Whether it gives the ends of a range."""
        return self.low is not None or self.high is not None
