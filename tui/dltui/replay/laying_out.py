"""Which row of a log came after which, and where each one lies in steps and in seconds: what a recording is made of."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dltui.runs.update import Batch, Column, Rows, is_undo

Positions = npt.NDArray[np.int64]

MOST_RESTARTS = 64
"""More steps back than this is a shuffled log, not a restarted training: its rows are put in the order of steps."""
LEAST_PAUSE_S = 60.0
PAUSE_GAPS = 10.0
"""Between two rows at most a minute is waited for, or ten times the usual wait where that is more: a training that was
suspended for a night goes on at once."""
_NOISE = 1e-6  # an epoch that was computed as 2.0000000001 is 2


class Counts(NamedTuple):
    """How many rows of each kind are among the first ``all`` rows."""

    all: int
    steps: int
    evals: int
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """All rows in their order, the end of the log as the last. ``evals_at``, ``events_at``: which rows are such.

    ``attempts``: of each the first of the log's own steps, and how much more than these its places in steps are. A new
    one begins where the training was begun anew, or went back (an undo).
    """

    steps: Column
    clock: Column
    played: Column
    epochs: Column
    evals_at: Positions
    events_at: Positions
    has_end: bool
    has_times: bool
    restarts: int
    pauses_cut: bool
    attempts: tuple[tuple[float, float], ...]

    def counts(self, rows: int) -> Counts:
        """What is among the first ``rows`` rows."""
        evals, events = (int(np.searchsorted(where, rows)) for where in (self.evals_at, self.events_at))
        ends = int(self.has_end and rows >= len(self.steps))
        return Counts(rows, rows - evals - events - ends, evals, events)

    def place_of_step(self, step: float) -> float:
        """Where the log's own ``step`` was done, in steps of work; of several attempts the last one counts."""
        return next((step + offset for first, offset in reversed(self.attempts) if step >= first), step)

    def cuts(self) -> Positions:
        """The numbers of rows after which every place is another one; the last is all of them."""
        apart = np.diff(self.steps) > 0
        if self.has_times:
            apart &= np.diff(self.played) > 0
        return np.append(np.flatnonzero(apart) + 1, [len(self.steps)] if len(self.steps) else []).astype(np.int64)

    def epochs_done(self) -> Positions:
        """The numbers of rows at which an epoch is done; empty where the log tells none."""
        if not np.isfinite(self.epochs).any():
            return np.empty(0, dtype=np.int64)
        ends = np.flatnonzero(np.diff(np.ceil(_filled(self.epochs) - _NOISE))) + 1
        return np.append(ends, len(self.epochs)).astype(np.int64)


class _Kind(NamedTuple):
    """Rows of one kind in the order of the log."""

    step: Column
    time: Column
    epoch: Column


def lay_out(batch: Batch) -> tuple[Batch, Laid]:
    """Return the batch with shuffled rows put in order, and how its rows lie."""
    undos = _undos(batch)
    if not undos:
        batch = replace(batch, steps=_in_order(batch.steps), evals=_in_order(batch.evals))
    kinds = [_of_rows(batch.steps), _of_rows(batch.evals), _of_events(batch)]
    has_times = _have_times(kinds)
    moments = [_never_back(_filled(kind.time)) for kind in kinds]
    places, attempts = _places_after(kinds, undos) if undos else _places(kinds, moments if has_times else None)
    last_offset = attempts[-1][1] if attempts else 0.0
    order = np.argsort(np.concatenate(moments if has_times else places), kind="stable")
    kind_of = np.repeat(np.arange(3, dtype=np.int8), [len(kind.step) for kind in kinds])[order]
    steps = _never_back(np.concatenate(places)[order])
    clock = _never_back(np.concatenate(moments)[order]) if has_times else np.zeros(len(order))
    epochs = np.concatenate([kind.epoch for kind in kinds])[order]
    if batch.end is not None:
        steps, clock, epochs = _with_end(batch, steps, clock, epochs, last_offset, has_times)
    clock = clock - clock[0] if len(clock) else clock
    played, pauses_cut = _without_pauses(clock)
    return batch, Laid(
        steps=steps,
        clock=clock,
        played=played,
        epochs=epochs,
        evals_at=np.flatnonzero(kind_of == 1),
        events_at=np.flatnonzero(kind_of == 2),
        has_end=batch.end is not None,
        has_times=has_times,
        restarts=max(len(attempts) - 1, 0),
        pauses_cut=pauses_cut,
        attempts=tuple(attempts),
    )


def _in_order(rows: Rows | None) -> Rows | None:
    if rows is None or np.count_nonzero(np.diff(rows.step) < 0) <= MOST_RESTARTS:
        return rows
    order = np.argsort(rows.step, kind="stable")
    return Rows(
        step=rows.step[order],
        epoch=rows.epoch[order],
        time=rows.time[order],
        values={name: column[order] for name, column in rows.values.items()},
        unknown={name: mask[order] for name, mask in rows.unknown.items()},
    )


