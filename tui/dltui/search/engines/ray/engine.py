"""Trials on a Ray cluster that is there already. What speaks with Ray is another process: see :mod:`.driver`."""

import os
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from dltui.errors import EngineError
from dltui.search.engines.engine import Job, JobStatus
from dltui.search.engines.ray.begin import begin, is_at_work, refuse_address, refuse_without_ray
from dltui.search.engines.ray.ledger import Ledger
from dltui.search.engines.ray.lines import append
from dltui.search.engines.ray.records import CANCELLED, FOLDER, ORDERS, Enough, Order, RayRecord
from dltui.search.engines.ray.share import bytes_of, refuse_what_ray_has_not
from dltui.search.study.options import Resources

LOOK_S = 0.2
"""How often the files are read while news is waited for: they may lie on a disk of the network."""


class RayEngine:
    """Orders jobs from the driver and reads what became of them; see :class:`dltui.search.engines.engine.Engine`.

    A handle is the job's name and how often it was ordered. A job that is under way is not ordered twice: it is the
    same handle. So nothing runs twice where a kill came between an order and its record in the study.
    """

    name = "ray"

    def __init__(self, folder: Path, resources: Resources) -> None:
        """``folder``: of the study, on a disk that all nodes of the cluster see."""
        self._study = folder.absolute()
        self._folder = self._study / FOLDER
        self._resources = resources
        self._ledger = Ledger(self._folder)
        self._told: Mapping[str, JobStatus] = {}

    def start(self) -> None:
        """See that the cluster answers and can run trainings. What an earlier driver left unfinished goes on."""
        refuse_what_ray_has_not(self._resources)
        bytes_of(self._resources.memory)
        refuse_address(self._resources.address)
        refuse_without_ray()
        try:
            (self._folder / CANCELLED).mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise self._cannot_write(error) from error
        begin(self._study, self._resources, self._ledger)

    @property
    def slots(self) -> int:
        """How many trials the cluster has room for, all of it; 1 before the start."""
        driver = self._ledger.driver
        return max(1, driver.slots) if driver is not None else 1

    def submit(self, job: Job) -> str:
        """Order a job; return its handle, that of the order before where it is still under way."""
        begin(self._study, self._resources, self._ledger)
        handle = self._ledger.open_handle(job.name)
        if handle is None:
            handle = self._ledger.next_handle(job.name)
            self._append(_order(job, handle))
            self._ledger.refresh()
        return handle

    def poll(self, handles: Collection[str], wait_s: float = 0.0) -> Mapping[str, JobStatus]:
        """Return how each job stands, as soon as one stands otherwise than at the last call."""
        until = time.monotonic() + wait_s
        while True:
            statuses = self._statuses(handles)
            rest_s = until - time.monotonic()
            if rest_s <= 0 or any(self._told.get(handle) != status for handle, status in statuses.items()):
                self._told = statuses
                return statuses
            time.sleep(min(LOOK_S, rest_s))

    def cancel(self, handle: str) -> None:
        """End a job: at once where it waits, else within seconds, after it could save where it is."""
        self._ledger.refresh()
        if not self._ledger.is_open(handle):
            return
        try:
            (self._folder / CANCELLED).mkdir(parents=True, exist_ok=True, mode=0o700)
            (self._folder / CANCELLED / handle).touch(mode=0o600)
        except OSError as error:
            raise self._cannot_write(error) from error

    def close(self) -> None:
        """Tell the driver that nothing more is coming: it ends after the jobs that are under way."""
        if is_at_work(self._study, self._ledger.driver):
            with suppress(EngineError):  # on a full disk: it ends by itself, later
                self._append(Enough(time=time.time()))

    def _statuses(self, handles: Collection[str]) -> dict[str, JobStatus]:
        # In this order: what a driver wrote before it ended is not taken for lost.
        lives = is_at_work(self._study, self._ledger.driver)
        self._ledger.refresh()
        return {handle: self._ledger.status(handle, driver_lives=lives) for handle in handles}

    def _append(self, record: RayRecord) -> None:
        try:
            append(self._folder / ORDERS, record)
        except OSError as error:
            raise self._cannot_write(error) from error

    def _cannot_write(self, error: OSError) -> EngineError:
        return EngineError(f"Cannot write to {self._folder}: {error.strerror or error}.")


def _order(job: Job, handle: str) -> Order:
    return Order(
        handle=handle,
        job=job.name,
        spec=str(job.spec.absolute()),
        output=str(job.output.absolute()),
        folder=os.getcwd(),
        resources=job.resources,
    )
