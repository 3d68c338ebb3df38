"""What the engine and its driver tell each other: one record a line, appended and never changed."""

from typing import Literal, TypeAlias

import msgspec

from dltui.search.engines.engine import JobState
from dltui.search.study.options import Resources

FOLDER = "ray"
"""In the study's folder; all the names below lie in it."""
ORDERS = "orders.jsonl"
STATUS = "status.jsonl"
LOG = "driver.log"
LOCK = "driver.lock"
CANCELLED = "cancelled"
"""A folder: a file in it, named by the handle, means that nobody wants that job any more."""


class Order(msgspec.Struct, tag_field="record", tag="order", kw_only=True, frozen=True):
    """Run a job; ``handle`` is it, begun once. ``folder``: where it is run, so that relative paths mean the same."""

    handle: str
    job: str
    spec: str
    output: str
    folder: str
    resources: Resources = Resources()


class Enough(msgspec.Struct, tag_field="record", tag="enough", kw_only=True, frozen=True):
    """Nothing more is coming: the driver ends after the last job."""

    time: float


DriverState = Literal["starting", "joined", "ready", "failed", "ended"]


class DriverStood(msgspec.Struct, tag_field="record", tag="driver", kw_only=True, frozen=True):
    """How the driver stands: ``joined`` is the cluster, and not yet looked at.

    ``slots``: jobs that there is room for; ``error``: a sentence, where it failed.
    """

    time: float
    host: str
    pid: int
    state: DriverState
    slots: int = 0
    error: str = ""


class JobStood(msgspec.Struct, tag_field="record", tag="job", kw_only=True, frozen=True):
    """How a job stands, since ``time``; see :class:`dltui.search.engines.engine.JobStatus`."""

    time: float
    handle: str
    state: JobState
    note: str = ""


RayRecord: TypeAlias = Order | Enough | DriverStood | JobStood

ray_decoder = msgspec.json.Decoder(RayRecord)
"""Decodes one line. Raises ``msgspec.DecodeError`` for what is no record."""


def to_line(record: RayRecord) -> bytes:
    """Return the record as one line of JSON, newline included."""
    return msgspec.json.encode(record) + b"\n"
