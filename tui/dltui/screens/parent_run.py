"""The run that a followed one came from: followed too while the screen lives, since it may still be training."""

from pathlib import Path

from textual.message_pump import MessagePump

from dltui.charts.of_parent import ShownParent
from dltui.messages import ParentFound, RunChanged
from dltui.screens.followed_run import FollowedRun
from dltui.services import Services
from dltui_trainers.runlog import Parent, Value


class ParentRun:
    """The run that was ``found``. Its news goes to ``receiver``, which hands it to :meth:`take`. Close it when done."""

    def __init__(self, services: Services, found: ParentFound, receiver: MessagePump, smoothing: float) -> None:
        self.hparams: dict[str, Value] = found.hparams
        self._followed = FollowedRun(services, found.folder, receiver)
        self.smooth_with(smoothing)

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self._followed.folder

    @property
    def is_loading(self) -> bool:
        """Whether more of its log comes at once."""
        return self._followed.state.loading

    def take(self, event: RunChanged) -> bool:
        """Take news of it into its state. False if that is of another run."""
        if event.folder != self.folder:
            return False
        self._followed.take(event.update)
        return True

    def shown(self, origin: Parent) -> ShownParent:
        """Return it as charts show it; ``origin``: what the run says of where it came from."""
        return ShownParent(name=self.folder.name, state=self._followed.state, step=origin.step)

    def smooth_with(self, weight: float) -> None:
        """Smooth its training loss as that of the run."""
        self._followed.state.smooth_with(weight)

    def close(self) -> None:
        """End the thread."""
        self._followed.close()
