"""A saved log laid out row by row along its steps and along its time: any moment of it can be told as news.

It stands before the state of a run: what :meth:`Recording.update` returns goes down the same road as what a live
training writes. Pure; numbers only.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from dltui.replay.laying_out import Counts, Laid, Positions, lay_out
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, Column, Rows, RunUpdate

if TYPE_CHECKING:
    from dltui.formats.saved import SavedLog
    from dltui_trainers.runlog import EventRecord, Manifest, Value

LEAST_STOPS = 3
"""With fewer epochs than this there is nothing to step by, and one steps by validations."""


class Ruler(StrEnum):
    """Along what a recording is measured."""

    STEPS = "steps"
    """Steps of work: after a restart they go on counting."""
    PLAYED = "time"
    """Recorded seconds in which nobody waits for long: a pause of a night takes a minute."""
    CLOCK = "clock"
    """Recorded seconds as they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The rows of a log, each with its place on every :class:`Ruler`; make it with :func:`record`.

    ``total`` rows: steps, validations, events and the end, in the order in which they were written. A moment is the
    number of rows that had been written then. ``stops``: the moments at which an epoch was done (or, in a log that
    tells no epochs, a validation). ``cuts``: the moments between two rows that differ on every ruler.
    """

    name: str
    format: str
    manifest: "Manifest | None"
    told_hparams: "dict[str, Value]"
    columns: tuple[tuple[str, str], ...]
    status: RunStatus
    batch: Batch
    total: int
    has_times: bool
    restarts: int
    pauses_cut: bool
    stops: Positions
    cuts: Positions
    _laid: Laid = field(repr=False)

    def along(self, ruler: Ruler) -> Column:
        """The place of each row; all 0 for a time that the log does not tell."""
        return {Ruler.STEPS: self._laid.steps, Ruler.PLAYED: self._laid.played, Ruler.CLOCK: self._laid.clock}[ruler]

    def span(self, ruler: Ruler) -> tuple[float, float]:
        """The place of the first row and of the last."""
        places = self.along(ruler)
        return (float(places[0]), float(places[-1])) if self.total else (0.0, 0.0)

    def rows_at(self, place: float, ruler: Ruler) -> int:
        """How many rows had been written there."""
        return int(np.searchsorted(self.along(ruler), place, side="right"))

    def place_of(self, rows: int, ruler: Ruler) -> float:
        """Where the last of the first ``rows`` rows lies."""
        return float(self.along(ruler)[min(max(rows, 1), self.total) - 1]) if self.total else 0.0

    def moved(self, place: float, ruler: Ruler, to: Ruler) -> float:
        """The place of the same moment on another ruler."""
        if ruler is to or not self.total:
            return place
        return float(np.interp(place, self.along(ruler), self.along(to)))

    def cut_at(self, rows: int) -> int:
        """The first moment from ``rows`` on that every ruler can tell from the one before it."""
        index = int(np.searchsorted(self.cuts, rows))
        return int(self.cuts[index]) if index < len(self.cuts) else self.total

    def at_step(self, step: float) -> int:
        """The moment at which the log stood at ``step``; of several attempts the last one counts."""
        return max(1, self.rows_at(self._laid.place_of_step(step), Ruler.STEPS)) if self.total else 0

    def events(self) -> "list[tuple[int, EventRecord]]":
        """Return the events, each with the moment at which it was written."""
        return list(zip((self._laid.events_at + 1).tolist(), self.batch.events, strict=True))

    def status_at(self, rows: int) -> RunStatus:
        """What the training was doing then."""
        return self.status if rows >= self.total else RunStatus.RUNNING

    def update(self, shown: int, rows: int, status: RunStatus | None = None) -> RunUpdate:
        """Return what leads from the moment ``shown`` to the moment ``rows``; back means from the beginning."""
        restarted = rows < shown
        start = self._laid.counts(0 if restarted else shown)
        batch = self._batch(start, self._laid.counts(rows), rows)
        return RunUpdate(batch=batch, status=status, restarted=restarted)

    def _batch(self, start: Counts, stop: Counts, rows: int) -> Batch:
        """The rows between two moments. Of the layers only the newest record is kept, and shown when its time comes."""
        batch, is_end = self.batch, rows >= self.total
        step = -1.0 if self.restarts else self.place_of(rows, Ruler.STEPS)
        first = -1.0 if self.restarts or not start.all else self.place_of(start.all, Ruler.STEPS)
        return Batch(
            steps=_part(batch.steps, start.steps, stop.steps),
            evals=_part(batch.evals, start.evals, stop.evals),
            layers=batch.layers if batch.layers is not None and (is_end or batch.layers.step <= step) else None,
            parameters=tuple(each for each in batch.parameters if first < each.step and (is_end or each.step <= step)),
            metrics=batch.metrics if batch.metrics is not None and (is_end or batch.metrics.step <= step) else None,
            system=batch.system if batch.system is not None and (is_end or batch.system.step <= step) else None,
            events=batch.events[start.events : stop.events],
            rows_before=self._rows_before(start, stop),
            end=batch.end if is_end else None,
            skipped=batch.skipped if not start.all else 0,
        )

    def _rows_before(self, start: Counts, stop: Counts) -> tuple[tuple[int, int], ...]:
        counts = (self._laid.counts(int(at)) for at in self._laid.events_at[start.events : stop.events])
        return tuple((each.steps - start.steps, each.evals - start.evals) for each in counts)


def record(
    log: "SavedLog", told_hparams: "dict[str, Value]", format: str, columns: tuple[tuple[str, str], ...] = ()
) -> Recording:
    """Lay out ``log``; the rest is as in :class:`~dltui.runs.update.RunUpdate`. Without rows it is one of no rows."""
    batch, laid = lay_out(log.batch)
    cuts = laid.cuts()
    return Recording(
        name=log.path.name,
        format=format,
        manifest=log.manifest,
        told_hparams=told_hparams,
        columns=columns,
        status=log.status,
        batch=batch,
        total=len(laid.steps),
        has_times=laid.has_times,
        restarts=laid.restarts,
        pauses_cut=laid.pauses_cut,
        stops=_stops(laid, cuts),
        cuts=cuts,
        _laid=laid,
    )


def _stops(laid: Laid, cuts: Positions) -> Positions:
    done = laid.epochs_done()
    stops = done if len(done) >= LEAST_STOPS else np.append(laid.evals_at + 1, len(laid.steps))
    return np.unique(cuts[np.searchsorted(cuts, stops)]) if len(cuts) else cuts


def _part(rows: Rows | None, start: int, stop: int) -> Rows | None:
    """Some of the rows; None where that is none."""
    return None if rows is None or stop <= start else rows.part(start, stop)
