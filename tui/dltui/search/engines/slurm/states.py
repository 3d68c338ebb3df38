"""What Slurm's states and reasons mean for a training, in words for a person."""

import pwd
import re

from dltui.search.engines.engine import JobState, JobStatus
from dltui.search.engines.slurm.durations import seconds_in
from dltui.search.engines.slurm.listing import Entry
from dltui.search.engines.slurm.script import WARNING_S
from dltui.text import safe_text

LONGEST_NOTE = 100
_WAITS = {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD"}
_ENDS = {
    "COMPLETED": "",
    "CANCELLED": "cancelled",
    "FAILED": "its process failed",
    "TIMEOUT": "out of time",
    "DEADLINE": "its deadline has passed",
    "OUT_OF_MEMORY": "out of memory",
    "NODE_FAIL": "its node failed",
    "BOOT_FAIL": "its node did not start",
    "LAUNCH_FAILED": "it could not be started on its node",
    "RECONFIG_FAIL": "its node failed",
    "PREEMPTED": "preempted",
    "REVOKED": "revoked: another cluster has it",
}
_REASONS = {
    "Priority": "others come first",
    "Resources": "waits for free resources",
    "BeginTime": "waits until it may begin",
    "Dependency": "waits for another job",
    "JobHeldUser": "held: 'scontrol release' lets it go on",
    "JobHeldAdmin": "held by the cluster's people",
    "launch failed requeued held": "held after it could not be started: 'scontrol release' lets it try again",
    "job requeued in held state": "held: 'scontrol release' lets it go on",
    "ReqNodeNotAvail": "its nodes are down or reserved",
    "NodeDown": "its node is down",
    "PartitionDown": "the partition is down",
    "PartitionInactive": "the partition is inactive",
    "PartitionTimeLimit": "its time limit is beyond the partition's: it will not start",
    "PartitionNodeLimit": "the partition has no such nodes: it will not start",
    "PartitionConfig": "the partition has no such nodes: it will not start",
    "BadConstraints": "the cluster has no such node: it will not start",
    "AccountNotAllowed": "the account may not use the partition",
    "InvalidAccount": "the account is not valid",
    "InvalidQOS": "the quality of service is not valid",
    "Reservation": "waits for its reservation",
    "Licenses": "waits for a licence",
    "Cleaning": "being cleaned up after its last start",
}
_FAILURES = {
    "BadConstraints": "the cluster has no such node",
    "JobLaunchFailure": "it could not be started on its node",
    "NonZeroExitCode": "its process failed",
    "OutOfMemory": "out of memory",
    "TimeLimit": "out of time",
}
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|_")


def status_of(entry: Entry) -> JobStatus:
    """Return how a job stands. A state that nobody has heard of counts as running, and is named."""
    state, _, rest = entry.state.partition(" ")
    if state in _WAITS:
        return JobStatus(state=JobState.QUEUED, note=_why_it_waits(state, entry.reason))
    if state in _ENDS:
        return JobStatus(state=JobState.ENDED, note=_how_it_ended(state, rest, entry))
    note = "" if state in ("RUNNING", "COMPLETING") else _words(state).lower()
    return JobStatus(state=JobState.RUNNING, note=note)


def is_live(entry: Entry) -> bool:
    """Return whether a job waits, runs, or will."""
    return entry.state.partition(" ")[0] not in _ENDS


def _why_it_waits(state: str, reason: str) -> str:
    if state == "CONFIGURING":
        return "its nodes are being made ready"
    known = _REASONS.get(reason) or _REASONS.get(reason.partition(",")[0])
    if known is None and reason.startswith(("QOS", "Assoc")):
        return f"a limit of the account: {_words(reason)}"
    return known if known is not None else _words(reason)


def _how_it_ended(state: str, rest: str, entry: Entry) -> str:
    if state == "CANCELLED" and rest.startswith("by "):
        return f"cancelled by {_user(rest.removeprefix('by '))}"
    if state == "COMPLETED":
        return "its time was nearly out" if _was_near_its_limit(entry) else ""
    return _FAILURES.get(entry.reason, _ENDS[state]) if state == "FAILED" else _ENDS[state]


def _was_near_its_limit(entry: Entry) -> bool:
    """Whether Slurm had told it to end, which it then did as if by itself."""
    used, limit = seconds_in(entry.used), seconds_in(entry.limit)
    return used is not None and limit is not None and used + WARNING_S + min(WARNING_S, limit // 4) >= limit


def _user(text: str) -> str:
    try:
        return pwd.getpwuid(int(text)).pw_name
    except (KeyError, ValueError, OverflowError):
        return safe_text(text)[:LONGEST_NOTE]


def _words(name: str) -> str:
    return _WORD.sub(" ", safe_text(name))[:LONGEST_NOTE]
