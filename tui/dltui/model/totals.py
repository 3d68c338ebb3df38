"""The model as a whole: how many parameters, how much memory, and what batch size its gradients ask for."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from dltui.diagnosis.layer_marks import Mark
from dltui.model.rows import ModelRow
from dltui.series.state import RunState
from dltui_trainers.runlog import ParametersRecord

BYTES = 4
"""Of one weight, as float32; half of it as float16."""
FAR = 3.0
"""With a third of the noise scale as batch size the steps are 4 times as many as the fewest possible, with 3 times of
it the samples are (McCandlish et al. 2018, eq. 2.7: steps = least x (1 + scale / batch), samples = least x (1 + batch
/ scale)). Between the two neither is wasted by much."""
NEWEST = 9
"""One estimate of the scale is rough: the median of the last ones is told."""


class BatchAdvice(StrEnum):
    """What the gradient noise scale says about the batch size."""

    LARGER = "larger"
    FITS = "fits"
    SMALLER = "smaller"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """``parameters`` and ``trainable`` are counts of scalars; None where no manifest tells them.

    ``noise_scale``: in samples, None where it was not measured; ``batch_size``: None where it is not known.
    ``marks``: how many parameters have each mark that something is wrong with, and how many are frozen, worst first.
    """

    parameters: int | None
    trainable: int | None
    noise_scale: float | None
    batch_size: int | None
    marks: tuple[tuple[Mark, int], ...]

    @property
    def memory(self) -> int | None:
        """Bytes of the weights as float32."""
        return None if self.parameters is None else self.parameters * BYTES

    @property
    def batch_advice(self) -> BatchAdvice:
        """What to do with the batch size."""
        if self.noise_scale is None or not self.batch_size:
            return BatchAdvice.UNKNOWN
        if self.batch_size * FAR < self.noise_scale:
            return BatchAdvice.LARGER
        return BatchAdvice.SMALLER if self.batch_size > self.noise_scale * FAR else BatchAdvice.FITS


def totals_of(state: RunState, rows: Sequence[ModelRow], records: Sequence[ParametersRecord]) -> Totals:
    """Return the totals of the run. ``records``: those up to the moment that is looked at."""
    model = state.manifest.model if state.manifest is not None else None
    counted = Counter(row.mark for row in rows)
    told = [mark for mark in Mark if counted[mark] and (mark.is_sick or mark is Mark.FROZEN)]
    return Totals(
        parameters=model.parameters if model is not None else None,
        trainable=model.trainable if model is not None else None,
        noise_scale=_noise_scale(records),
        batch_size=_batch_size(state),
        marks=tuple((mark, counted[mark]) for mark in told),
    )


def _noise_scale(records: Sequence[ParametersRecord]) -> float | None:
    """The median of the newest estimates; those that are no number or not above 0 say nothing."""
    told = [float(record.noise_scale) for record in records if record.noise_scale is not None]
    usable = [each for each in told if math.isfinite(each) and each > 0]
    return median(usable[-NEWEST:]) if usable else None


def _batch_size(state: RunState) -> int | None:
    value = state.hparams.get("batch_size")
    processes = state.manifest.processes if state.manifest else 1
    return processes * value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
