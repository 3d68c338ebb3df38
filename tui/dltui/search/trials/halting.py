"""Ends trainings because the whole search stops, so that they can be gone on with."""

from collections.abc import Sequence

from dltui.search.engines.engine import JobState
from dltui.search.trials.patient import PatientEngine
from dltui.search.trials.training import Training
from dltui_trainers.job_spec import BY_SUPERVISOR

REASON = "the search is stopped"


class Halting:
    """Each is asked once, and cancelled where it waits in a queue or has not ended ``until_s``."""

    def __init__(self, engine: PatientEngine, until_s: float) -> None:
        self._engine = engine
        self._until_s = until_s
        self._asked: set[str] = set()

    def is_late(self, now_s: float) -> bool:
        """Whether it is not waited for any longer."""
        return now_s > self._until_s

    def press(self, trainings: Sequence[Training], now_s: float) -> None:
        """See to it that they end; a run that appears meanwhile is asked too."""
        for each in trainings:
            run = each.following.run
            if self.is_late(now_s) or each.status.state is JobState.QUEUED:
                if self._is_first(each.handle):
                    self._engine.cancel(each.handle)
            elif run and self._is_first(run):
                each.ask("stop", by=BY_SUPERVISOR, reason=REASON)

    def _is_first(self, name: str) -> bool:
        first = name not in self._asked
        self._asked.add(name)
        return first
