"""What the interface can do outside itself, a subject a file; ``Services`` is all of them. A test hands it others.

What reads a log needs numpy, and is imported when it is first asked for: the first paint does not wait for it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from dltui.catalog.places import Places
from dltui.log_options import AS_IT_IS, LogOptions
from dltui.services.control import ControlServices
from dltui.services.guides import GuideServices
from dltui.services.judging import JudgeServices
from dltui.services.listing import ListServices
from dltui.services.runs import Follower, RunServices
from dltui.services.starting import StartServices
from dltui.services.studies import StudyServices

if TYPE_CHECKING:
    from dltui.advice.limits import Limits

__all__ = ["Follower", "Services"]


class Services(ListServices, RunServices, JudgeServices, StartServices, ControlServices, GuideServices, StudyServices):
    """The real ones, for the runs in ``root``; :class:`~dltui.services.where.Where` says what else can be told."""

    def __init__(self, root: Path, options: LogOptions = AS_IT_IS, places: Places | None = None) -> None:
        super().__init__(root, options, places)
        self.auto: dict[Path, Limits] = {}
        """The runs in which live advice is followed unasked, while their screen is open, and within which limits."""
