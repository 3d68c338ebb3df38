"""What was ordered and what became of it: the one place where the lines of both files become how a job stands."""

from collections import Counter
from pathlib import Path

from dltui.search.engines.engine import JobState, JobStatus
from dltui.search.engines.ray.lines import Tail
from dltui.search.engines.ray.records import (
    CANCELLED,
    ORDERS,
    STATUS,
    DriverStood,
    Enough,
    JobStood,
    Order,
    RayRecord,
)

WAITS = "waits for room in the cluster"
GONE = "the process that looks after the trials on Ray is gone"


class Ledger:
    """The orders and statuses in ``STUDY/ray``, as far as they were read. ``orders`` lie in the order of submission."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tails = (Tail(folder / ORDERS), Tail(folder / STATUS))
        self._jobs: Counter[str] = Counter()
        self._stood: dict[str, JobStood] = {}
        self.orders: dict[str, Order] = {}
        self.driver: DriverStood | None = None
        self.has_enough = False

    def refresh(self) -> None:
        """Take in what is new in the files."""
        for tail in self._tails:
            for record in tail.read():
                self._take(record)

    def is_cancelled(self, handle: str) -> bool:
        """Whether nobody wants that job any more."""
        return (self._folder / CANCELLED / handle).exists()

    def has_ended(self, handle: str) -> bool:
        """Whether the driver has told the end of that job."""
        stood = self._stood.get(handle)
        return stood is not None and stood.state is JobState.ENDED

    def is_open(self, handle: str) -> bool:
        """Whether the job was ordered, is wanted, and has not ended."""
        return handle in self.orders and not self.has_ended(handle) and not self.is_cancelled(handle)

    def open_handle(self, job: str) -> str | None:
        """Return the handle by which a job of that name is under way or waits; None where it is not."""
        handles = (each.handle for each in self.orders.values() if each.job == job)
        return next((each for each in handles if self.is_open(each)), None)

    def next_handle(self, job: str) -> str:
        """Return a handle for a job of that name that no order has had."""
        return f"{job}.{self._jobs[job] + 1}"

    def status(self, handle: str, *, driver_lives: bool) -> JobStatus:
        """Return how a job stands. What a driver that is gone has left unfinished is lost."""
        stood = self._stood.get(handle)
        if stood is not None and stood.state is JobState.ENDED:
            return JobStatus(state=JobState.ENDED, note=stood.note)
        is_running = driver_lives and stood is not None and stood.state is JobState.RUNNING
        if not is_running and handle in self.orders and self.is_cancelled(handle):
            return JobStatus(state=JobState.ENDED, note="cancelled")
        if handle not in self.orders or not driver_lives:
            return JobStatus(state=JobState.LOST, note=GONE if handle in self.orders else "it was never ordered")
        return JobStatus(state=stood.state, note=stood.note) if stood else JobStatus(state=JobState.QUEUED, note=WAITS)

    def _take(self, record: RayRecord) -> None:
        match record:
            case Order():
                self._jobs[record.job] += record.handle not in self.orders
                self.orders[record.handle] = record
                self.has_enough = False
            case Enough():
                self.has_enough = True
            case DriverStood():
                self.driver = record
            case JobStood() if not self.has_ended(record.handle):
                self._stood[record.handle] = record
