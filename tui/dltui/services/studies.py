"""Studies, which are searches and tunings: followed, started, started again, and what comes of them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dltui.services.where import Where

if TYPE_CHECKING:
    from dltui.following import FolderFollower
    from dltui.search.study.follow import StudySeen
    from dltui.search.study.options import SearchOptions, TuneOptions
    from dltui.search.study.study import Study


class StudyServices(Where):
    """Starts studies in ``root``, and follows them."""

    def follow_study(self, folder: Path, on_change: "Callable[[StudySeen], None]") -> "FolderFollower[StudySeen]":
        """Return a follower of the study in ``folder``, not yet started; ``on_change`` is called in its thread."""
        from dltui.following import FolderFollower
        from dltui.search.study.follow import StudyWatch

        return FolderFollower(StudyWatch(folder), on_change)

    def launch_study(self, task: str, options: "SearchOptions | TuneOptions") -> Path:
        """Start a search or a tuning and return its folder. Raises :class:`~dltui.errors.DltuiError`, or a
        ``TrainerError``.
        """
        from dltui.search.supervisor.launch import launch_study

        return launch_study(self.root, task, options)

    def go_on_with_study(self, folder: Path) -> None:
        """Start a supervisor for a study that none is at work on. Raises :class:`~dltui.errors.DltuiError`."""
        from dltui.search.supervisor.launch import go_on

        go_on(folder)

    def study_output(self, folder: Path) -> tuple[str, ...]:
        """Return the last lines that the supervisor of a study printed."""
        from dltui.runs.output import OutputReader
        from dltui.search.study.folder import SUPERVISOR_LOG

        return OutputReader(folder / SUPERVISOR_LOG).read() or ()

    def importances(self, study: "Study") -> dict[str, float] | None:
        """Return how much each hyperparameter of a search matters, the most first; None with too few trials."""
        from dltui.search.importances import importances
        from dltui.search.space.dimension import Space

        begun = study.begun
        if begun is None or begun.search is None:
            return None
        return importances(study.trials, Space(begun.search.dimensions), study.objective)
