"""The start of a training: what its data are, what it would be, and the start itself."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dltui.services.where import Where

if TYPE_CHECKING:
    from dltui.runs.data import DataSeen
    from dltui.runs.launch import Launched
    from dltui.wrapped.again import Again
    from dltui_trainers.origin import Origin
    from dltui_trainers.plan import Plan
    from dltui_trainers.registry import TaskInfo


class StartServices(Where):
    """Starts trainings in ``root``."""

    def look_at_data(self, task: "TaskInfo", settings: "Mapping[str, str]") -> "DataSeen":
        """Return what the data that ``settings`` name make of the task."""
        from dltui.runs.data import look_at_data

        return look_at_data(task, settings)

    def plan(self, task: str, settings: dict[str, str], origin: "Origin") -> "Plan | Again":
        """Return what :meth:`launch` would start. Raises :class:`TrainerError` for what cannot be."""
        from dltui.wrapped.again import is_script, plan_again
        from dltui_trainers.plan import plan

        if is_script(origin):
            return plan_again(settings, origin)
        return plan(task, settings, origin)

    def launch(
        self, task: str, settings: dict[str, str], parent: "Origin | None" = None, name: str | None = None
    ) -> "Launched":
        """Start a training; with a ``parent``, ``settings`` are the changes to it.

        Raises what :func:`dltui.runs.launch.launch` and :func:`dltui.wrapped.again.launch_again` raise.
        """
        from dltui.runs.launch import launch
        from dltui.wrapped.again import is_script, launch_again

        if parent is not None and is_script(parent):
            return launch_again(self.root, settings, parent, name)
        return launch(self.root, task, settings, name=name, parent=parent)
