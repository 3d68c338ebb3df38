"""A run that a screen follows: its state, and the thread that brings the news."""

from pathlib import Path

from textual.message_pump import MessagePump

from dltui.messages import RunChanged
from dltui.runs.update import RunUpdate
from dltui.series.state import RunState
from dltui.services import Services


class FollowedRun:
    """Posts :class:`RunChanged` to ``receiver``, which hands each one to :meth:`take`. Close it when done."""

    def __init__(self, services: Services, folder: Path, receiver: MessagePump) -> None:
        self.folder = folder
        self.state = RunState()
        self._receiver = receiver
        self._follower = services.follow(folder, self._post)
        self._follower.start()

    def take(self, update: RunUpdate) -> None:
        """Take one piece of news into the state."""
        self.state.take(update)
        self._follower.acknowledge()

    def close(self) -> None:
        """End the thread."""
        self._follower.close()

    def _post(self, update: RunUpdate) -> None:
        self._receiver.post_message(RunChanged(self.folder, update))
