"""One training in a few numbers, as lists show it: a run of ours, or another program's log."""

import math
from dataclasses import dataclass
from pathlib import Path

from dltui.formatting import seconds_of
from dltui.runs.status import RunStatus
from dltui.series.plan import first_plan
from dltui.series.scores import SCORES, Score
from dltui_trainers.runlog import Manifest
from dltui_trainers.taskfile.names import shown_task

OWN = "dltui"
"""The format of our own runs."""
GUIDE = "guide"
"""What stands in the place of a format where a row is a guide with all of its trials."""
SEARCH, TUNE = "search", "tune"
"""And where it is a search, or a tuning, with all of its trials."""
STUDIES = (SEARCH, TUNE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What reading a whole log tells of it; NaN where it does not.

    ``verdict`` is the one word of the diagnosis, empty where nothing was judged. ``patience_s``: how long the log may
    be silent while the training is at work. ``ended``: how it ended, where the log itself says so. ``is_complete``: it
    has come to the end of its plan.
    """

    step: int = 0
    epoch: float = math.nan
    planned_epochs: float = math.nan
    train_loss: float = math.nan
    val_loss: float = math.nan
    best_val_loss: float = math.nan
    val_accuracy: float = math.nan
    val_perplexity: float = math.nan
    val_r2: float = math.nan
    verdict: str = ""
    patience_s: float = math.nan
    ended: RunStatus | None = None
    is_complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideFacts:
    """What a row tells of a guide. ``step``: the one at work, None when all are done; ``began``: Unix seconds.

    ``trial``: the name of the run that stands for it; empty while there is none.
    """

    task: str
    began: float
    step: int | None
    trial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFacts:
    """What a row tells of a search or a tuning. ``ended``: trials that have, ``of_trials``: of how many, 0 without a
    limit; ``began``: Unix seconds. ``trial``: the run that stands for it, the best one; empty while there is none.
    """

    task: str
    began: float
    ended: int
    of_trials: int
    trial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run in a row. ``best_val_loss`` and the rest are NaN or None where the log does not tell them (yet).

    ``folder``: the run's folder, or the path of another program's log. ``label``: what it is called in a list, its path
    from where the list begins; empty for the name alone. ``is_read``: False while nothing but its age is known.
    ``changed``: when something was written last, in Unix seconds. ``problem``: why its log cannot be read.
    ``judged``: how many times the whole log was, each time with what had come.
    ``is_current``: nothing was written since. ``guide``, ``study``: of a guide, of a search or a tuning
    alone.
    """

    folder: Path
    format: str = OWN
    label: str = ""
    manifest: Manifest | None = None
    status: RunStatus = RunStatus.STARTING
    step: int = 0
    epoch: float = 0.0
    planned_epochs: float = math.nan
    best_val_loss: float = math.nan
    train_loss: float = math.nan
    val_loss: float = math.nan
    val_accuracy: float = math.nan
    val_perplexity: float = math.nan
    val_r2: float = math.nan
    verdict: str = ""
    judged: int = 0
    is_current: bool = True
    error: str | None = None
    problem: str = ""
    changed: float = 0.0
    is_read: bool = True
    guide: GuideFacts | None = None
    study: StudyFacts | None = None

    @property
    def curve(self) -> Path | None:
        """Where its curves are: of a guide or a search those of one of its trials; None while there are none."""
        if self.format != GUIDE and self.format not in STUDIES:
            return self.folder
        of_many = self.guide or self.study
        trial = of_many.trial if of_many is not None else ""
        return self.folder / trial if trial and Path(trial).name == trial else None

    @property
    def scores(self) -> list[tuple[Score, float]]:
        """What it was last known to be good for, in the terms of its task; what tells most comes first."""
        values = [(score, float(getattr(self, score.metric))) for score in SCORES]
        return [(score, value) for score, value in values if not math.isnan(value)]

    @property
    def name(self) -> str:
        """What it is called: the name of its folder, or the path of a log."""
        return self.label or self.folder.name

    @property
    def task(self) -> str:
        """Its task; before the manifest is written, the first word of the name. None for another program's log."""
        of_many = self.guide or self.study
        if of_many is not None:
            return shown_task(of_many.task)
        if self.format != OWN:
            return ""
        return shown_task(self.manifest.task) if self.manifest else self.folder.name.partition("-")[0]

    @property
    def of_epochs(self) -> float:
        """Epochs that were planned, with one that is not to be whole; NaN where nothing tells it."""
        planned = first_plan(self.manifest) if self.manifest else self.planned_epochs
        return float(math.ceil(planned)) if self.manifest and math.isfinite(planned) else planned

    @property
    def began(self) -> float:
        """The moment that its age counts from: when it was started, or where only the file tells, last written."""
        of_many = self.guide or self.study
        if of_many is not None:
            return of_many.began
        created = seconds_of(self.manifest.created) if self.manifest else math.nan
        return self.changed if math.isnan(created) else created
