"""What squeue and sacct print, as values. Lines that are not of the form asked for are left out."""

import re
from dataclasses import dataclass

FORMAT = "%A|%T|%r|%M|%l|%j|%Z"
ACCOUNTED = "JobIDRaw,State,Elapsed,Timelimit,JobName"
_HANDLE = re.compile(r"slurm:(\d{1,18})(?:;([\w.-]{1,80}))?", re.ASCII)
_ANSWER = re.compile(r"^(\d{1,18})(?:;([\w.-]{1,80}))?$", re.ASCII | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class JobId:
    """A job's number, and its cluster where it is not the one here."""

    number: int
    cluster: str = ""

    @property
    def handle(self) -> str:
        """The text that stands for it in a study."""
        return f"slurm:{self.number}" + (f";{self.cluster}" if self.cluster else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A job in the queue, or lately in it. ``used`` and ``limit``: times, as Slurm writes them."""

    id: JobId
    state: str
    reason: str = ""
    used: str = ""
    limit: str = ""
    name: str
    folder: str = ""


def parse_handle(handle: str) -> JobId | None:
    """Return the job of a handle, None where it is not one of Slurm's."""
    found = _HANDLE.fullmatch(handle)
    return JobId(int(found[1]), found[2] or "") if found is not None else None


def parse_submitted(answer: str) -> JobId | None:
    """Return the job that ``sbatch --parsable`` tells of. A cluster's own greetings may stand around it."""
    found = list(_ANSWER.finditer(answer))
    return JobId(int(found[-1][1]), found[-1][2] or "") if found else None


def parse_queue(answer: str, cluster: str = "") -> list[Entry]:
    """Return the jobs of squeue in :data:`FORMAT`."""
    rows = [line.split("|", 6) for line in answer.splitlines()]
    return [
        Entry(
            id=JobId(int(row[0]), cluster),
            state=row[1],
            reason="" if row[2] == "None" else row[2],
            used=row[3],
            limit=row[4],
            name=row[5],
            folder=row[6],
        )
        for row in rows
        if len(row) == 7 and _is_number(row[0])
    ]


def parse_accounts(answer: str, cluster: str = "") -> list[Entry]:
    """Return the jobs of sacct with the fields of :data:`ACCOUNTED`."""
    rows = [line.split("|", 4) for line in answer.splitlines()]
    return [
        Entry(id=JobId(int(row[0]), cluster), state=row[1], used=row[2], limit=row[3], name=row[4])
        for row in rows
        if len(row) == 5 and _is_number(row[0])
    ]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
