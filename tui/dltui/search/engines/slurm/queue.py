"""How the jobs of a study stand: one question to squeue for all of them, seldom, and a memory for the time between."""

import os
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from dltui.errors import EngineError
from dltui.search.engines.engine import JobState, JobStatus
from dltui.search.engines.slurm.listing import ACCOUNTED, FORMAT, Entry, JobId, parse_accounts, parse_queue
from dltui.search.engines.slurm.programs import NoAnswerError, ask
from dltui.search.engines.slurm.script import name_prefix
from dltui.search.engines.slurm.states import is_live, status_of


class Queue:
    """What Slurm says of the jobs of one study, as of lately.

    squeue is asked for all jobs of the user, those included that ended in the last minutes (Slurm's MinJobAge, 5 as it
    comes); what it has dropped, sacct may still know. A job that neither knows for a while is lost.
    """

    POLL_S = 2.0
    """squeue is asked at most so often,"""
    PER_JOB_S = 0.05
    """more rarely the more jobs there are,"""
    COST_FACTOR = 20.0
    """and the longer the controller took to answer: at most a twentieth of its time is for us,"""
    MOST_POLL_S = 30.0
    """but at least so often."""
    PATIENCE_S = 300.0
    """So long Slurm may be silent, as while its controller is restarted, before that is an error."""
    LOST_AFTER_S = 10.0
    """So long a job may be in no list, as just after a controller came back, before it is lost."""

    def __init__(self, study: Path, cluster: str = "") -> None:
        self._study = study
        self._cluster = cluster
        self._prefix = name_prefix(study)
        self._entries: dict[JobId, Entry] = {}
        self._known: dict[JobId, JobStatus] = {}
        self._missing_since: dict[JobId, float] = {}
        self._has_accounts = True
        self._asked: float | None = None
        self._silent_since: float | None = None
        self._has_list = False
        self._interval_s = self.POLL_S

    def look(self, ids: Collection[JobId], wait_s: float = 0.0) -> Mapping[JobId, JobStatus]:
        """Return how these jobs stand, asking Slurm if it is time to; wait so long for that time at most.

        Raises :class:`EngineError` if Slurm has not answered for :data:`PATIENCE_S`.
        """
        due_s = self._due_s()
        time.sleep(max(0.0, min(due_s, wait_s)))
        if due_s <= wait_s:
            try:
                self.refresh({self._cluster, *(each.cluster for each in ids)}, len(ids))
                self._find(each for each in ids if each not in self._entries)
            except NoAnswerError as error:
                self._bear(error)
        return {each: self._known.get(each, _UNSEEN) for each in ids}

    def live(self, name: str) -> Entry | None:
        """Return the job of that name that waits or runs, by the newest list; the first time one is asked for."""
        if not self._has_list:
            self.refresh({self._cluster})
        of_name = (each for each in self._entries.values() if each.name == name and is_live(each))
        return next((each for each in of_name if each.folder == str(self._study)), None)

    def forget(self) -> None:
        """Ask anew before the next job is looked for: one may have been taken though no answer came."""
        self._has_list = False

    def submitted(self, id: JobId) -> None:
        """Know of a job that is in no list yet."""
        self._known[id] = JobStatus(state=JobState.QUEUED)

    def refresh(self, clusters: Collection[str], jobs: int = 0) -> None:
        """Ask squeue now, once for each cluster, and note how all jobs of the study stand.

        Raises :class:`NoAnswerError`; whatever squeue complains of may be gone a minute later.
        """
        self._asked = time.monotonic()
        entries = [entry for cluster in sorted(clusters) for entry in self._listed(cluster)]
        self._silent_since, self._has_list = None, True
        costs_s = self.COST_FACTOR * (time.monotonic() - self._asked)
        self._interval_s = min(max(self.POLL_S, self.PER_JOB_S * jobs, costs_s), self.MOST_POLL_S)
        self._entries = {entry.id: entry for entry in entries if entry.name.startswith(self._prefix)}
        for entry in self._entries.values():
            self._note(entry)

    def _listed(self, cluster: str) -> list[Entry]:
        words = ["squeue", "--noheader", f"--user={os.getuid()}", "--states=all", f"--format={FORMAT}"]
        try:
            return parse_queue(ask([*words, *on_cluster(cluster)]), cluster)
        except EngineError as error:
            raise NoAnswerError(str(error)) from error

    def _due_s(self) -> float:
        return 0.0 if self._asked is None else self._asked + self._interval_s - time.monotonic()

    def _note(self, entry: Entry) -> None:
        self._missing_since.pop(entry.id, None)
        status = status_of(entry)
        before = self._known.get(entry.id, _UNSEEN)
        if status.state is JobState.QUEUED and (before.state is JobState.RUNNING or before.note.startswith(_AGAIN)):
            status = replace(status, note=f"{_AGAIN}: {status.note}" if status.note else _AGAIN)
        self._known[entry.id] = status

    def _find(self, missing: Iterable[JobId]) -> None:
        """Find out what became of jobs that squeue does not list any more. What has ended is remembered for good."""
        ended = (JobState.ENDED, JobState.LOST)
        wanted = [each for each in missing if each not in self._known or self._known[each].state not in ended]
        accounted = [entry for entry in self._accounted(wanted) if entry.name.startswith(self._prefix)]
        told = {entry.id: entry for entry in accounted if not is_live(entry)}
        for entry in told.values():
            self._note(entry)
        for each in (each for each in wanted if each not in told):
            since = self._missing_since.setdefault(each, time.monotonic())
            if time.monotonic() - since >= self.LOST_AFTER_S:
                self._known[each] = JobStatus(state=JobState.LOST, note="Slurm does not know it any more")

    def _accounted(self, wanted: list[JobId]) -> list[Entry]:
        """Return what sacct knows of them: nothing on a cluster that keeps no accounts, or while it does not answer."""
        if not wanted or not self._has_accounts:
            return []
        entries = []
        for cluster in {each.cluster for each in wanted}:
            numbers = ",".join(str(each.number) for each in wanted if each.cluster == cluster)
            words = ["sacct", "--noheader", "--parsable2", "--allocations"]
            words += [f"--jobs={numbers}", f"--format={ACCOUNTED}"]
            try:
                entries += parse_accounts(ask([*words, *on_cluster(cluster)]), cluster)
            except NoAnswerError:
                continue
            except EngineError:
                self._has_accounts = False
        return [entry for entry in entries if entry.id in wanted]

    def _bear(self, error: NoAnswerError) -> None:
        """Live with an answer that did not come, but not for ever."""
        self._silent_since = self._silent_since or self._asked or time.monotonic()
        silent_s = time.monotonic() - self._silent_since
        if silent_s >= self.PATIENCE_S:
            raise EngineError(
                f"Slurm has not answered for {silent_s / 60:.0f} minutes ({error}). "
                "Jobs that it has go on; go on with the search by --resume when it is back."
            ) from error


_AGAIN = "again in the queue"
_UNSEEN = JobStatus(state=JobState.QUEUED, note="not seen in the queue yet")


def on_cluster(cluster: str) -> list[str]:
    """Return the option by which Slurm's programs ask another cluster than the one here."""
    return [f"--clusters={cluster}"] if cluster else []
