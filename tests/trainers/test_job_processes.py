"""Jobs of a search as real processes, forks of a warm one but for the command itself: what cuts them short, and how
they go on."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from jobs import ENDLESS, has_trained, read_manifest, write_job
from runlogs import Lock, wait_until, whole_run, write_run

from dltui.runs import control
from dltui.runs.liveness import is_locked
from dltui.runs.warm import WarmProcess
from dltui_trainers.attempts import end_of, is_final
from dltui_trainers.job_spec import STOPPED_BY
from dltui_trainers.orders import Ended, Reply, Started
from dltui_trainers.process_mark import is_at_work, mark_of
from dltui_trainers.runlog import CHECKPOINTS, METRICS, STDOUT, EventRecord, Parent, StepRecord
from dltui_trainers.worker import BAD_USAGE, DONE
from trainers.trainings import read_log

pytestmark = pytest.mark.slow


class Jobs:
    """Has jobs done by a warm process."""

    def __init__(self) -> None:
        self._warm = WarmProcess()
        self._heard: list[Reply] = []
        self._pids: dict[int, int] = {}

    def begin(self, spec: Path, **environment: str) -> int:
        """Begin a job; return its order."""
        order = self._warm.run_job(spec, spec.with_suffix(".out"), environment)
        started = self._next(Started, order)
        assert isinstance(started, Started) and started.mark == mark_of(started.pid)
        self._pids[order] = started.pid
        return order

    def pid(self, order: int) -> int:
        return self._pids[order]

    def status(self, order: int) -> int:
        """Wait for its end."""
        ended = self._next(Ended, order)
        assert isinstance(ended, Ended)
        del self._pids[order]
        return ended.status

    def close(self) -> None:
        for pid in self._pids.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._warm.close()

    def _next(self, kind: type[Started | Ended], order: int) -> Reply:
        while True:
            for reply in self._heard:
                if isinstance(reply, kind) and reply.id == order:
                    self._heard.remove(reply)
                    return reply
            assert self._warm.alive
            self._heard += self._warm.replies(60.0)


@pytest.fixture(scope="module")
def jobs() -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    jobs.close()


def has_checkpoint(folder: Path) -> bool:
    return (folder / CHECKPOINTS / "last.pt").exists() and has_trained(folder)


def printed(spec: Path) -> str:
    """What the job has printed before its run had a folder."""
    output = spec.with_suffix(".out")
    return output.read_text() if output.exists() else ""


def test_what_is_cut_short_goes_on_and_what_has_ended_does_not(jobs: Jobs, tmp_path: Path) -> None:
    # Two may be killed: one that is preempted has kept its state, and does not count.
    spec = write_job(tmp_path, settings={**ENDLESS, "lr": "0.01"}, attempts=2)
    first, second, third = (tmp_path / name for name in ("t0000", "t0000.2", "t0000.3"))
    killed = jobs.begin(spec)
    wait_until(lambda: has_checkpoint(first))
    os.kill(jobs.pid(killed), signal.SIGKILL)
    assert jobs.status(killed) == -signal.SIGKILL

    preempted = jobs.begin(spec)
    wait_until(lambda: second.exists())
    assert is_locked(second / METRICS)  # from the moment at which it is there
    wait_until(lambda: has_trained(second))
    os.kill(jobs.pid(preempted), signal.SIGTERM)
    assert jobs.status(preempted) == DONE
    stopped = end_of(second)
    assert stopped is not None and stopped.status == "stopped" and not is_final(second)

    unwanted = jobs.begin(spec)
    wait_until(lambda: has_trained(third))
    control.stop(third, by=STOPPED_BY)
    assert jobs.status(unwanted) == DONE and is_final(third)
    assert jobs.status(jobs.begin(spec)) == DONE

    assert {path.name for path in tmp_path.iterdir()} == {"jobs", "t0000", "t0000.2", "t0000.3"}
    assert read_manifest(first).parent is None and read_manifest(first).command == ["dltui", "search", "moons"]
    for before, after in ((first, second), (second, third)):
        parent = read_manifest(after).parent
        assert parent is not None and parent.run == before.name and parent.step > 0 and parent.changed == {}
        assert read_manifest(after).hparams["lr"] == 0.01
        records = read_log(after)
        assert [each.from_ for each in records if isinstance(each, EventRecord) and each.name == "branch"] == [
            before.name
        ]
        steps = [each.step for each in records if isinstance(each, StepRecord)]
        assert steps[0] > parent.step and steps == sorted(steps)
    parent = read_manifest(third).parent
    assert parent is not None and parent.step == stopped.step  # nothing is done twice


@pytest.mark.long
def test_one_without_a_checkpoint_begins_anew_and_an_older_attempt_may_have_one(jobs: Jobs, tmp_path: Path) -> None:
    write_run(tmp_path / "t0000", whole_run()[:10])
    spec = write_job(tmp_path, settings=ENDLESS, attempts=4)
    anew = jobs.begin(spec)
    wait_until(lambda: has_checkpoint(tmp_path / "t0000.2"))
    os.kill(jobs.pid(anew), signal.SIGKILL)
    jobs.status(anew)
    assert read_manifest(tmp_path / "t0000.2").parent is None
    write_run(tmp_path / "t0000.3", [])
    fourth = jobs.begin(spec)
    wait_until(lambda: has_trained(tmp_path / "t0000.4"))
    os.kill(jobs.pid(fourth), signal.SIGTERM)
    jobs.status(fourth)
    parent = read_manifest(tmp_path / "t0000.4").parent
    assert parent is not None and parent.run == "t0000.2"


def test_two_copies_at_once_train_once(jobs: Jobs, tmp_path: Path) -> None:
    spec = write_job(tmp_path, settings=ENDLESS)
    first = jobs.begin(spec)
    wait_until(lambda: has_trained(tmp_path / "t0000"))
    second = jobs.begin(spec)
    wait_until(lambda: "waiting" in printed(spec))
    assert is_at_work(mark_of(jobs.pid(second)))
    control.stop(tmp_path / "t0000", by=STOPPED_BY)
    assert [jobs.status(first), jobs.status(second)] == [DONE, DONE]
    assert {path.name for path in tmp_path.iterdir()} == {"jobs", "t0000"}


@pytest.mark.long
def test_a_log_that_somebody_holds_is_waited_for(jobs: Jobs, tmp_path: Path) -> None:
    """What a killed job has started may outlive it, with the lock of the log."""
    folder = write_run(tmp_path / "t0000", whole_run()[:10])
    spec = write_job(tmp_path)
    with Lock(folder):
        order = jobs.begin(spec)
        wait_until(lambda: "still at work" in printed(spec))
        assert not (tmp_path / "t0000.2").exists()
    assert jobs.status(order) == DONE and is_final(tmp_path / "t0000.2")


@pytest.mark.long
@pytest.mark.parametrize(("at", "begins"), [(32, 32), (None, 0)])
def test_a_job_may_start_from_a_run_beside_it(jobs: Jobs, tmp_path: Path, at: int | None, begins: int) -> None:
    settings = {"epochs": "4", "checkpoint_every": "1"}
    assert jobs.status(jobs.begin(write_job(tmp_path, settings=settings))) == DONE
    spec = write_job(tmp_path, "t0001", settings={"lr": "0.5"}, origin="t0000", step=at)
    assert jobs.status(jobs.begin(spec)) == DONE
    told = read_manifest(tmp_path / "t0001")
    assert told.parent == Parent(run="t0000", step=begins, changed={"lr": 0.5})
    assert told.epochs == 4 and is_final(tmp_path / "t0001")


def test_a_job_that_cannot_be_is_a_failure_in_its_log(jobs: Jobs, tmp_path: Path) -> None:
    spec = write_job(tmp_path, settings={"droput": "1"})
    assert [jobs.status(jobs.begin(spec)), jobs.status(jobs.begin(spec))] == [BAD_USAGE, DONE]
    failed = end_of(tmp_path / "t0000")
    assert failed is not None and failed.status == "failed" and "Did you mean 'dropout'?" in (failed.error or "")
    torn = write_job(tmp_path, "t0001")
    torn.write_bytes(b"{")
    assert jobs.status(jobs.begin(torn)) == BAD_USAGE
    assert "is torn" in printed(torn)


def test_each_job_has_an_environment_of_its_own(jobs: Jobs, tmp_path: Path) -> None:
    task = tmp_path / "mine.py"
    told = "raise RuntimeError('GPU ' + os.environ['CUDA_VISIBLE_DEVICES'])"
    task.write_text(f"import os\n\ndef load(h):\n    {told}\n\ndef model(h, data):\n    pass\n")
    for name, gpu in (("t0000", "1"), ("t0001", "")):
        jobs.status(jobs.begin(write_job(tmp_path, name, str(task), settings={}), CUDA_VISIBLE_DEVICES=gpu))
        failed = end_of(tmp_path / name)
        assert failed is not None and (failed.error or "").endswith(f"GPU {gpu}".strip())


@pytest.mark.long
def test_the_command_itself_goes_on_where_a_fork_was_killed(jobs: Jobs, tmp_path: Path) -> None:
    spec, folder = write_job(tmp_path, settings=ENDLESS), tmp_path / "t0000.2"
    order = jobs.begin(spec)
    wait_until(lambda: has_checkpoint(tmp_path / "t0000"))
    os.kill(jobs.pid(order), signal.SIGKILL)
    jobs.status(order)
    words = [sys.executable, "-P", "-m", "dltui_trainers.job", str(spec)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        try:
            wait_until(lambda: has_trained(folder), timeout_s=60.0)
            os.kill(process.pid, signal.SIGTERM)
            assert process.communicate() == (b"", None) and process.returncode == DONE
        finally:
            process.kill()
    parent = read_manifest(folder).parent
    assert parent is not None and parent.run == "t0000"
    assert "goes on from step" in (folder / STDOUT).read_text()
