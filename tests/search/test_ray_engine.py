"""The Ray engine without Ray: what it and its driver tell each other, what it refuses, and the guard of a training."""

import fcntl
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from runlogs import wait_until

from dltui.errors import EngineError
from dltui.search.engines.engine import Job, JobState
from dltui.search.engines.ray import begin, on_node
from dltui.search.engines.ray.desk import Desk
from dltui.search.engines.ray.engine import RayEngine
from dltui.search.engines.ray.ledger import Ledger
from dltui.search.engines.ray.records import CANCELLED, FOLDER, LOCK, ORDERS, STATUS, Order
from dltui.search.engines.ray.refusals import told_failure, told_refusal
from dltui.search.engines.ray.share import Share, bytes_of, share_of
from dltui.search.study.options import Resources


class Driver:
    """A driver that does nothing by itself: it holds the lock, and writes what the test has it write."""

    def __init__(self, study: Path) -> None:
        self.study, self.begun, self.error = study, 0, ""
        self._lock = -1

    def begin(self, *_: Any) -> Any:
        self.begun += 1
        self._lock = os.open(self.study / FOLDER / LOCK, os.O_RDWR | os.O_CREAT)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.desk = Desk(self.study / FOLDER)
        if self.error:
            self.desk.driver("failed", error=self.error)
            self.end()
        else:
            self.desk.driver("ready", slots=3)
        return SimpleNamespace(pid=os.getpid())

    def end(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir()
    return tmp_path


@pytest.fixture
def driver(study: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    stand_in = Driver(study)
    monkeypatch.setattr(begin, "_spawn", stand_in.begin)
    for module in ("begin", "engine"):
        monkeypatch.setattr(f"dltui.search.engines.ray.{module}.refuse_without_ray", lambda: None)
    yield stand_in
    stand_in.end()


def job(study: Path, name: str = "t0000") -> Job:
    return Job(name=name, spec=study / f"{name}.json", output=study / f"{name}.out", resources=Resources(cpus=2))


def engine_on(study: Path, **resources: Any) -> RayEngine:
    engine = RayEngine(study, Resources(**resources))
    engine.start()
    return engine


def states(engine: RayEngine, *handles: str) -> list[str]:
    return [f"{each.state} {each.note}".strip() for each in engine.poll(handles).values()]


def test_a_job_is_followed_by_any_engine(study: Path, driver: Driver) -> None:
    engine = engine_on(study)
    assert engine.slots == 3
    handle = engine.submit(job(study))
    assert states(engine, handle) == ["queued waits for room in the cluster"]
    driver.desk.job(handle, JobState.RUNNING, "on node-7")
    later = engine_on(study)
    assert states(later, handle) == ["running on node-7"]
    driver.desk.job(handle, JobState.ENDED, "exit status 1")
    driver.desk.job(handle, JobState.RUNNING, "late")
    driver.end()
    assert states(later, handle, "t0009.1") == ["ended exit status 1", "lost it was never ordered"]
    assert driver.begun == 1


def test_a_job_that_is_under_way_is_not_ordered_twice(study: Path, driver: Driver) -> None:
    engine = engine_on(study)
    assert [engine.submit(job(study)) for _ in range(2)] == ["t0000.1", "t0000.1"]
    driver.desk.job("t0000.1", JobState.ENDED)
    assert engine_on(study).submit(job(study)) == "t0000.2"
    [first, second] = [line for line in (study / FOLDER / ORDERS).read_text().splitlines() if line]
    assert '"cpus":2' in first and str(study / "t0000.json") in second


def test_what_a_driver_left_is_lost_until_the_next_one_has_it(study: Path, driver: Driver) -> None:
    engine = engine_on(study)
    handles = [engine.submit(job(study, name)) for name in ("t0000", "t0001")]
    driver.desk.job(handles[0], JobState.RUNNING)
    driver.end()
    assert [each.split()[0] for each in states(engine, *handles)] == ["lost", "lost"]
    assert [engine.submit(job(study, name)) for name in ("t0000", "t0001")] == handles
    assert driver.begun == 2
    assert states(engine, handles[1]) == ["queued waits for room in the cluster"]


def test_what_waits_is_cancelled_at_once_and_what_runs_when_it_has_ended(study: Path, driver: Driver) -> None:
    engine = engine_on(study)
    running, waiting = (engine.submit(job(study, name)) for name in ("t0000", "t0001"))
    driver.desk.job(running, JobState.RUNNING)
    for handle in (running, waiting, "t0099.1", "../t"):
        engine.cancel(handle)
    assert states(engine, running, waiting) == ["running", "ended cancelled"]
    assert sorted(each.name for each in (study / FOLDER / CANCELLED).iterdir()) == ["t0000.1", "t0001.1"]
    assert engine.submit(job(study, "t0001")) == "t0001.2"
    driver.end()
    assert states(engine, running) == ["ended cancelled"]


def test_close_tells_the_driver_that_no_more_is_coming(study: Path, driver: Driver) -> None:
    engine = engine_on(study)
    ledger = Ledger(study / FOLDER)
    for act, has_enough in ((engine.close, True), (lambda: engine.submit(job(study)), False)):
        act()
        ledger.refresh()
        assert ledger.has_enough is has_enough
    driver.end()
    engine.close()


def test_why_a_driver_failed_is_told(study: Path, driver: Driver) -> None:
    driver.error = "There is no Ray cluster on this machine."
    for _ in range(2):
        with pytest.raises(EngineError, match=r"^There is no Ray cluster on this machine\.$"):
            engine_on(study)
    driver.error = ""
    assert engine_on(study).slots == 3


def test_lines_that_a_kill_has_torn_and_foreign_ones_are_left_out(study: Path, driver: Driver) -> None:
    engine = engine_on(study)
    first = engine.submit(job(study))
    for name in (ORDERS, STATUS):
        with (study / FOLDER / name).open("ab") as file:
            file.write(b'\xff\n[1]\n{"record":"other"}\n{"record":"order","han')
    second = engine.submit(job(study, "t0001"))
    Desk(study / FOLDER).job(second, JobState.RUNNING)
    assert states(engine_on(study), first, second) == ["queued waits for room in the cluster", "running"]


@pytest.mark.parametrize(
    ("resources", "says"),
    [
        ({"partition": "long"}, "--partition long is for Slurm"),
        ({"time_limit": "1:00:00"}, "--time-limit 1:00:00 is for Slurm"),
        ({"extra": ("--exclusive",)}, "--engine-option --exclusive is for Slurm"),
        ({"memory": "much"}, "--memory much is no size"),
        ({"memory": "0G"}, "--memory 0G is no size"),
        ({"address": "ray://head:10001"}, "is no address of a Ray cluster"),
        ({"address": "head"}, "is no address of a Ray cluster"),
        ({"address": "head:99999"}, "is no address of a Ray cluster"),
        ({"address": "127.0.0.1:1"}, "No Ray cluster answers at 127.0.0.1:1 (Connection refused). Begin one with"),
    ],
)
def test_what_cannot_be_is_refused_before_ray_is_begun(study: Path, resources: dict[str, Any], says: str) -> None:
    with pytest.raises(EngineError) as refused:
        engine_on(study, **resources)
    assert says in str(refused.value) and "\n" not in str(refused.value)


def test_without_ray_a_sentence_says_what_to_install(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(begin, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"^The Ray engine needs Ray Tune, .*: pip install 'dltui\[ray\]'$"):
        engine_on(study)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dltui.search.engines.ray.engine.refuse_without_ray", lambda: None)
    (tmp_path / FOLDER).touch()
    with pytest.raises(EngineError, match=r"^Cannot write to .*/ray: Not a directory\.$"):
        engine_on(tmp_path)


@pytest.mark.parametrize(
    ("resources", "has_gpus", "share", "room"),
    [
        (Resources(), False, Share(cpus=1, gpus=0, memory=0), 8),
        (Resources(), True, Share(cpus=1, gpus=1, memory=0), 2),
        (Resources(gpus=0, cpus=3), True, Share(cpus=3, gpus=0, memory=0), 2),
        (Resources(gpus=4), True, Share(cpus=1, gpus=4, memory=0), 0),
        (Resources(processes=2), True, Share(cpus=2, gpus=2, memory=0), 1),
        (Resources(memory="3G", gpus=0), True, Share(cpus=1, gpus=0, memory=3 << 30), 5),
    ],
)
def test_the_share_of_a_trial(resources: Resources, has_gpus: bool, share: Share, room: int) -> None:
    assert share_of(resources, has_gpus=has_gpus) == share
    assert share.fits_in({"CPU": 8.0, "GPU": 2.0, "memory": float(16 << 30)}) == room


def test_memory_is_read_as_slurm_reads_it() -> None:
    assert [bytes_of(each) for each in ("", "500", "500M", "8g", "2T")] == [0, 500 << 20, 500 << 20, 8 << 30, 2 << 40]


MISMATCH = """Version mismatch: The cluster was started with:
    Ray: 2.9.3
    Python: 3.10.2
This process on 10.0.0.2 was started with:
    Ray: 2.60.0
    Python: 3.11.7
"""


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (RuntimeError(MISMATCH), "runs Ray 2.9.3 on Python 3.10.2 and this dltui Ray 2.60.0 on Python 3.11.7: install"),
        (
            ConnectionError("Could not find any running Ray instance. Please specify"),
            "There is no Ray cluster at h:1. ",
        ),
        (
            RuntimeError("This node has an IP address of 10.0.0.9, and Ray"),
            "This machine is no node of the Ray cluster",
        ),
        (ValueError("\x1b[31mno\x1b[0m \x1b]2;x\n\nmore"), "The Ray cluster at h:1 cannot be used: no ␛]2;x"),
        (ValueError(), "The Ray cluster at h:1 cannot be used: ValueError"),
    ],
)
def test_what_ray_says_at_length_becomes_a_sentence(error: Exception, says: str) -> None:
    told = told_refusal(error, "h:1")
    assert says in told and "\n" not in told


def test_why_a_trial_was_given_up_is_told_in_words() -> None:
    assert "has no dltui: install it" in told_failure("Traceback\nModuleNotFoundError: No module named 'dltui.search'")
    assert told_failure("ray.exceptions.ActorDiedError: The actor died") == "its node or its process was lost too often"
    assert told_failure("a\n b \x1b[1mc\x1b[0m\n") == "b c"
    assert told_failure("") == "Ray gave it up"


PATIENT = """
    import pathlib, signal, sys, time
    at = pathlib.Path(sys.argv[1])
    signal.signal(signal.SIGTERM, lambda *_: (at.with_name("asked").touch(), sys.exit(0)))
    at.touch()
    time.sleep(600)
"""


def order_for(study: Path) -> Order:
    return Order(handle="t0000.1", job="t0000", spec=str(study / "s"), output=str(study / "out"), folder=str(study))


def train_by(code: str, study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [sys.executable, "-c", textwrap.dedent(code), str(study / "begun")]
    monkeypatch.setattr(on_node, "command_of", lambda job: words)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("import os; print(os.getcwd())", ""),
        ("raise SystemExit(3)", "exit status 3"),
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL"),
    ],
)
def test_how_a_training_ended_is_told(study: Path, monkeypatch: pytest.MonkeyPatch, code: str, note: str) -> None:
    train_by(code, study, monkeypatch)
    assert on_node.run_job(order_for(study), study) == note
    assert (study / "out").read_text().strip() == (str(study) if not note else "")


@pytest.mark.slow
def test_a_training_whose_trial_is_gone_is_asked_to_end(study: Path) -> None:
    """Also where the trial is killed with all of its children, as Ray does it."""
    code = f"""
    import sys
    from pathlib import Path
    from dltui.search.engines.ray import on_node
    from dltui.search.engines.ray.records import Order
    on_node.command_of = lambda job: [sys.executable, "-c", {textwrap.dedent(PATIENT)!r}, {str(study / "begun")!r}]
    study = {str(study)!r}
    order = Order(handle="t0000.1", job="t0000", spec=study + "/s", output=study + "/out", folder=study)
    on_node.run_job(order, Path(study))
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)]) as trial:
        wait_until((study / "begun").exists)
        for process in psutil.Process(trial.pid).children(recursive=True):
            process.kill()
        trial.send_signal(signal.SIGKILL)
    wait_until((study / "asked").exists)


@pytest.mark.slow
def test_a_training_that_nobody_wants_is_not_begun(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train_by(PATIENT, study, monkeypatch)
    (study / FOLDER / CANCELLED).mkdir()
    (study / FOLDER / CANCELLED / "t0000.1").touch()
    assert on_node.run_job(order_for(study), study) == "cancelled"
    assert not (study / "begun").exists()
