"""What a person wants of the running training, and what this screen has asked it for."""

from dataclasses import dataclass, field
from typing import Literal

from dltui_trainers.runlog import EventRecord, Value

Wanted = Literal["set", "undo", "pause", "resume", "checkpoint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One command. ``settings``: what to set, name -> value, all of them or none.

    ``change``: the id of the change that an undo means.
    """

    command: Wanted
    change: int | None = None
    settings: dict[str, Value] = field(default_factory=dict)
    reason: str = ""

    @property
    def laid_out(self) -> tuple[str | None, Value, dict[str, Value]]:
        """The wish as a command has it: ``hparam``, ``value`` and ``also``."""
        if not self.settings:
            return None, self.change, {}
        (first, value), *others = self.settings.items()
        return first, value, dict(others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A wish that was handed to the training. ``said``: the wish in words; ``time_s``: Unix seconds.

    ``answers``: what the training answered, empty while it has not.
    """

    id: int
    wish: Wish
    said: str
    time_s: float
    answers: tuple[EventRecord, ...] = ()

    @property
    def latency_s(self) -> float:
        """Seconds from the asking to the answer; the clocks may be those of two machines."""
        return max(0.0, self.answers[0].time - self.time_s)
