"""What became of a training: the states of a run. How they are told from its folder is in ``liveness.py``."""

from enum import StrEnum


class RunStatus(StrEnum):
    """The state of a run."""

    STARTING = "starting"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    KILLED = "killed"
    QUIET = "quiet"
    """Another program's log that has not grown for a while: whether it is over cannot be told from the log."""

    @property
    def alive(self) -> bool:
        """Whether its process is at work."""
        return self in (RunStatus.STARTING, RunStatus.RUNNING)