def _of_rows(rows: Rows | None) -> _Kind:
    nothing = np.empty(0)
    return _Kind(nothing, nothing, nothing) if rows is None else _Kind(_filled(rows.step), rows.time, rows.epoch)


def _of_events(batch: Batch) -> _Kind:
    steps = np.array([event.step for event in batch.events], dtype=np.float64)
    return _Kind(steps, np.array([event.time for event in batch.events], dtype=np.float64), np.full(len(steps), np.nan))


def _have_times(kinds: list[_Kind]) -> bool:
    """Whether every kind of rows tells when it was written, and something took time."""
    known = [kind.time[np.isfinite(kind.time)] for kind in kinds if len(kind.step)]
    if not known or any(not len(times) for times in known):
        return False
    return max(float(times.max()) for times in known) > min(float(times.min()) for times in known)


def _places(kinds: list[_Kind], moments: list[Column] | None) -> tuple[list[Column], list[tuple[float, float]]]:
    """Where each row lies in steps of work, and the attempts.

    The attempts are those of the training rows (of the validations where there are no others); the other kinds are
    laid beside them: by their time where it is known, else by their own steps back.
    """
    lead = 0 if len(kinds[0].step) else 1
    step = kinds[lead].step
    if not len(step):
        return [_never_back(kind.step) for kind in kinds], []
    back = np.flatnonzero(np.diff(step) < 0) + 1
    offsets = np.concatenate(([0.0], np.cumsum(step[back - 1] - step[back])))
    places = []
    for number, kind in enumerate(kinds):
        if moments is not None and number != lead:
            attempt = np.searchsorted(moments[lead][back], moments[number], side="right")
        else:
            attempt = np.minimum(np.cumsum(np.diff(kind.step, prepend=kind.step[:1]) < 0), len(back))
        places.append(_never_back(kind.step + offsets[attempt]))
    return places, list(zip([-np.inf, *step[back].tolist()], offsets.tolist(), strict=True))


class _Undo(NamedTuple):
    """To which step the training went back, and how many rows of each kind were written until then."""

    to: float
    before: tuple[int, int, int]


def _undos(batch: Batch) -> list[_Undo]:
    each = enumerate(zip(batch.events, batch.each_after(), strict=True))
    return [_Undo(event.step, (*before, number + 1)) for number, (event, before) in each if is_undo(event)]


def _places_after(kinds: list[_Kind], undos: list[_Undo]) -> tuple[list[Column], list[tuple[float, float]]]:
    """As :func:`_places`, for a training that went back: what it did again is work done after what was undone."""
    lead = 0 if len(kinds[0].step) else 1
    step, attempts = kinds[lead].step, [(-np.inf, 0.0)]
    reached, rows = undos[0].to, 0
    for undo in undos:
        until = undo.before[lead]
        if until > rows:
            reached, rows = float(step[until - 1]) + attempts[-1][1], until
        first = float(step[until]) if until < len(step) else np.inf
        attempts.append((first, reached - undo.to))
    offsets = np.array([offset for _, offset in attempts])
    places = []
    for number, kind in enumerate(kinds):
        begins = [undo.before[number] for undo in undos]
        attempt = np.searchsorted(begins, np.arange(len(kind.step)), side="right")
        places.append(_never_back(kind.step + offsets[attempt]))
    return places, attempts


def _with_end(
    batch: Batch, steps: Column, clock: Column, epochs: Column, offset: float, has_times: bool
) -> tuple[Column, Column, Column]:
    """The same with the end of the log as the last row: no place is before the one of the row before it."""
    assert batch.end is not None
    last_step = max(float(steps[-1]) if len(steps) else 0.0, batch.end.step + offset)
    last_s = max(float(clock[-1]), batch.end.time) if has_times else 0.0
    return np.append(steps, last_step), np.append(clock, last_s), np.append(epochs, np.nan)


def _without_pauses(clock: Column) -> tuple[Column, bool]:
    """The times with each wait that is far too long made shorter, and whether there was one."""
    waits = np.diff(clock, prepend=clock[:1])
    usual = waits[waits > 0]
    longest = max(LEAST_PAUSE_S, PAUSE_GAPS * float(np.median(usual))) if len(usual) else LEAST_PAUSE_S
    cut = bool((waits > longest).any())
    return (np.cumsum(np.minimum(waits, longest)) if cut else clock), cut


def _filled(values: Column) -> Column:
    """The values, one that is not finite taking the place of the one before it (the first ones: of the one after)."""
    known = np.isfinite(values)
    if known.all() or not known.any():
        return values if known.all() else np.zeros(len(values))
    source = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    return values[np.where(source >= 0, source, int(np.argmax(known)))]


def _never_back(values: Column) -> Column:
    return np.maximum.accumulate(values) if len(values) else values
