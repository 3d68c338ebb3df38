"""What is new in a run's folder, as values: the rows of its log as columns, its output, its state."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dltui.runs.status import RunStatus
from dltui_trainers.runlog import (
    EndRecord,
    EventRecord,
    LayersRecord,
    Manifest,
    MetricsRecord,
    ParametersRecord,
    SystemRecord,
    Value,
)

Column = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def all_nan(length: int) -> Column:
    """Return a column of NaN that takes no memory; read-only."""
    return np.broadcast_to(np.float64(np.nan), (length,))


def all_true(length: int) -> Mask:
    """Return a mask of True that takes no memory; read-only."""
    return np.broadcast_to(np.bool_(True), (length,))


def all_false(length: int) -> Mask:
    """Return a mask of False that takes no memory; read-only."""
    return np.broadcast_to(np.bool_(False), (length,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Records of one kind, in the order of the log. ``values``: metric name -> column, as long as ``step``.

    ``time`` is in Unix seconds. A metric that a record does not have is NaN, and ``unknown`` has a True there, so that
    it can be told from a NaN that was logged; metrics that every record has are not in ``unknown``.
    """

    step: Column
    epoch: Column
    time: Column
    values: dict[str, Column]
    unknown: dict[str, Mask] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.step)

    def part(self, start: int, stop: int) -> "Rows":
        """The rows from ``start`` to before ``stop``, without a copy."""
        some = slice(start, stop)
        return Rows(
            step=self.step[some],
            epoch=self.epoch[some],
            time=self.time[some],
            values={name: column[some] for name, column in self.values.items()},
            unknown={name: mask[some] for name, mask in self.unknown.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one reading of the log gave. ``skipped``: lines that were torn, foreign or of an unknown kind.

    ``rows_before``: for each event, how many of ``steps`` and of ``evals`` were written before it; where that is not
    known it is empty, and all of them were. Of ``layers`` and ``system`` there is the newest record only, ``metrics``
    has the newest value of each of a user's own; ``parameters`` are all of their records, which are few.
    """

    steps: Rows | None = None
    evals: Rows | None = None
    layers: LayersRecord | None = None
    parameters: tuple[ParametersRecord, ...] = field(default=())
    metrics: MetricsRecord | None = None
    system: SystemRecord | None = None
    events: tuple[EventRecord, ...] = field(default=())
    rows_before: tuple[tuple[int, int], ...] = field(default=())
    end: EndRecord | None = None
    skipped: int = 0

    @property
    def undos(self) -> list[tuple[EventRecord, tuple[int, int]]]:
        """The events that took something back, each with the rows before it as in ``rows_before``."""
        return [each for each in zip(self.events, self.each_after(), strict=True) if is_undo(each[0])]

    def pieces(self) -> Iterator[tuple[Rows | None, Rows | None, EventRecord | None]]:
        """The steps and the validations up to each undo, and that undo; at last those after it, and None."""
        steps = evals = 0
        for undo, (steps_before, evals_before) in self.undos:
            yield _part(self.steps, steps, steps_before), _part(self.evals, evals, evals_before), undo
            steps, evals = steps_before, evals_before
        yield _part(self.steps, steps, None), _part(self.evals, evals, None), None

    def each_after(self) -> tuple[tuple[int, int], ...]:
        """Return ``rows_before``, also where it was not given."""
        count = (len(self.steps) if self.steps else 0, len(self.evals) if self.evals else 0)
        return self.rows_before or (count,) * len(self.events)


def _part(rows: Rows | None, start: int, stop: int | None) -> Rows | None:
    part = None if rows is None else rows.part(start, len(rows) if stop is None else stop)
    return part if part else None


def newest_metrics(records: Iterable[MetricsRecord | None]) -> MetricsRecord | None:
    """Return the newest value of each metric, as one record; None without any."""
    newest: MetricsRecord | None = None
    for record in records:
        if record is not None:
            before = newest.values if newest else {}
            newest = MetricsRecord(
                step=record.step, time=record.time, epoch=record.epoch, values={**before, **record.values}
            )
    return newest


GOING_BACK = frozenset({"undo", "restarted"})
"""Somebody took a change back; a process was killed, and all go on from the last checkpoint (torchrun)."""


def is_undo(event: EventRecord) -> bool:
    """Whether the training went back to ``event.step``: what was logged after that step no longer counts."""
    return event.name in GOING_BACK and event.done


@dataclass(frozen=True, slots=True, kw_only=True)
class RunUpdate:
    """What is new in a run's folder, or in a log of another program; None where nothing is.

    ``output``: the last lines that were printed, as the training wrote them (not made safe for a terminal).
    ``restarted``: the log was replaced by another, what was read before no longer counts. ``loading``: there is more of
    the log to read at once, and ``share`` of it is read, 0 to 1, NaN if unknown. ``traceback_line``: of stdout.log,
    once a training has failed.

    Of another program's log: ``trouble``: why it cannot be read now, empty when it can again; ``told_hparams``: what it
    tells of its settings; ``format``: what it is; ``columns``: which of its columns are used as what, role and name.
    """

    manifest: Manifest | None = None
    batch: Batch | None = None
    output: tuple[str, ...] | None = None
    status: RunStatus | None = None
    traceback_line: int | None = None
    trouble: str | None = None
    told_hparams: dict[str, Value] | None = None
    format: str | None = None
    columns: tuple[tuple[str, str], ...] | None = None
    restarted: bool = False
    loading: bool = False
    share: float = math.nan

    @property
    def is_news(self) -> bool:
        """Whether there is anything to show."""
        return any(each is not None for each in self._parts) or self.restarted

    @property
    def _parts(self) -> tuple[object, ...]:
        return (
            self.manifest,
            self.batch,
            self.output,
            self.status,
            self.trouble,
            self.told_hparams,
            self.format,
            self.columns,
        )
