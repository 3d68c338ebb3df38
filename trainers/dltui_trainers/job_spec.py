"""What a job of a search trains: a file, so that the worker's command is the same on every machine that sees it."""

from pathlib import Path

import msgspec

JOBS = "jobs"
"""The folder of the specs, in that of the study."""
STOPPED_BY = "search"
"""Who asks a training to stop for good, in its control file."""
BY_SUPERVISOR = "supervisor"
"""Who stops a training because the whole search stops: it is gone on with later."""


class JobSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One training of a trial: ``STUDY/jobs/NAME.json``, whose runs are ``STUDY/NAME``, ``STUDY/NAME.2`` and so on.

    Each run is one attempt; the second goes on from the last checkpoint of the first, as a branch with nothing changed.
    The last of them stands for the training, and an attempt is final if its log ends as ``finished`` or ``failed``, or
    as ``stopped`` after a command of anybody but :data:`BY_SUPERVISOR`; one that a signal has stopped was interrupted.
    ``attempts``: so many may be killed; one that was interrupted and kept its state does not count. ``settings`` as on
    the command line. ``origin``: the folder of
    the run, beside these, that the first attempt starts from, at ``step`` (None: its settings alone); ``settings`` are
    the changes then. ``processes``: ranks of one training.
    """

    task: str
    settings: dict[str, str]
    command: list[str]
    origin: str = ""
    step: int | None = None
    attempts: int = 3
    processes: int = 1


def attempt_name(job: str, attempt: int) -> str:
    """Return the folder's name of an attempt, counted from 1."""
    return job if attempt == 1 else f"{job}.{attempt}"


def attempts_in(study: Path, job: str) -> list[Path]:
    """Return the folders of the attempts of ``job`` that there are, the first one first."""
    found: list[Path] = []
    while (folder := study / attempt_name(job, len(found) + 1)).is_dir():
        found.append(folder)
    return found
