"""Lets the diagnosis look at a run as ``dltui`` does: the whole of a finished one, and a living one as it grows."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dltui.diagnosis.finding import Diagnosis, Severity, Symptom
from dltui.runs.follow import FolderWatch
from dltui.runs.reader import decode, read_manifest
from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui.series.state import RunState
from dltui_trainers.runlog import METRICS, record_decoder

Examine = Callable[[RunState], Diagnosis]

LOOKS = 20
"""Looks at a living run, one every 5 % of its steps; the last one is at its end."""


def finished(folder: Path) -> RunState:
    """Return the state of the whole run."""
    watch, state = FolderWatch(folder), RunState()
    state.take(watch.look())
    while state.loading:
        state.take(watch.look())
    return state


def growing(folder: Path, looks: int = LOOKS) -> Iterator[tuple[float, RunState]]:
    """Yield how far the run is, 0 to 1, and its state then, as it was to be seen while it trained.

    It is one state that grows. Nothing of what comes later is in it, not even that the run will end well.
    """
    lines = (folder / METRICS).read_bytes().splitlines(keepends=True)
    steps = [record_decoder.decode(line).step for line in lines]
    state, read = RunState(), 0
    state.take(RunUpdate(manifest=read_manifest(folder), status=RunStatus.RUNNING))
    for share in np.linspace(0, 1, looks + 1)[1:]:
        upto = bisect_right(steps, share * steps[-1])
        upto -= upto == len(lines)  # without the end record: the last look is just before it
        state.take(RunUpdate(batch=decode(b"".join(lines[read:upto]))))
        read = upto
        yield float(share), state


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was said at one look at a living run. ``alarms``: findings worth a change."""

    share: float
    alarms: tuple[Symptom, ...]
    overfitting: bool


def watch(folder: Path, examine: Examine) -> list[Look]:
    """Return what ``examine`` says of the run in ``folder`` at each look."""
    looks = []
    for share, state in growing(folder):
        diagnosis = examine(state)
        alarms = tuple(each.symptom for each in diagnosis.findings if each.severity is not Severity.INFO)
        found = diagnosis.find(Symptom.OVERFITTING) is not None
        looks.append(Look(share=share, alarms=alarms, overfitting=found))
    return looks
