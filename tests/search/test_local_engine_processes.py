"""The local engine with real processes: they outlive whatever began them, and are followed and ended by another."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from jobs import ENDLESS, has_trained, read_manifest, write_job
from runlogs import wait_until

from dltui.runs.liveness import is_locked
from dltui.search.engines import local
from dltui.search.engines.engine import Job, JobState
from dltui.search.engines.local import LocalEngine
from dltui.search.study.options import Resources
from dltui_trainers.attempts import end_of
from dltui_trainers.process_mark import pid_of
from dltui_trainers.runlog import METRICS

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[tuple[LocalEngine, LocalEngine]]:
    """Two engines of one study. They leave nothing behind."""
    pair = (LocalEngine(tmp_path, Resources(gpus=0), 2), LocalEngine(tmp_path, Resources(gpus=0), 2))
    yield pair
    for folder in tmp_path.glob("t0*"):
        if is_locked(folder / METRICS):
            os.kill(read_manifest(folder).pid, signal.SIGKILL)
    for engine in pair:
        engine.close()


def job(study: Path, name: str, **rest: object) -> Job:
    spec = write_job(study, name, **rest)
    return Job(name=name, spec=spec, output=spec.with_suffix(".out"))


def submitted(engine: LocalEngine, job: Job) -> str:
    """Submit a job, again and again until its engine has started."""
    handles: list[str | None] = []

    def is_taken() -> bool:
        handles.append(engine.submit(job))
        return handles[-1] is not None

    wait_until(is_taken)
    return str(handles[-1])


def state(engine: LocalEngine, handle: str, wait_s: float = 0.0) -> JobState:
    return engine.poll([handle], wait_s)[handle].state


def pid(handle: str) -> int:
    return pid_of(handle.partition("@")[0])


def warm_of(handle: str) -> int:
    """The process that has begun the job."""
    return psutil.Process(pid(handle)).ppid()


def test_jobs_outlive_the_warm_process_and_another_engine_ends_them(
    engines: tuple[LocalEngine, LocalEngine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, later = engines
    engine.start()
    handles = [submitted(engine, job(tmp_path, name, settings=ENDLESS)) for name in ("t0000", "t0001")]
    wait_until(lambda: all(has_trained(tmp_path / name) for name in ("t0000", "t0001")))
    os.kill(warm_of(handles[0]), signal.SIGKILL)
    third = submitted(engine, job(tmp_path, "t0002"))
    while state(engine, third, wait_s=10.0) is not JobState.ENDED:
        assert [state(engine, each) for each in handles] == [JobState.RUNNING] * 2
    end = end_of(tmp_path / "t0002")
    assert end is not None and end.status == "finished"
    engine.close()

    assert [state(later, each) for each in (*handles, third)] == [JobState.RUNNING, JobState.RUNNING, JobState.ENDED]
    monkeypatch.setattr(local, "GRACE_S", 60.0)
    later.cancel(handles[0])
    monkeypatch.setattr(local, "GRACE_S", 0.2)
    os.kill(pid(handles[1]), signal.SIGSTOP)  # it cannot hear
    later.cancel(handles[1])
    for each in handles:
        wait_until(lambda each=each: state(later, each, wait_s=0.05) is JobState.ENDED)
        later.cancel(each)
    end = end_of(tmp_path / "t0000")
    assert end is not None and end.status == "stopped"
    assert end_of(tmp_path / "t0001") is None
