"""What a trial came to: the few numbers that steps decide by, taken from its curves."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dltui.guide.levels import above
from dltui.guide.trial import Trial
from dltui.runs.status import RunStatus
from dltui.series.state import RunState

LAST = 5
"""Records whose mean is the level of a training loss: one batch alone is noise."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A trial that has ended, in whatever way, or that is still at work while it is supervised.

    ``seconds``: from its order to its end. ``by_guide``: the guide stopped it, because it was bad or its time was up.
    """

    trial: Trial
    state: RunState
    seconds: float = 0.0
    by_guide: bool = False
    died: str = ""
    """How its process died without an end in the log; empty otherwise."""

    @property
    def status(self) -> RunStatus:
        """What became of it."""
        return self.state.status

    @property
    def failed(self) -> bool:
        """Whether it broke off: an exception, no memory, a kill."""
        return self.status in (RunStatus.FAILED, RunStatus.KILLED)

    @property
    def error(self) -> str:
        """Why, as a sentence; empty if it did not."""
        end = self.state.end
        return self.died or (end.error if end is not None and end.error else "")

    @cached_property
    def val_losses(self) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        """The validation losses in order, that of the untrained network first."""
        return self.state.val_loss.raw.values

    @property
    def initial_loss(self) -> float:
        """The validation loss of the untrained network; NaN if there is none."""
        return float(self.val_losses[0]) if len(self.val_losses) else math.nan

    @property
    def last_loss(self) -> float:
        """The last validation loss; NaN if there is none after the first step."""
        return float(self.val_losses[-1]) if len(self.val_losses) > 1 else math.nan

    @property
    def best_loss(self) -> float:
        """The lowest validation loss; NaN if none is finite."""
        return self.state.best.val_loss if self.state.best else math.nan

    @property
    def best_epoch(self) -> float:
        """The epoch of the lowest validation loss; NaN if none is finite."""
        return self.state.best.epoch if self.state.best else math.nan

    @property
    def train_loss(self) -> float:
        """The level of the training loss at the end; NaN without a record."""
        losses = self.state.train_loss.raw.values[-LAST:]
        return float(np.mean(losses)) if len(losses) else math.nan

    @property
    def train_accuracy(self) -> float:
        """The last training accuracy; NaN where there is none."""
        values = self.state.eval_metrics["train_accuracy"].raw.values
        return float(values[-1]) if len(values) else math.nan

    @property
    def diverged(self) -> bool:
        """Whether its loss ended above that of the untrained network, or is no number.

        One that ended within 1 % of it has learned nothing, which is another thing.
        """
        last = self.last_loss
        return not self.failed and len(self.val_losses) > 1 and not last <= above(self.initial_loss, 0.01)
