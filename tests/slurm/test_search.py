"""A whole search on a real Slurm, whose supervisor is killed in the middle."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from runlogs import wait_until
from slurm.cluster import Cluster

from dltui.errors import SearchError
from dltui.search.study.folder import read_study
from dltui.search.study.study import TrialState

pytestmark = pytest.mark.slow
TRIALS = 4
WORDS = ["--engine", "slurm", "--method", "random", "--trials", str(TRIALS), "--over", "lr", "--set", "epochs=15"]


def test_a_search_whose_supervisor_is_killed_goes_on_with_the_jobs_that_slurm_has(
    cluster: Cluster, tmp_path: Path
) -> None:
    study = tmp_path / "one"
    with _search(tmp_path, "digits", *WORDS, "--name", study.name):
        wait_until(lambda: len(_handles(study)) >= 2, 60)
    submitted = _handles(study)

    with _search(tmp_path, "--resume", study.name) as again:
        output, _ = again.communicate(timeout=120)

    assert again.returncode == 0, output
    trials = read_study(study).trials
    assert [trial.state for trial in trials] == [TrialState.COMPLETE] * TRIALS, output
    assert _handles(study)[: len(submitted)] == submitted
    assert len(_handles(study)) == TRIALS
    assert sorted(run.name for run in study.iterdir() if run.is_dir()) == ["jobs", "t0000", "t0001", "t0002", "t0003"]
    # a trial counts as soon as its log has ended; its process is gone a moment later
    wait_until(lambda: cluster.ask("squeue", "--noheader", "--states=PD,R") == "")


def test_a_partition_that_there_is_not_is_told_in_a_sentence_and_leaves_nothing(
    cluster: Cluster, tmp_path: Path
) -> None:
    with _search(tmp_path, "digits", *WORDS, "--partition", "gold") as refused:
        output, _ = refused.communicate(timeout=60)
    assert refused.returncode == 2
    assert output.splitlines()[-1] == "dltui: Slurm has no partition gold. There are: main, urgent."
    assert not list(tmp_path.iterdir())


@contextmanager
def _search(runs: Path, *words: str) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("dltui")), "search", *words, "--headless", "--runs", str(runs)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _handles(study: Path) -> list[str]:
    try:
        return [job.handle for trial in read_study(study).trials for job in trial.jobs.values()]
    except SearchError:
        return []
