"""Makes records of what a script logs: the loss of a step, a validation, and numbers of the script's own."""

import math
from collections.abc import Mapping

from dltui_trainers.recorder.names import Plan
from dltui_trainers.recorder.numbers import FRACTIONS, NotANumberError, as_number
from dltui_trainers.recorder.warn import Warner
from dltui_trainers.runlog import EvalRecord, MetricsRecord, Number, Record, StepRecord


class Records:
    """The records of one run, and the best validation among them."""

    def __init__(self, warner: Warner, steps_per_epoch: int = 0) -> None:
        self._warner = warner
        self._steps_per_epoch = steps_per_epoch
        self.best_step: int | None = None
        self.best_val_loss: float | None = None

    def make(self, step: int, now: float, plan: Plan, values: Mapping[str, object]) -> list[Record]:
        """Return one record of each kind that ``values`` speak of; what is no number is left out, and told once."""
        epoch = self._epoch(step, plan, values)
        records: list[Record] = []
        taken = self._numbers(plan.step, values)
        evaluation = self._numbers(plan.evaluation, values)
        own = {**self._without_place(evaluation), **self._numbers(plan.own, values)}
        if "train_loss" in taken:
            records.append(StepRecord(step=step, time=now, epoch=epoch, **taken))
        else:  # the loss was none: what stood beside it is not to be lost
            own = {**taken, **own}
        if evaluation:
            records.append(EvalRecord(step=step, time=now, epoch=epoch, **evaluation))
            self._note_best(step, evaluation.get("val_loss"))
        if own:
            records.append(MetricsRecord(step=step, time=now, epoch=epoch, values=own))
        return records

    def _epoch(self, step: int, plan: Plan, values: Mapping[str, object]) -> Number:
        if plan.epoch:
            return self._numbers(((plan.epoch, "epoch"),), values).get("epoch", "nan")
        return step / self._steps_per_epoch if self._steps_per_epoch else "nan"

    def _numbers(self, names: tuple[tuple[str, str], ...], values: Mapping[str, object]) -> dict[str, Number]:
        found: dict[str, Number] = {}
        for name, ours in names:
            value = values[name]
            if value is None:  # a script's way to say that there is none this time
                continue
            try:
                found[ours] = as_number(value)
            except NotANumberError as error:
                self._warner.once(f"value {name}", f"{name} {error}; it is not logged.")
        return found

    def _without_place(self, evaluation: dict[str, Number]) -> dict[str, Number]:
        """Take out, and return, what is called a fraction and is none: it stays a number of the script's own."""
        wrong = {name: evaluation.pop(name) for name in FRACTIONS & evaluation.keys() if _beyond(evaluation[name])}
        for name, value in wrong.items():
            self._warner.once(
                f"fraction {name}", f"{name}={value} is no fraction: divide percents by 100 to see its curve."
            )
        return wrong

    def _note_best(self, step: int, val_loss: Number | None) -> None:
        if val_loss is None or not math.isfinite(float(val_loss)):
            return
        if self.best_val_loss is None or float(val_loss) < self.best_val_loss:
            self.best_step, self.best_val_loss = step, float(val_loss)


def _beyond(value: Number) -> bool:
    return not isinstance(value, str) and not 0.0 <= value <= 1.0
