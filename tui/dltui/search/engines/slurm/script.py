"""What is given to sbatch for one training: its options, and a script of three lines."""

import re
import shlex
from pathlib import Path

from dltui.search.engines.engine import Job, command_of
from dltui.search.engines.slurm.durations import seconds_in
from dltui.search.study.options import Resources

WARNING_S = 60
"""So long before its time is up a training is told to end, and writes its checkpoint. Slurm looks only every half
minute, and may tell it up to a minute earlier."""
LEAST_WARNING_S = 10
_NOT_IN_NAME = re.compile(r"[^\w.-]", re.ASCII)


def name_prefix(study: Path) -> str:
    """Return how the names of all jobs of a study begin, in Slurm's queue."""
    return f"dltui-{_NOT_IN_NAME.sub('_', study.name)}-"


def job_name(study: Path, job: str) -> str:
    """Return the name of a job in Slurm's queue: a study has it once, and so a job is found again by it."""
    return name_prefix(study) + _NOT_IN_NAME.sub("_", job)


def options_of(study: Path, job: Job, has_gpus: bool) -> list[str]:
    """Return sbatch's options for ``job``; a person's own come last, where Slurm lets them win.

    ``has_gpus``: the partition has GPUs, of which a training takes one for each of its processes if nobody says.
    """
    return [
        f"--job-name={job_name(study, job.name)}",
        f"--chdir={study}",
        f"--output={str(job.output.absolute()).replace('%', '%%')}",
        "--open-mode=append",
        "--requeue",
        *resource_options(job.resources, has_gpus),
        *job.resources.extra,
    ]


def resource_options(resources: Resources, has_gpus: bool) -> list[str]:
    """Return what of sbatch's options says how much a training gets, and how long."""
    gpus = resources.processes * has_gpus if resources.gpus is None else resources.gpus
    given = {"mem": resources.memory, "time": resources.time_limit}
    given |= {"partition": resources.partition, "account": resources.account}
    return [
        "--nodes=1",
        "--ntasks=1",
        f"--cpus-per-task={max(resources.cpus, resources.processes)}",
        *([f"--gres=gpu:{gpus}"] if gpus else []),
        *(f"--{name}={value}" for name, value in given.items() if value),
        f"--signal=B:TERM@{warning_s(resources.time_limit)}",
    ]


def warning_s(time_limit: str) -> int:
    """Return how long before ``time_limit`` a training is told: of a short one it does not take more than a quarter."""
    seconds = seconds_in(time_limit)
    return WARNING_S if seconds is None else max(LEAST_WARNING_S, min(WARNING_S, seconds // 4))


def script_of(job: Job) -> str:
    """Return the script. The worker takes the place of its shell: Slurm's signals reach it, and it alone."""
    threads = max(1, job.resources.cpus // job.resources.processes)
    return f"#!/bin/sh\nexport OMP_NUM_THREADS={threads}\nexec {shlex.join(command_of(job))}\n"


def cluster_in(extra: tuple[str, ...]) -> str:
    """Return the cluster that a person's own options name (``-M``, ``--clusters``), empty for the one here."""
    for word, following in zip(extra, [*extra[1:], ""], strict=False):
        if word in ("-M", "--clusters", "--cluster"):
            return following
        if found := re.match(r"(?:-M|--clusters?=)(.+)", word):
            return found[1]
    return ""
