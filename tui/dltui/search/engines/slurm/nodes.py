"""What a cluster has, by sinfo: which partitions, for how long, and what of them is free."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dltui.search.engines.slurm.durations import seconds_in

FORMAT = ",".join(f"{field}:120|" for field in ("Partition", "StateCompact", "CPUsState", "Gres", "GresUsed", "Time"))
MOST_SLOTS = 32
"""A search is better for knowing some results before it asks for more; a person may want more with ``--workers``."""
IN_QUEUE = 4
"""So many jobs at a time where little is free: they wait in the queue, and nobody is kept from anything."""
UNKNOWN_SLOTS = 8
_GPUS = re.compile(r"\bgpu:(?:[^,:()]*:)?(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node in one of its partitions. ``limit``: the longest time there, empty or a word: none."""

    partition: str
    is_default: bool
    idle_cpus: int
    cpus: int
    idle_gpus: int
    gpus: int
    limit: str


def parse_nodes(answer: str) -> list[Node]:
    """Return the nodes of sinfo in :data:`FORMAT` that can take jobs, now or later."""
    rows = [[cell.strip() for cell in line.split("|")] for line in answer.splitlines()]
    return [_node(row) for row in rows if len(row) >= 6 and re.fullmatch(r"\d+/\d+/\d+/\d+", row[2])]


def in_partition(nodes: Sequence[Node], partition: str) -> list[Node]:
    """Return the nodes of the partitions that ``partition`` names (``a,b``), of the default one where it is empty."""
    names = partition.split(",")
    return [node for node in nodes if (node.partition in names if partition else node.is_default)]


def limit_of(nodes: Sequence[Node]) -> int | None:
    """Return the longest time that a job may take on any of them, None where there is no limit."""
    limits = [seconds_in(node.limit) for node in nodes]
    return max((limit for limit in limits if limit is not None), default=None) if None not in limits else None


def slots_of(nodes: Sequence[Node], cpus: int, gpus: int) -> int:
    """Return how many jobs to have at a time: what fits beside other people's now, and a few that wait in the queue."""
    free = sum(_fits(node.idle_cpus, cpus, node.idle_gpus, gpus) for node in nodes)
    there = sum(_fits(node.cpus, cpus, node.gpus, gpus) for node in nodes)
    return max(1, min(max(free, IN_QUEUE), there, MOST_SLOTS)) if nodes else UNKNOWN_SLOTS


def _fits(cpus: int, cpus_each: int, gpus: int, gpus_each: int) -> int:
    return min(cpus // cpus_each, gpus // gpus_each) if gpus_each else cpus // cpus_each


def _node(row: list[str]) -> Node:
    partition, state, cpus, gres, used, limit = row[:6]
    _, idle, _, total = (int(each) for each in cpus.split("/"))
    takes_jobs = re.match(r"(idle|mix|alloc|comp)\w*[+~#%^-]?$", state) is not None
    gpus = sum(int(each) for each in _GPUS.findall(gres))
    return Node(
        partition=partition.removesuffix("*"),
        is_default=partition.endswith("*"),
        idle_cpus=idle if takes_jobs else 0,
        cpus=total,
        idle_gpus=max(0, gpus - sum(int(each) for each in _GPUS.findall(used))) if takes_jobs else 0,
        gpus=gpus,
        limit=limit,
    )
