"""Which GPUs a job gets, what becomes of handles, and what the engine does when its warm process dies; nothing trains.

The warm processes are made up.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from drivers import Driver, MadeUpGpu
from jobs import write_job

from dltui.errors import ControlError, EngineError
from dltui.search.engines import forks
from dltui.search.engines.choose import make_engine
from dltui.search.engines.engine import Job, JobState
from dltui.search.engines.local import LOG, LocalEngine
from dltui.search.study.options import Resources
from dltui_trainers.orders import NO_ORDER, Ended, Ready, Refused, Reply, Started
from dltui_trainers.process_mark import is_at_work, is_of_this_boot, mark_of, pid_of
from dltui_trainers.used_gpus import VISIBLE, usable_gpus

PID = 4_000_000
"""Of a process that there is not."""
GPU = MadeUpGpu()


class MadeUpWarm:
    """Tells of processes that there are not, as its bench says."""

    def __init__(self, bench: "Bench") -> None:
        self._bench = bench
        self._orders = 0
        self._said: list[Reply] = [*bench.says, *([Ready(pid=PID)] if bench.is_quick else [])]
        self.alive = True
        self.was_waited_for = False
        self._is_broken = False

    def run_job(self, spec: Path, output: Path, environment: Mapping[str, str]) -> int:
        self._orders += 1
        if self._bench.deaths:
            self._bench.deaths -= 1
            self.alive = False
        elif not self._bench.says:
            self._bench.environments.append(dict(environment))
            number = PID + len(self._bench.environments)
            mark = f"{number}:1:{mark_of(os.getpid()).rpartition(':')[2]}"
            self._said.append(Started(id=self._orders, pid=number, mark=mark))
        return self._orders

    def become_ready(self) -> None:
        self._said.append(Ready(pid=PID))

    def break_down(self, reason: str) -> None:
        self._said.append(Refused(id=NO_ORDER, reason=reason))
        self._is_broken = True

    def end(self, order: int, status: int) -> None:
        self._said.append(Ended(id=order, status=status))

    def replies(self, timeout_s: float) -> list[Reply]:
        said, self._said = self._said, []
        self.alive = self.alive and not self._is_broken
        return said

    def close(self, *, at_once: bool = False) -> None:
        self.alive, self.was_waited_for = False, not at_once


class Bench:
    """Warm processes, one after the other. ``deaths``: over so many orders one dies; ``says``: all that they say.

    ``is_quick``: they are ready at once.
    """

    def __init__(self, deaths: int = 0, says: tuple[Reply, ...] = (), *, is_quick: bool = True) -> None:
        self.deaths, self.says, self.is_quick = deaths, says, is_quick
        self.warm: list[MadeUpWarm] = []
        self.environments: list[dict[str, str]] = []

    def __call__(self, log: Path) -> MadeUpWarm:
        self.warm.append(MadeUpWarm(self))
        return self.warm[-1]


Make = Callable[..., tuple[LocalEngine, Bench]]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    engines = []

    def made(names: tuple[str, ...] = (), bench: Any = None, **resources: int) -> tuple[LocalEngine, Bench]:
        bench = bench or Bench()
        engines.append(LocalEngine(tmp_path, Resources(**resources), gpus=names, warm=bench))
        return engines[-1], bench

    yield made
    for engine in engines:
        engine.close()


@pytest.fixture
def job(tmp_path: Path) -> Job:
    spec = write_job(tmp_path)
    return Job(name=spec.stem, spec=spec, output=spec.with_suffix(".out"))


def test_each_job_has_a_gpu_of_its_own_and_the_next_one_that_of_one_that_ended(make: Make, job: Job) -> None:
    engine, bench = make(("0", "2", "3"))
    engine.start()
    assert engine.slots == 3
    handles = [engine.submit(job) for _ in range(4)]
    assert [each[VISIBLE] for each in bench.environments] == ["0", "2", "3", "0"]
    bench.warm[0].end(2, status=0)
    assert engine.poll(handles)[handles[1]].state is JobState.ENDED
    engine.submit(job)
    assert bench.environments[-1] == {VISIBLE: "2"}


def test_one_who_takes_the_search_up_knows_which_gpus_are_in_use(make: Make, job: Job) -> None:
    handle = f"{mark_of(os.getpid())}@0"
    engine, bench = make(("0", "1"))
    assert engine.poll([handle])[handle].state is JobState.RUNNING
    engine.submit(job)
    assert bench.environments == [{VISIBLE: "1"}]


@pytest.mark.parametrize(
    ("gpus", "resources", "slots", "environment"),
    [
        ((), {}, None, {}),
        ((), {"gpus": 0}, None, {VISIBLE: ""}),
        (("0", "1"), {"gpus": 0}, None, {VISIBLE: ""}),
        (("0", "1", "2", "3", "4"), {"gpus": 2}, 2, {VISIBLE: "0,1"}),
        (("0", "1"), {"processes": 2}, 1, {VISIBLE: "0,1"}),
        (("MIG-a", "MIG-b"), {}, 2, {VISIBLE: "MIG-a"}),
    ],
)
def test_how_many_gpus_a_job_has(
    make: Make,
    job: Job,
    gpus: tuple[str, ...],
    resources: dict[str, int],
    slots: int | None,
    environment: dict[str, str],
) -> None:
    engine, bench = make(gpus, **resources)
    engine.start()
    assert engine.slots == slots or slots is None
    engine.submit(job)
    assert bench.environments == [environment]


@pytest.mark.parametrize(
    ("gpus", "resources", "why"),
    [
        ((), {"gpus": 1}, "one GPU, and this machine has none"),
        (("0",), {"gpus": 2}, "2 GPUs, and this machine has 1"),
        (("0",), {"processes": 2}, "2 GPUs, and this machine has 1"),
        (("0", "1"), {"gpus": 1, "processes": 2}, "2 processes need a GPU each"),
        ((), {"cpus": 100_000}, "100000 cores, and this machine has .* take fewer with --cpus"),
    ],
)
def test_what_the_machine_has_not_is_refused(
    make: Make, gpus: tuple[str, ...], resources: dict[str, int], why: str
) -> None:
    with pytest.raises(EngineError, match=why):
        make(gpus, **resources)[0].start()


def test_the_driver_and_the_person_say_which_gpus_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VISIBLE, raising=False)
    driver = Driver(GPU, MadeUpGpu(lost=True), GPU)
    assert usable_gpus(driver) == ["0", "2"] and driver.open == 0
    for told, found in (("2,0", ["2", "0"]), ("", []), ("-1", []), ("0,7", ["0"]), ("GPU-ab", ["GPU-ab"])):
        monkeypatch.setenv(VISIBLE, told)
        assert usable_gpus(driver) == found
    assert usable_gpus(Driver(missing="no driver")) == []


def test_how_a_job_ended_is_told_where_somebody_saw_it(make: Make, job: Job) -> None:
    engine, bench = make()
    handles = [engine.submit(job) for _ in range(4)]
    assert {each.state for each in engine.poll(handles).values()} == {JobState.RUNNING}
    for order, status in ((1, 0), (2, 1), (3, -9)):
        bench.warm[0].end(order, status)
    found = engine.poll(handles, wait_s=60.0)
    assert [found[each].note for each in handles] == ["", "exit code 1", "killed by signal 9", ""]
    assert found[handles[3]].state is JobState.RUNNING
    bench.warm[0].alive = False
    assert engine.poll(handles)[handles[3]].state is JobState.ENDED  # its process is not there


@pytest.mark.parametrize("handle", ["", "x", "@", "1", "0:1:2@", "12:5:elsewhere@0", "1:2:3:4@", "99999999999:1:2@"])
def test_a_handle_that_means_nothing_here_is_lost(make: Make, handle: str) -> None:
    engine, _ = make()
    assert engine.poll([handle])[handle].state is JobState.LOST
    engine.cancel(handle)


def test_a_later_process_of_the_same_number_is_left_alone(make: Make) -> None:
    pid, began, boot = mark_of(os.getpid()).split(":")
    engine, _ = make()
    earlier = f"{pid}:{int(began) - 1}:{boot}@"
    assert engine.poll([earlier])[earlier].state is JobState.ENDED
    engine.cancel(earlier)  # and this test goes on


def test_a_mark_tells_a_process_until_it_ends_also_before_it_is_buried() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark = mark_of(process.pid)
    assert is_at_work(mark) and is_of_this_boot(mark) and pid_of(mark) == process.pid
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert mark_of(process.pid) == mark and not is_at_work(mark)
    process.communicate()
    assert mark_of(process.pid) == "" and not is_at_work(mark) and is_of_this_boot(mark)


def test_an_order_over_which_the_warm_process_dies_is_given_to_the_next(make: Make, job: Job) -> None:
    engine, bench = make(bench=Bench(deaths=2))
    handle = engine.submit(job)
    assert len(bench.warm) == 3 and engine.poll([handle])[handle].state is JobState.RUNNING


def test_nobody_waits_for_one_that_is_not_ready(make: Make, job: Job) -> None:
    engine, bench = make(bench=Bench(is_quick=False))
    assert engine.submit(job) is None and engine.submit(job) is None
    assert len(bench.warm) == 1 and not bench.environments  # it has not even been told of the job
    bench.warm[0].become_ready()
    handle = engine.submit(job)
    assert handle is not None and engine.poll([handle])[handle].state is JobState.RUNNING
    engine.close()
    assert bench.warm[0].was_waited_for


def test_one_that_is_not_ready_is_not_waited_for_at_the_end_either(make: Make, job: Job) -> None:
    engine, bench = make(bench=Bench(is_quick=False))
    engine.submit(job)
    engine.close()
    assert not bench.warm[0].alive and not bench.warm[0].was_waited_for


def test_one_that_never_becomes_ready_is_a_sentence(make: Make, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, _ = make(bench=Bench(is_quick=False))
    assert engine.submit(job) is None
    monkeypatch.setattr(forks, "READY_WITHIN_S", 0.0)
    engine, _ = make(bench=Bench(is_quick=False))
    with pytest.raises(EngineError, match="did not become ready"):
        engine.submit(job)


def test_torch_that_cannot_be_imported_is_told_also_if_that_is_heard_while_jobs_are_looked_after(
    make: Make, job: Job
) -> None:
    engine, bench = make(bench=Bench(is_quick=False))
    assert engine.submit(job) is None
    bench.warm[0].break_down("PyTorch cannot be imported.")
    engine.poll([])
    with pytest.raises(EngineError, match="cannot be imported"):
        engine.submit(job)


def test_one_that_dies_again_and_again_is_a_sentence_with_its_last_words(make: Make, job: Job, tmp_path: Path) -> None:
    (tmp_path / LOG).write_text("Traceback:\n\nMemoryError: out of it\n\n")
    engine, bench = make(bench=Bench(deaths=99))
    for _ in range(2):
        with pytest.raises(EngineError, match="again and again: MemoryError: out of it"):
            engine.submit(job)
    assert len(bench.warm) == forks.MOST_DEATHS


def test_what_cannot_be_begun_is_a_sentence(make: Make, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = Refused(id=1, reason="The system gives no process for it.")
    broken = Refused(id=NO_ORDER, reason="PyTorch cannot be imported.")
    for says, why in ((refused, "no process"), (broken, "cannot be imported")):
        with pytest.raises(EngineError, match=why):
            make(bench=Bench(says=(says,)))[0].submit(job)

    def fails(log: Path) -> None:
        raise ControlError("It cannot be started.")

    with pytest.raises(EngineError, match="cannot be started"):
        make(bench=fails)[0].submit(job)
    monkeypatch.setattr("dltui.search.engines.local.find_spec", lambda _: None)
    with pytest.raises(EngineError, match="pip install"):
        make()[0].start()


def test_an_engine_that_there_is_not_is_a_sentence(tmp_path: Path) -> None:
    assert make_engine("local", tmp_path, Resources(), 5).slots == 5
    with pytest.raises(EngineError, match="local, slurm and ray"):
        make_engine("kubernetes\x1b", tmp_path, Resources())
