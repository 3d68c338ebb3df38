"""An engine without processes: each job does what the test has written for it, in the folders where a job would."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

import msgspec
from runlogs import append, end, evaluation, event, step, write_run

from dltui.errors import EngineError
from dltui.search.engines.engine import Job, JobState, JobStatus
from dltui.search.space.dimension import Dimension
from dltui.search.study.folder import StudyFile, make_study, take_lock
from dltui.search.study.options import SearchOptions
from dltui.search.study.records import Begun
from dltui_trainers.job_spec import JobSpec, attempt_name, attempts_in
from dltui_trainers.runlog import AnyRecord, Parent

LOSSES = (2.3, 1.0, 0.6, 0.5)
Act = Callable[["ScriptedEngine", Job], None]
"""What happens when a job is submitted."""


@dataclass
class ScriptedEngine:
    """Takes jobs and lets ``acts`` do them, by the job's name; what has no act trains to its end at once."""

    study: Path
    acts: dict[str, list[Act]] = field(default_factory=dict)
    slots: int = 2
    name: str = "local"
    states: dict[str, JobStatus] = field(default_factory=dict)
    submitted: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    specs: dict[str, JobSpec] = field(default_factory=dict)
    refuses: str = ""
    silent: str = ""

    def start(self) -> None:
        if self.refuses:
            raise EngineError(self.refuses)

    def submit(self, job: Job) -> str:
        if self.refuses:
            raise EngineError(self.refuses)
        handle = f"{job.name}#{len(self.submitted)}"
        self.submitted.append(handle)
        self.specs[job.name] = msgspec.json.decode(job.spec.read_bytes(), type=JobSpec)
        self.states[handle] = JobStatus(state=JobState.RUNNING)
        acts = self.acts.get(job.name)
        (acts.pop(0) if acts else trains())(self, job)
        return handle

    def poll(self, handles: Collection[str], wait_s: float = 0.0) -> Mapping[str, JobStatus]:
        if self.silent:
            raise EngineError(self.silent)
        return {each: self.states.get(each, JobStatus(state=JobState.LOST)) for each in handles}

    def cancel(self, handle: str) -> None:
        self.cancelled.append(handle)
        self.states[handle] = JobStatus(state=JobState.ENDED)

    def close(self) -> None:
        pass

    def leave(self, job: Job, state: JobState = JobState.ENDED, note: str = "") -> None:
        """The job's process is gone."""
        handle = next(each for each in reversed(self.submitted) if each.split("#")[0] == job.name)
        self.states[handle] = JobStatus(state=state, note=note)

    def folder(self, job: str) -> Path:
        """The newest attempt's folder."""
        return attempts_in(self.study, job)[-1]


def trains(
    losses: Sequence[float] = LOSSES, status: str | None = "finished", error: str | None = None, *, alike: bool = False
) -> Act:
    """A training with these validation losses; ``status`` None: it goes on."""

    def act(engine: ScriptedEngine, job: Job) -> None:
        begin_run(engine, job, rows(losses, alike=alike))
        if status is not None:
            append(engine.folder(job.name), end(status, error=error))
            engine.leave(job)

    return act


def is_killed(losses: Sequence[float] = LOSSES[:2], state: JobState = JobState.ENDED, note: str = "") -> Act:
    """A training whose process dies after these validations; without any before it has a folder."""

    def act(engine: ScriptedEngine, job: Job) -> None:
        if losses:
            begin_run(engine, job, rows(losses))
        engine.leave(job, state, note)

    return act


def goes_on(at: int, losses: Sequence[float]) -> Act:
    """An attempt that goes on from the checkpoint at step ``at`` and finishes."""

    def act(engine: ScriptedEngine, job: Job) -> None:
        parent = Parent(run=engine.folder(job.name).name, step=at, changed={})
        begin_run(engine, job, [event("branch", at), *rows(losses, at)], parent=parent)
        append(engine.folder(job.name), end())
        engine.leave(job)

    return act


def rows(losses: Sequence[float], first: int = 0, *, alike: bool = False) -> list[AnyRecord]:
    """A validation each ten steps, from step ``first`` on; the training loss falls all the while, or is ``alike``."""
    found: list[AnyRecord] = []
    for place, loss in enumerate(losses):
        train = min(losses[: place + 1]) * 0.95**place if isfinite(loss) and not alike else loss
        if place:
            found += [step(first + 10 * (place - 1) + each, train) for each in range(1, 11)]
        found.append(evaluation(first + 10 * place, loss, val_accuracy=1 / (1 + abs(loss))))
    return found


def begin_run(engine: ScriptedEngine, job: Job, records: list[AnyRecord], **manifest: object) -> Path:
    """Make the next attempt of a job, as the job itself would."""
    attempt = len(attempts_in(engine.study, job.name)) + 1
    folder = engine.study / attempt_name(job.name, attempt)
    return write_run(folder, records, **manifest)


def new_file(root: Path, **changes: object) -> StudyFile:
    """Return the file of a new search."""
    wanted = {"method": "random", "trials": 4, "dimensions": (Dimension(name="lr", low=0.01, high=0.1),), **changes}
    begun = Begun(
        name="study",
        task="digits",
        time=1.0,
        command=["dltui"],
        search=SearchOptions(**wanted),  # type: ignore[arg-type]
    )
    return open_file(make_study(root, begun))


def open_file(folder: Path) -> StudyFile:
    """Return the file of a search that is there."""
    return StudyFile(folder, take_lock(folder))
