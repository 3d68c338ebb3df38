"""The best validation of a training so far, and how long ago it was: what early stopping looks at."""

import math
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Best:
    """The best validation so far, and what early stopping remembers.

    A branch has a best of its own, because its log and its checkpoints do not tell of what was before. Early stopping
    is not begun anew by a branch without changes, but by every change, live or in a branch: ``bar`` is the lowest loss
    since then, and ``validations_since`` counts those after it.
    """

    val_loss: float = math.inf
    step: int | None = None
    bar: float = math.inf
    validations_since: int = 0

    def improves(self, val_loss: float, step: int) -> bool:
        """Take notice of a validation; return whether it is a new best. NaN never is."""
        if val_loss < self.bar:
            self.bar, self.validations_since = val_loss, 0
        else:
            self.validations_since += 1
        return self.measured(val_loss, step)

    def measured(self, val_loss: float, step: int) -> bool:
        """As :meth:`improves`, for a state that was validated before: early stopping has counted it already."""
        if not val_loss < self.val_loss:
            return False
        self.val_loss, self.step = val_loss, step
        return True

    def wait_anew(self) -> None:
        """Something was changed: it gets the whole patience of early stopping, and need not be better than before."""
        self.bar, self.validations_since = math.inf, 0
