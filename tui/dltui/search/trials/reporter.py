"""Writes into the study how the trainings stand."""

import math
import time
from collections.abc import Callable

from dltui.search.study.file import StudyFile
from dltui.search.study.records import Reported
from dltui.search.trials.training import Training

REPORT_EVERY_S = 1.0


class Reporter:
    """Writes into ``file``: at once what is new of a training's state, and once a second how far it has come."""

    def __init__(self, file: StudyFile, clock: Callable[[], float]) -> None:
        self._file = file
        self._clock = clock

    def report(self, training: Training, *, at_once: bool = False) -> bool:
        """Write how a training stands, if it is time; return whether there were new validations."""
        if not (training.handle or training.following.run) or not self._is_due(training, at_once):
            return False
        following, state = training.following, training.following.state
        new = [each for each in following.measured if each.x > training.reported_x]
        training.reported, training.reported_s = training.standing, self._clock()
        training.reported_x = new[-1].x if new else training.reported_x
        self._file.append(
            Reported(
                trial=training.trial,
                job=training.name,
                time=time.time(),
                run=following.run,
                state=training.told,
                points=[(each.x, each.value) for each in new],
                step=state.step,
                epoch=_finite(state.epoch),
                epochs=_finite(state.planned_epochs),
                note=training.status.note,
            )
        )
        return bool(new)

    def _is_due(self, training: Training, at_once: bool) -> bool:
        before, now = training.reported, training.standing
        if now == before:
            return False
        turned = before is None or now[:2] != before[:2]
        return turned or at_once or self._clock() - training.reported_s >= REPORT_EVERY_S


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0
