"""What somebody wants of a training by several processes: the first hears it, all of them do it at the same step."""

from dltui_trainers.commands import Commands
from dltui_trainers.control import Control, Unusable
from dltui_trainers.distributed.group import Group
from dltui_trainers.loop import Training
from dltui_trainers.runlog import Command


class SharedControl(Control):
    """The commands of a run as the first process has read them from ``control``; the others have none of their own."""

    def __init__(self, control: Control | None, group: Group) -> None:
        self._own, self._group = control, group

    def poll(self, *, at_once: bool = False) -> list[Command | Unusable]:
        """Return what has come, the same in each process; ``at_once``: to the first alone, the others hear nothing."""
        if at_once:
            return self._own.poll(at_once=True) if self._own else []
        if not self._group.meets():
            return []
        found = self._own.poll() if self._own else []
        if not self._group.asks(bool(found)):
            return []
        found = self._group.share(found)
        # torchrun ends the processes by the signal by which a person stops them. If one was killed, this is no stop.
        self._group.meet()
        return found


class SharedCommands(Commands):
    """Carries commands out in each process, and makes sure that it came to the same."""

    def __init__(self, control: SharedControl, group: Group, *, paused: bool = False) -> None:
        super().__init__(control)
        self.paused = paused
        self._group = group

    def _attend(self, training: Training, found: list[Command | Unusable]) -> None:
        super()._attend(training, found)
        self._group.agree((training.step, training.epoch, self.stopping, training.hparams))
