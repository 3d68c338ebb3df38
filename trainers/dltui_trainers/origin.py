"""What a training starts from if not from nothing: another run, and a step of it.

With a step it is a *branch*: it goes on from a checkpoint of that run. Without one it is a *restart*: only the settings
are the run's. Either way some hyperparameters may be changed; what that comes to is decided in ``plan``.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dltui_trainers.errors import OriginError
from dltui_trainers.hparam import Family
from dltui_trainers.hparams import CATALOGUE

if TYPE_CHECKING:
    from dltui_trainers.registry import TaskInfo

At = float | Literal["best", "last"]
"""A step, the best state, or the newest."""

REBUILDING: tuple[Family, ...] = ("architecture", "data", "task")
"""Other weights, or other samples than those learned from: a checkpoint has no use for either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The run in ``folder``, from the checkpoint at ``step`` on (a branch), or its settings alone (a restart)."""

    folder: Path
    step: float | Literal["best", "last"] | None = None

    @property
    def run(self) -> str:
        """The run's name: that of its folder."""
        return self.folder.resolve().name


def parse_at(text: str) -> At | None:
    """Return the step that a person writes, None for a restart. Raises :class:`OriginError`."""
    match text:
        case "best" | "last":
            return text
        case "start":
            return None
    try:
        step = float(text)
    except ValueError:
        step = math.nan
    if not 0 <= step < math.inf:
        raise OriginError(f"'{text}' is not a step of a run: write a number of steps, best, last or start after the @.")
    return int(step) if step == int(step) else step


def can_branch(name: str, task: "TaskInfo | None" = None) -> bool:
    """Return whether a training can go on from a checkpoint with another value of that hyperparameter of ``task``."""
    if task is not None and task.is_script:
        return True  # what its state is good for, the script knows
    hparam = task.hparam(name) if task is not None else CATALOGUE[name]
    return name != "seed" and hparam.family not in REBUILDING
