"""Slurm as an engine: one job a training, on a cluster where every node sees the runs folder.

A job is submitted to be requeued, so one whose node fails or that is preempted comes back by itself; one that is out of
time or gone is told as ended, and the supervisor submits it again. Either way the worker goes on from its checkpoint.
"""

import math
import time
from collections.abc import Collection, Mapping
from pathlib import Path

from dltui.errors import EngineError
from dltui.search.engines.engine import Job, JobState, JobStatus
from dltui.search.engines.slurm.durations import seconds_in
from dltui.search.engines.slurm.listing import JobId, parse_handle, parse_submitted
from dltui.search.engines.slurm.nodes import FORMAT, UNKNOWN_SLOTS, Node, in_partition, limit_of, parse_nodes, slots_of
from dltui.search.engines.slurm.programs import NoAnswerError, ask, missing_programs
from dltui.search.engines.slurm.queue import Queue, on_cluster
from dltui.search.engines.slurm.script import cluster_in, job_name, options_of, resource_options, script_of
from dltui.search.study.options import Resources
from dltui.text import safe_text


class SlurmEngine:
    """Runs the jobs of the study in ``folder``; ``resources`` are those of each of them."""

    name = "slurm"
    CANCEL_AGAIN_S = 30.0
    """So long a job that was cancelled has to end before it is cancelled once more."""

    def __init__(self, folder: Path, resources: Resources) -> None:
        self._folder = folder.absolute()
        self._resources = resources
        self._cluster = cluster_in(resources.extra)
        self._queue = Queue(self._folder, self._cluster)
        self._nodes: list[Node] | None = None
        self._cancelled: dict[JobId, float] = {}

    def start(self) -> None:
        """See that Slurm answers and would take such jobs; it is asked without submitting one."""
        if missing := missing_programs():
            raise EngineError(
                f"Slurm is not to be found here: there is no {missing[0]} on the PATH. "
                "Begin the search on a node where jobs are submitted, or choose --engine local."
            )
        try:
            self._nodes = self._partition()
            self._try()
        except NoAnswerError as error:
            raise EngineError(f"Slurm does not answer: {error}. Does 'sinfo' work here?") from error

    @property
    def slots(self) -> int:
        """What fits on the partition beside other people's jobs, within limits."""
        if self._nodes is None:
            return UNKNOWN_SLOTS
        each = self._resources
        gpus = each.processes * self._has_gpus if each.gpus is None else each.gpus
        return slots_of(self._nodes, max(each.cpus, each.processes), gpus)

    def submit(self, job: Job) -> str:
        """Submit a job, or take up the one of its name that is in the queue.

        A supervisor may have been killed before it wrote down what it had submitted, and Slurm may have taken a job
        though its answer never came.
        """
        words = ["sbatch", "--parsable", *options_of(self._folder, job, self._has_gpus)]
        try:
            if (found := self._queue.live(job_name(self._folder, job.name))) is not None:
                return found.id.handle
            return self._taken(ask(words, script_of(job))).handle
        except NoAnswerError as error:
            self._queue.forget()
            raise EngineError(f"Slurm does not answer: {error}. Go on with --resume when it does.") from error
        except EngineError as error:
            raise EngineError(f"Slurm refuses {job.name}: {error}.") from error

    def poll(self, handles: Collection[str], wait_s: float = 0.0) -> Mapping[str, JobStatus]:
        """Return how each of these jobs stands; see :class:`Queue` for how often Slurm is asked."""
        ids = {handle: parse_handle(handle) for handle in handles}
        known = self._queue.look([each for each in ids.values() if each is not None], wait_s)
        return {handle: known[each] if each is not None else _NO_JOB_OF_SLURM for handle, each in ids.items()}

    def cancel(self, handle: str) -> None:
        """Have Slurm end a job: it is told to end, and killed after a while (Slurm's KillWait). It is not requeued."""
        id, now = parse_handle(handle), time.monotonic()
        if id is None or now - self._cancelled.get(id, -math.inf) < self.CANCEL_AGAIN_S:
            return
        try:
            ask(["scancel", *on_cluster(id.cluster), str(id.number)])
        except NoAnswerError as error:
            raise EngineError(f"Job {id.number} of Slurm could not be cancelled: {error}.") from error
        except EngineError as error:
            if "invalid job id" not in str(error).lower() and "already complet" not in str(error).lower():
                raise EngineError(f"Slurm does not cancel job {id.number}: {error}.") from error
        self._cancelled[id] = now

    def close(self) -> None:
        """Nothing is held: jobs go on, and another engine takes them up by their handles."""

    @property
    def _has_gpus(self) -> bool:
        return any(node.gpus for node in self._nodes or ())

    def _taken(self, answer: str) -> JobId:
        id = parse_submitted(answer)
        if id is None:
            raise EngineError(f"sbatch answers '{safe_text(answer.strip())[:80]}', which names no job")
        self._queue.submitted(id)
        return id

    def _partition(self) -> list[Node]:
        """Return the nodes that jobs would run on. Raises :class:`EngineError` where no job could."""
        words = ["sinfo", "--noheader", "--Node", f"--Format={FORMAT}", *on_cluster(self._cluster)]
        try:
            every = parse_nodes(ask(words))
        except NoAnswerError:
            raise
        except EngineError as error:
            raise EngineError(f"Slurm does not tell of its nodes: {error}.") from error
        wanted = self._resources.partition
        nodes = in_partition(every, wanted)
        if every and not nodes and wanted:
            names = ", ".join(sorted({safe_text(node.partition) for node in every}))
            raise EngineError(f"Slurm has no partition {safe_text(wanted)}. There are: {names}.")
        _refuse_longer(self._resources.time_limit, limit_of(nodes) if nodes else None)
        return nodes

    def _try(self) -> None:
        words = ["sbatch", "--test-only", *resource_options(self._resources, self._has_gpus), *self._resources.extra]
        try:
            ask(words, "#!/bin/sh\n")
        except NoAnswerError:
            raise
        except EngineError as error:
            if "not available now" in str(error).lower():
                return  # it is taken, and waits
            raise EngineError(
                f"Slurm refuses such jobs: {error}. "
                "They are described by --cpus, --gpus, --memory, --time-limit, --partition, --account, --engine-option."
            ) from error


_NO_JOB_OF_SLURM = JobStatus(state=JobState.LOST, note="not a job of Slurm")


def _refuse_longer(time_limit: str, most_s: int | None) -> None:
    """Refuse what Slurm would take and never begin."""
    seconds = seconds_in(time_limit)
    if seconds is not None and most_s is not None and seconds > most_s:
        raise EngineError(f"--time-limit {time_limit} is more than the partition allows ({most_s // 60} minutes).")
