"""An engine that is borne with: a cluster that has taken a job may be gone for a while."""

import time
from collections.abc import Callable, Collection, Mapping

from dltui.errors import EngineError
from dltui.search.engines.engine import Engine, Job, JobStatus

PATIENCE_S = 120.0


class PatientEngine:
    """Asks ``engine``. What it refuses is raised at once if it is this machine or has never worked; otherwise once it
    has not worked for two minutes."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock
        self._has_worked = False
        self._silent_since: float | None = None

    @property
    def is_local(self) -> bool:
        """Whether the jobs run on this machine: what they wrote before they died is seen here at once."""
        return self._engine.name == "local"

    def submit(self, job: Job) -> str | None:
        """Return the handle of the job, None if the engine does not take it now. May raise :class:`EngineError`."""
        try:
            handle = self._engine.submit(job)
        except EngineError as error:
            self._bear(error)
            return None
        if handle is not None:
            self._works()
        return handle

    def poll(self, handles: Collection[str], wait_s: float) -> Mapping[str, JobStatus] | None:
        """Return how the jobs stand, None if the engine does not tell now. May raise :class:`EngineError`.

        Where there are none to ask for, it waits so long.
        """
        if not handles:
            time.sleep(wait_s)
            return {}
        try:
            found = self._engine.poll(handles, wait_s)
        except EngineError as error:
            time.sleep(wait_s)
            self._bear(error)
            return None
        self._works()
        return found

    def cancel(self, handle: str) -> None:
        """End a job by force. May raise :class:`EngineError`."""
        try:
            self._engine.cancel(handle)
        except EngineError as error:
            self._bear(error)

    def _works(self) -> None:
        self._has_worked, self._silent_since = True, None

    def _bear(self, error: EngineError) -> None:
        now = self._clock()
        self._silent_since = now if self._silent_since is None else self._silent_since
        if self.is_local or not self._has_worked or now - self._silent_since > PATIENCE_S:
            raise error
