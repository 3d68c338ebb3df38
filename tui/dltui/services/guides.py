"""Guides: followed, started, started again, and what they say."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dltui.services.where import Where

if TYPE_CHECKING:
    from dltui.following import FolderFollower
    from dltui.guide.follow import GuideSeen
    from dltui.guide.options import Options
    from dltui.texts.guide import GuideTexts


class GuideServices(Where):
    """Starts guides in ``root``, and follows them."""

    def follow_guide(self, folder: Path, on_change: "Callable[[GuideSeen], None]") -> "FolderFollower[GuideSeen]":
        """Return a follower of the guide in ``folder``, not yet started; ``on_change`` is called in its thread."""
        from dltui.following import FolderFollower
        from dltui.guide.follow import GuideWatch

        return FolderFollower(GuideWatch(folder), on_change)

    def launch_guide(self, task: str, options: "Options") -> Path:
        """Start a guide and return its folder. Raises :class:`~dltui.errors.DltuiError`, or a ``TrainerError``."""
        from dltui.guide.engine.launch import launch_guide

        return launch_guide(self.root, task, options)

    def go_on_with_guide(self, folder: Path) -> None:
        """Start an engine for a guide that none is at work on. Raises :class:`~dltui.errors.DltuiError`."""
        from dltui.guide.engine.launch import go_on

        go_on(folder)

    def guide_output(self, folder: Path) -> tuple[str, ...]:
        """Return the last lines that the engine of a guide printed."""
        from dltui.guide.folder import ENGINE_LOG
        from dltui.runs.output import OutputReader

        return OutputReader(folder / ENGINE_LOG).read() or ()

    def guide_texts(self) -> "GuideTexts":
        """Return the words of the guide in the present language."""
        from dltui.texts.guide import GuideTexts

        return GuideTexts.load()
