"""A Ray cluster of several nodes on this machine, and the loss of one of them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from ray.cluster_utils import Cluster

SOON_MISSED = {
    "health_check_initial_delay_ms": 1000,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 2000,
    "health_check_failure_threshold": 2,
}
"""A node that is gone is missed within seconds; as Ray is delivered, within half a minute."""


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster whose head runs no trials, until the block is left; ``folder``: for Ray's own files."""
    _usual_folder().mkdir(exist_ok=True)  # Ray notes there which cluster is the newest, wherever its files are
    head = {"num_cpus": 0, "include_dashboard": False, "temp_dir": str(folder), "_system_config": SOON_MISSED}
    begun = Cluster(initialize_head=True, head_node_args=head)
    try:
        yield begun
    finally:
        begun.shutdown()


def _usual_folder() -> Path:
    """Where Ray keeps its files if nobody says where; on a machine that never had Ray it is missing."""
    return Path(os.environ.get("RAY_TMPDIR") or os.environ.get("TMPDIR") or "/tmp") / "ray"


def add_node(begun: Cluster, cpus: int) -> Any:
    """Let a machine with so many CPUs join."""
    return begun.add_node(num_cpus=cpus)


def lose_node(begun: Cluster, node: Any, study: Path) -> None:
    """Cut the power of the node on which all trials of ``study`` are: nothing of it has a chance to say a word."""
    raylet = psutil.Process(node.all_processes["raylet"][0].process.pid)
    doomed = [each for each in psutil.process_iter() if _is_of(each, study)]
    doomed += [raylet, *raylet.children(recursive=True)]
    for process in doomed:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    begun.remove_node(node, allow_graceful=False)


def driver_of(study: Path) -> psutil.Process:
    """The process that looks after the trials of ``study``."""
    return next(each for each in psutil.process_iter() if "dltui.search.engines.ray.driver" in _words(each, study))


def is_at_work(study: Path) -> bool:
    """Whether a training of ``study`` runs on any node."""
    return any(_is_of(each, study) for each in psutil.process_iter())


def _is_of(process: psutil.Process, study: Path) -> bool:
    """Whether it is a training of that study, or what guards one."""
    return "dltui_trainers.job" in _words(process, study)


def _words(process: psutil.Process, study: Path) -> list[str]:
    """The words of a process that has to do with the study; none for any other."""
    with suppress(psutil.Error):
        words = process.cmdline()
        if any(word.startswith(str(study)) for word in words):
            return words
    return []
