"""What is at work already: whether it still is, and what it is told to do."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dltui.runs import control

if TYPE_CHECKING:
    from dltui_trainers.runlog import Value


class ControlServices:
    """Asks trainings, guides and studies, each by its folder."""

    def is_alive(self, folder: Path) -> bool:
        """Return whether the training, the guide or the study in ``folder`` is at work."""
        from dltui.guide.folder import is_at_work, is_guide
        from dltui.runs.liveness import judge
        from dltui.runs.reader import read_manifest, read_tail
        from dltui.search.study import folder as studies

        if is_guide(folder):
            return is_at_work(folder)
        if studies.is_study(folder):
            return studies.is_at_work(folder)
        batch = read_tail(folder)
        return judge(folder, read_manifest(folder), batch.end if batch else None).alive

    def ask(
        self,
        folder: Path,
        command: str,
        *,
        hparam: str | None = None,
        value: "Value" = None,
        also: "Mapping[str, Value] | None" = None,
        by: str = "user",
        reason: str = "",
    ) -> int:
        """Ask the training in ``folder`` for something; return the id that the answer in its log will have.

        Raises :class:`~dltui.errors.ControlError` if that cannot be written.
        """
        return control.ask(folder, command, hparam=hparam, value=value, also=also, by=by, reason=reason)

    def stop(self, folder: Path) -> None:
        """Ask the training in ``folder`` to stop."""
        control.stop(folder)
