"""A study as it stands: the one place where its records become what methods, the supervisor and screens work with."""

from dataclasses import dataclass, field
from enum import StrEnum

from dltui.diagnosis.finding import Symptom
from dltui.search.study.options import Change, Objective, SearchOptions, TuneOptions
from dltui.search.study.records import (
    Answered,
    Asked,
    Begun,
    Raised,
    Reported,
    StudyRecord,
    Submitted,
    Supervised,
    Told,
)
from dltui_trainers.runlog import Value


class TrialState(StrEnum):
    """How far a trial is."""

    WAITING = "waiting"
    """Chosen, and not begun: the engine has no room for it, or its cluster makes it wait."""
    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"

    @property
    def has_ended(self) -> bool:
        """Whether it is told, and counts."""
        return self not in (TrialState.WAITING, TrialState.RUNNING)


@dataclass(slots=True, kw_only=True)
class JobEntry:
    """One training of a trial. ``handle``: by which its engine knows it; ``run``: the folder of its newest attempt.

    ``submits``: so often it was given to the engine.
    """

    name: str
    seed: int
    handle: str
    submits: int = 1
    run: str = ""
    state: str = "queued"
    points: list[tuple[float, float]] = field(default_factory=list)
    step: int = 0
    epoch: float = 0.0
    epochs: float = 0.0
    note: str = ""


@dataclass(slots=True, kw_only=True)
class TrialEntry:
    """One trial; see :class:`dltui.search.study.records.Asked` and :class:`~dltui.search.study.records.Told`."""

    number: int
    asked: float
    settings: dict[str, Value]
    jobs: dict[str, JobEntry] = field(default_factory=dict)
    state: TrialState = TrialState.WAITING
    value: float | None = None
    step: int = 0
    ended: float | None = None
    seconds: float = 0.0
    pruned_by: str = ""
    verdict: str = ""
    finding: str = ""
    run: str = ""
    error: str = ""
    parent: int | None = None
    at_step: int | None = None
    change: Change = field(default_factory=dict)
    symptom: str = ""
    why: str = ""
    outcome: str = ""
    kept: bool = False

    @property
    def against(self) -> str:
        """The symptom that its change is to cure; empty where it cures none, as more epochs for a good fit."""
        return "" if self.symptom == Symptom.GOOD_FIT else self.symptom

    @property
    def newest_run(self) -> str:
        """The run to open: the one that stands for it, else the newest that there is; empty before there is one."""
        return self.run or next((job.run for job in reversed(self.jobs.values()) if job.run), "")


@dataclass(slots=True)
class Study:
    """All of a study. ``trials`` lie in the order of their numbers. ``begun`` is None before the first record.

    ``skipped``: lines of its file that are no records of this version. ``worked_s``: how long a supervisor was at work
    on it until its last record, all of them together; what it stood still is not counted.
    """

    begun: Begun | None = None
    supervised: Supervised | None = None
    raised: Raised | None = None
    trials: list[TrialEntry] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    skipped: int = 0
    worked_s: float = 0.0
    told_s: float = 0.0

    @property
    def options(self) -> SearchOptions | TuneOptions:
        """What was asked for. Raises ``ValueError`` before the first record."""
        options = (self.begun.search or self.begun.tuning) if self.begun is not None else None
        if options is None:
            raise ValueError("the study has not begun")
        return options

    @property
    def objective(self) -> Objective:
        """What is made small or large."""
        return self.options.objective

    @property
    def most_trials(self) -> int:
        """How many trials there shall be, 0: no limit."""
        return self.raised.trials if self.raised is not None else self.options.trials

    @property
    def budget_s(self) -> float:
        """How long it may take, 0: no limit."""
        return self.raised.budget_s if self.raised is not None else self.options.budget_s

    @property
    def trials_in_all(self) -> int:
        """How many trials there can be, 0: no limit. A space that is smaller than the limit ends the search before."""
        there_are = self.begun.configurations if self.begun is not None else 0
        return min(there_are, self.most_trials) if there_are and self.most_trials else there_are or self.most_trials

    @property
    def best(self) -> TrialEntry | None:
        """The complete trial with the best objective, of equals the first; None while there is none."""
        complete = [each for each in self.trials if each.state is TrialState.COMPLETE and each.value is not None]
        sign = -1.0 if self.objective.rises else 1.0
        return min(complete, key=lambda each: sign * (each.value or 0.0), default=None)

    def take(self, record: StudyRecord) -> None:
        """Take in the next record of the file. One that fits nothing is left out: a study is read to its end."""
        self._pass_time(record)
        match record:
            case Begun():
                self.begun = self.begun or record
            case Supervised():
                self.supervised = record
            case Raised():
                self.raised = record
            case Answered():
                self.answers.append(record)
            case Asked() if record.number == len(self.trials):
                self.trials.append(_asked(record))
            case Submitted() if (trial := self._trial(record.trial)) is not None:
                _submit(trial, record)
            case Reported() if (trial := self._trial(record.trial)) is not None:
                _report(trial, record)
            case Told() if (trial := self._trial(record.number)) is not None and not trial.state.has_ended:
                _tell(trial, record)

    def _pass_time(self, record: StudyRecord) -> None:
        """A supervisor that takes the study up was not at work since the last record: the one before it was killed."""
        at_work = self.supervised is not None and self.supervised.status == "running"
        if at_work and not (isinstance(record, Supervised) and record.status == "running"):
            self.worked_s += max(0.0, record.time - self.told_s)
        self.told_s = record.time

    def _trial(self, number: int) -> TrialEntry | None:
        return self.trials[number] if 0 <= number < len(self.trials) else None


def _asked(record: Asked) -> TrialEntry:
    return TrialEntry(
        number=record.number,
        asked=record.time,
        settings=record.settings,
        parent=record.parent,
        at_step=record.at_step,
        change=record.change,
        symptom=record.symptom,
        why=record.why,
    )


def _submit(trial: TrialEntry, record: Submitted) -> None:
    """A training that is begun again keeps what it has reported: it goes on from a checkpoint."""
    job = trial.jobs.get(record.job)
    if job is None:
        trial.jobs[record.job] = JobEntry(name=record.job, seed=record.seed, handle=record.handle)
    else:
        job.handle, job.state, job.submits = record.handle, "queued", job.submits + 1


def _report(trial: TrialEntry, record: Reported) -> None:
    job = trial.jobs.get(record.job)
    if job is None or trial.state.has_ended:
        return
    job.run, job.state, job.note = record.run or job.run, record.state, record.note
    job.step, job.epoch, job.epochs = record.step, record.epoch, record.epochs
    job.points += record.points
    if record.state != "queued":
        trial.state = TrialState.RUNNING


def _tell(trial: TrialEntry, record: Told) -> None:
    trial.state, trial.value, trial.step = TrialState(record.state), record.value, record.step
    trial.ended, trial.seconds, trial.run = record.time, record.seconds, record.run
    trial.pruned_by, trial.verdict, trial.finding = record.pruned_by, record.verdict, record.finding
    trial.error, trial.outcome, trial.kept = record.error, record.outcome, record.kept
