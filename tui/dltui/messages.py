"""What threads and screens tell each other, in the past tense."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from dltui.alerts.happening import Happening
    from dltui.catalog.summary import RunSummary
    from dltui.diagnosis.timeline import Timeline
    from dltui.guide.follow import GuideSeen
    from dltui.processes.belonging import GpuUser
    from dltui.replay.recording import Recording
    from dltui.runs.data import DataSeen
    from dltui.runs.launch import Launched
    from dltui.runs.update import RunUpdate
    from dltui.search.study.follow import StudySeen
    from dltui_trainers.runlog import Value


@dataclass
class RunChanged(Message):
    """The folder of a followed run has something new. Every one counts: each carries rows that no other does."""

    folder: Path
    update: "RunUpdate"
    bubble = False


@dataclass
class CatalogChanged(Message):
    """The list of runs was read again; a later one replaces it."""

    runs: "tuple[RunSummary, ...]"
    bubble = False

    def can_replace(self, message: Message) -> bool:
        """Only the newest list counts."""
        return isinstance(message, CatalogChanged)


@dataclass
class GpusLookedAt(Message):
    """It is known who is on the GPUs; ``users`` is None on a machine without one."""

    users: "tuple[GpuUser, ...] | None"
    bubble = False


@dataclass
class DataLookedAt(Message):
    """The data that the settings of a task name were looked at, or cannot be."""

    task: str
    settings: Mapping[str, str]
    seen: "DataSeen"
    bubble = False


@dataclass
class RunChosen(Message):
    """The person wants to see this run."""

    folder: Path


@dataclass
class RunStarted(Message):
    """The person has started a training out of another run's advice and wants to see it."""

    launched: "Launched"
    origin: Path


@dataclass
class ParentFound(Message):
    """The run that a followed run came from is there: its folder and its hyperparameters."""

    folder: Path
    hparams: "dict[str, Value]"
    bubble = False


@dataclass
class CompareWanted(Message):
    """The person wants to see these runs laid over each other, in this order."""

    paths: tuple[Path, ...]


@dataclass
class ReplayWanted(Message):
    """The person wants to see this run again from its beginning."""

    folder: Path


class ReplayLeft(Message):
    """The person is done with a replay."""


@dataclass
class RecordingOpened(Message):
    """The log of a replay was read; or why it cannot be."""

    recording: "Recording | None"
    trouble: str = ""
    bubble = False


@dataclass
class TimelineFound(Message):
    """It was found out when each finding came and went; a later, finer timeline replaces it."""

    timeline: "Timeline"
    bubble = False

    def can_replace(self, message: Message) -> bool:
        """Only the finest counts."""
        return isinstance(message, TimelineFound)


@dataclass
class RunHappened(Message):
    """Something that somebody wants to be told of happened to a run."""

    happening: "Happening"


@dataclass
class AlertFailed(Message):
    """The command that should tell of it failed, as this sentence says."""

    sentence: str


class RunLeft(Message):
    """The person is done with this run and wants the list."""


class NewRunWanted(Message):
    """The person wants to start a training."""


@dataclass
class GuideChanged(Message):
    """A followed guide stands otherwise; a later one tells all that an earlier one does."""

    folder: Path
    seen: "GuideSeen"
    bubble = False

    def can_replace(self, message: Message) -> bool:
        """Only the newest counts."""
        return isinstance(message, GuideChanged)


@dataclass
class GuideChosen(Message):
    """The person wants to see this guide."""

    folder: Path


class GuideLeft(Message):
    """The person is done with this guide and wants the list."""


class NewGuideWanted(Message):
    """The person wants to start a guide."""


@dataclass
class StudyChanged(Message):
    """A followed study stands otherwise; a later one tells all that an earlier one does."""

    folder: Path
    seen: "StudySeen"
    bubble = False

    def can_replace(self, message: Message) -> bool:
        """Only the newest counts."""
        return isinstance(message, StudyChanged)


@dataclass
class ImportancesFound(Message):
    """It was found out how much each hyperparameter matters, by ``trials`` that had ended; None: they are too few.

    ``trouble``: why it could not be.
    """

    shares: dict[str, float] | None
    trials: int
    trouble: str = ""
    bubble = False


@dataclass
class StudyChosen(Message):
    """The person wants to see this search, or tuning."""

    folder: Path


class StudyLeft(Message):
    """The person is done with this study and wants the list."""


class NewSearchWanted(Message):
    """The person wants to start a search, or a tuning."""


@dataclass
class TrainLongWanted(Message):
    """The person wants to train the settings of a trial again, longer. ``source``: which trial it was."""

    task: str
    settings: "dict[str, Value]"
    source: str
