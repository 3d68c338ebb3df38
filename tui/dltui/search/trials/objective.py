"""What a training has come to: the validations that tell the objective of a study."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dltui.errors import SearchError
from dltui.runs.files import open_regular
from dltui.search.study.options import Objective
from dltui.series.state import RunState
from dltui.text import safe_text
from dltui_trainers.runlog import EVAL_METRICS, METRICS, MetricsRecord, record_decoder

KNOWN_AFTER = 2
"""Validations after which a metric that none of them has will not come."""
_OF_METRICS = b'"metrics"'


@dataclass(frozen=True, slots=True)
class Measured:
    """One validation. ``x``: its epoch, or its step where the log has no epochs."""

    step: int
    x: float
    value: float


def measured_in(state: RunState, metric: str) -> list[Measured]:
    """Return the finite values of one of the metrics that every log may have, in the order of the log."""
    curve = state.eval_metrics[metric]
    steps, epochs = (curve.track.axis(name).values for name in ("step", "epoch"))
    rows = zip(steps.tolist(), epochs.tolist(), curve.raw.values.tolist(), strict=True)
    return [_measured(int(step), epoch, value) for step, epoch, value in rows if math.isfinite(value)]


def best_of(measured: Sequence[Measured], objective: Objective) -> Measured | None:
    """Return the validation with the best objective, of equals the first; None without any."""
    sign = -1.0 if objective.rises else 1.0
    return min(measured, key=lambda each: sign * each.value, default=None)


def metrics_in(state: RunState) -> list[str]:
    """Return the names of the metrics that the validations of a run tell, a user's own among them."""
    known = [name for name in EVAL_METRICS if len(state.eval_metrics[name])]
    return known + sorted(state.metrics.values if state.metrics else ())


def check_metric(state: RunState, run: str, objective: Objective) -> None:
    """Raise :class:`SearchError` where the validations of a run show that they will never tell the objective."""
    validations = max(len(each) for each in state.eval_metrics.values())
    finished = state.end is not None and state.end.status == "finished"
    if validations < KNOWN_AFTER and not (finished and validations):
        return
    there = metrics_in(state)
    if objective.metric not in there:
        wanted = "maximised" if objective.rises else "minimised"
        raise SearchError(
            f"No validation of {run} has '{safe_text(objective.metric)}', which is to be {wanted}; there are:"
            f" {', '.join(map(safe_text, there))}."
        )


class OwnMetric:
    """Follows a metric of a user's own in the log of one run: a :class:`RunState` keeps only its newest value."""

    def __init__(self, folder: Path, metric: str) -> None:
        self.measured: list[Measured] = []
        self._log = folder / METRICS
        self._metric = metric
        self._offset = 0

    def look(self) -> None:
        """Read what is new; a last line that is not whole waits."""
        try:
            with open_regular(self._log) as file:
                file.seek(self._offset)
                content = file.read()
        except OSError:
            return
        whole = content[: content.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            if _OF_METRICS in line:
                self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            record = record_decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        value = float(record.values.get(self._metric, math.nan)) if isinstance(record, MetricsRecord) else math.nan
        if isinstance(record, MetricsRecord) and math.isfinite(value):
            self.measured.append(_measured(record.step, float(record.epoch), value))


def _measured(step: int, epoch: float, value: float) -> Measured:
    return Measured(step, epoch if math.isfinite(epoch) else float(step), value)
