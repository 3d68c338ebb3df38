"""The interface of what runs trainings. An engine knows nothing of trials, methods or studies.

The worker's command is the same everywhere, :func:`command_of`: it reads what to train from ``job.spec``, goes on from
the last checkpoint if it was begun before, waits if another copy of it is at work, and does nothing where the training
has ended. So an engine may begin a job twice without harm.
"""

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from dltui.search.study.options import Resources


class JobState(StrEnum):
    """Where a job is, as its engine sees it. What the training came to, its log alone tells."""

    QUEUED = "queued"
    RUNNING = "running"
    ENDED = "ended"
    """Its process is gone, whatever it came to."""
    LOST = "lost"
    """The engine knows nothing of it any more: it may be submitted again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One training. ``spec``: its file, see :mod:`dltui_trainers.job_spec`; ``output``: for what its process prints."""

    name: str
    spec: Path
    output: Path
    resources: Resources = field(default_factory=Resources)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """How a job stands; ``note`` says in words why it waits or how it ended (``out of time``), where that is known."""

    state: JobState
    note: str = ""


class Engine(Protocol):
    """Runs jobs. Every method may raise :class:`dltui.errors.EngineError`: one sentence, what to try included.

    A handle is a text that means the same to another process later: an engine is taken up again after a kill.
    """

    name: str

    def start(self) -> None:
        """See that jobs can be run: the programs are there, the cluster answers."""

    @property
    def slots(self) -> int:
        """How many jobs it should have at a time, where nobody says."""

    def submit(self, job: Job) -> str | None:
        """Begin a job, or put it in the queue; return its handle. None while the engine itself is still starting, for
        which it lets nobody wait: it is asked again."""

    def poll(self, handles: Collection[str], wait_s: float = 0.0) -> Mapping[str, JobStatus]:
        """Return how each of these jobs stands; it may wait so long for news. It may answer from memory for a while,
        where asking costs the cluster something."""

    def cancel(self, handle: str) -> None:
        """End a job by force; one that has ended is left as it is."""

    def close(self) -> None:
        """Let go of everything. Jobs under way go on."""


def command_of(job: Job) -> list[str]:
    """Return the words that train ``job`` in a process of its own, on whatever machine sees its folder."""
    return [sys.executable, "-P", "-m", "dltui_trainers.job", str(job.spec.absolute())]
