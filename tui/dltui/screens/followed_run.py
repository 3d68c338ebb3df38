"""A run that a screen follows: its state, and the thread that brings the news."""

from collections.abc import Callable
from pathlib import Path

from textual.message_pump import MessagePump

from dltui.interventions.effect import Effect
from dltui.messages import RunChanged
from dltui.runs.update import RunUpdate
from dltui.series.state import RunState
from dltui.services import Follower, Services
from dltui.widgets.diagnosed import Diagnosed
from dltui.widgets.effects import last_effect

FollowerMaker = Callable[[Callable[[RunUpdate], None]], Follower]


class FollowedRun:
    """Posts :class:`RunChanged` to ``receiver``, which hands each one to :meth:`take`. Close it when done.

    ``diagnosed`` is what :meth:`diagnose` found last; None before. ``follow`` makes the follower, where it is not that
    of the services.
    """

    def __init__(
        self, services: Services, folder: Path, receiver: MessagePump, follow: FollowerMaker | None = None
    ) -> None:
        self.folder = folder
        self.state = RunState()
        self.diagnosed: Diagnosed | None = None
        self.effect: tuple[int, Effect] | None = None
        """What came of the change that was made last and holds, with the id of that change."""
        self._services = services
        self._receiver = receiver
        self._follower = follow(self._post) if follow is not None else services.follow(folder, self._post)
        self._follower.start()

    def take(self, update: RunUpdate) -> None:
        """Take one piece of news into the state."""
        self.state.take(update)
        self._follower.acknowledge()

    def diagnose(self) -> None:
        """Judge the run as it is now, and what came of the last change to it."""
        diagnosis, changes = self._services.diagnose(self.state)
        self.diagnosed = Diagnosed(diagnosis=diagnosis, changes=changes)
        self.effect = last_effect(self.state)

    @property
    def is_readable(self) -> bool:
        """Whether all of its log is here: nothing is judged by half of it, nor before it has begun."""
        state = self.state
        empty = not len(state.train_loss) and not len(state.val_loss)
        return not state.loading and not (empty and state.status.alive)

    @property
    def is_over(self) -> bool:
        """Whether there is a whole run here: its log is read, has something in it, and nothing more comes."""
        return self.is_readable and not self.state.status.alive and self.state.step > 0

    def close(self) -> None:
        """End the thread."""
        self._follower.close()

    def _post(self, update: RunUpdate) -> None:
        self._receiver.post_message(RunChanged(self.folder, update))
