"""What a script tells of its training beside its settings, checked: the manifest must stay one that can be read."""

import math
from dataclasses import dataclass

from dltui_trainers.recorder.warn import Warner
from dltui_trainers.runlog import DataInfo

COUNT_LIMIT = 2**53
CROSS_ENTROPY = "cross_entropy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The arguments of ``start_run`` as the script gave them. What is wrong with one is told, and it is unknown."""

    task: object = None
    epochs: object = None
    steps_per_epoch: object = None
    n_train: object = None
    n_val: object = None
    classes: object = None
    loss: object = None
    expected_initial_loss: object = None
    seed: object = None

    def count(self, name: str, warner: Warner) -> int | None:
        """Return the whole number of that name; None where it is unknown."""
        value = getattr(self, name)
        if value is None:
            return None
        try:
            number = int(value)
            if number == float(value) and 0 <= number <= COUNT_LIMIT:
                return number
        except (TypeError, ValueError, OverflowError):
            pass
        warner.once(name, f"start_run: {name}={str(value)[:40]} is no whole number, and is left out.")
        return None

    def data(self, warner: Warner) -> DataInfo | None:
        """Return what is known of the data; 0 stands for an unknown number of samples."""
        n_train, n_val, classes = (self.count(name, warner) for name in ("n_train", "n_val", "classes"))
        if n_train is None and n_val is None and classes is None:
            return None
        return DataInfo(n_train=n_train or 0, n_val=n_val or 0, classes=classes, class_counts=None, input_shape=[])

    def initial_loss(self, warner: Warner) -> float | None:
        """Return the loss of a model that knows nothing; for the cross entropy of classes it is known."""
        value = self.expected_initial_loss
        if value is None:
            classes = self.count("classes", warner)
            return math.log(classes) if classes and classes > 1 and self.loss == CROSS_ENTROPY else None
        try:
            number = float(value)  # type: ignore[arg-type]
            if math.isfinite(number):
                return number
        except (TypeError, ValueError, OverflowError):
            pass
        warner.once("expected_initial_loss", f"start_run: expected_initial_loss={str(value)[:40]} is no number.")
        return None
