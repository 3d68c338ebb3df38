"""The warm process as a real process: what it forks is a training like any other, and cannot harm it."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from runlogs import wait_until

from dltui_trainers.looked import DataReport, LookFailed, looked_decoder
from dltui_trainers.orders import (
    NO_ORDER,
    AnyOrder,
    Ended,
    Lines,
    Look,
    Ready,
    Refused,
    Reply,
    Started,
    Train,
    order_decoder,
    reply_decoder,
    to_line,
)
from dltui_trainers.runlog import (
    CHECKPOINTS,
    CONTROL,
    MANIFEST,
    METRICS,
    STDOUT,
    Command,
    EndRecord,
    StepRecord,
    SystemRecord,
    manifest_decoder,
)
from dltui_trainers.runlog import to_line as to_log_line
from dltui_trainers.worker import BAD_USAGE, DONE, FAILED
from trainers.trainings import read_log

pytestmark = pytest.mark.slow

FAULTY = """
import ctypes, os, sys
import dltui_trainers.tasks.moons as task
load = task.load
def faulty(hparams):
    match hparams.seed:
        case 1: sys.exit(3)
        case 2: raise RuntimeError("broken on purpose")
        case 3: raise MemoryError
        case 4: os._exit(7)
        case 5: ctypes.string_at(0)
        case 6: print("printed by the task")
    return load(hparams)
task.load = faulty
from dltui_trainers.warm import main
os._exit(main())
"""
"""A warm process in which the task ``moons`` has a fault for each seed."""
SMALL = {"epochs": "2", "train_size": "100"}
ENDLESS = {"epochs": "1000000"}


class Warm:
    """A warm process and what it has said so far. It leaves nothing behind."""

    def __init__(self, folder: Path, code: str) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self._lines = Lines()
        self._heard: list[Reply] = []
        self._started: list[int] = []
        self._next_id = 0
        ready = self.next()
        assert ready == Ready(pid=self._process.pid)

    @property
    def pid(self) -> int:
        return self._process.pid

    def next(self) -> Reply:
        """Wait for a reply."""
        assert self._process.stdout is not None
        while not self._heard:
            block = os.read(self._process.stdout.fileno(), 1 << 16)
            assert block, "the warm process is gone"
            self._heard += map(reply_decoder.decode, self._lines.take(block))
        reply = self._heard.pop(0)
        if isinstance(reply, Started):
            self._started.append(reply.pid)
        return reply

    def say(self, line: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def order(self, order: AnyOrder) -> int:
        self.say(to_line(order))
        return order.id

    def train(self, name: str, settings: dict[str, str], task: str = "moons") -> int:
        self._next_id += 1
        folder = str(self.folder / name)
        return self.order(Train(id=self._next_id, folder=folder, task=task, settings=settings, command=["dltui", "x"]))

    def started(self, order: int) -> int:
        """Wait until the order has begun; return its process."""
        reply = self.next()
        assert isinstance(reply, Started) and reply.id == order, reply
        return reply.pid

    def status_of(self, order: int) -> int:
        """Wait until the order, the only one, has ended; return its status."""
        self.started(order)
        reply = self.next()
        assert isinstance(reply, Ended) and reply.id == order, reply
        return reply.status

    def look(self, task: str, settings: dict[str, str], models: list[dict[str, str]]) -> DataReport | LookFailed:
        answer = self.folder / "look.json"
        self.status_of(self.order(Look(id=99, answer=str(answer), task=task, settings=settings, models=models)))
        return looked_decoder.decode(answer.read_bytes())

    def end_of_orders(self) -> int:
        """Close its standard input; return its exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait()

    def close(self) -> None:
        self._process.kill()
        for pid in self._started:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()


@pytest.fixture(scope="module")
def warm_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    process = Warm(tmp_path_factory.mktemp("runs"), FAULTY)
    yield process
    process.close()


@pytest.fixture
def warm(warm_once: Warm, tmp_path: Path) -> Warm:
    """The warm process of all tests, with a folder of this one."""
    warm_once.folder = tmp_path
    return warm_once


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Warm]:
    """A warm process of this test alone."""
    process = Warm(tmp_path, FAULTY)
    yield process
    process.close()


def cold(folder: Path, task: str, settings: dict[str, str]) -> None:
    words = [sys.executable, "-m", "dltui_trainers.worker", str(folder), task]
    words += [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    subprocess.run(words, check=True, capture_output=True)


def timeless(folder: Path) -> list[object]:
    """The log without what the clock tells."""
    return [
        msgspec.structs.replace(
            each, time=0.0, **({"throughput": None, "data_wait": None} if isinstance(each, StepRecord) else {})
        )
        for each in read_log(folder)
        if not isinstance(each, SystemRecord)
    ]


def last_record(folder: Path) -> EndRecord:
    record = read_log(folder)[-1]
    assert isinstance(record, EndRecord)
    return record


def is_at_work(folder: Path) -> Callable[[], bool]:
    """Whether steps have been logged."""
    return lambda: (folder / METRICS).exists() and b'"kind":"step"' in (folder / METRICS).read_bytes()


def is_locked(folder: Path) -> bool:
    """Whether a training holds the log."""
    with (folder / METRICS).open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("digits", {"epochs": "2", "dropout": "0.3", "augment": "crop", "seed": "7"}),
        ("polynomial", {"epochs": "30", "degree": "9"}),
        pytest.param("tabular", {"epochs": "3"}, marks=pytest.mark.long),
    ],
)
def test_a_forked_training_is_a_cold_one_record_for_record(
    warm: Warm, tmp_path: Path, task: str, settings: dict[str, str]
) -> None:
    if task == "tabular":
        rows = [f"{i % 7},{i * i % 11},{(i * i + i) % 13 / 3}" for i in range(90)]
        (tmp_path / "table.csv").write_text("\n".join(["a,b,y", *rows]))
        settings = {**settings, "data": str(tmp_path / "table.csv")}
    order = warm.train("warm", settings, task)
    cold(tmp_path / "cold", task, settings)
    assert warm.status_of(order) == DONE
    assert timeless(tmp_path / "warm") == timeless(tmp_path / "cold")
    ours, theirs = (manifest_decoder.decode((tmp_path / name / MANIFEST).read_bytes()) for name in ("warm", "cold"))
    told = {"run": "", "created": "", "command": [], "pid": 0}
    assert msgspec.structs.replace(ours, **told) == msgspec.structs.replace(theirs, **told)
    assert ours.command == ["dltui", "x"]


def test_a_trial_is_an_ordinary_run_for_its_owner_alone(warm: Warm, tmp_path: Path) -> None:
    order = warm.train("run", {**SMALL, "seed": "6"})
    assert warm.status_of(order) == DONE
    folder = tmp_path / "run"
    assert {path.name for path in folder.iterdir()} == {MANIFEST, METRICS, STDOUT, CHECKPOINTS}
    for path in [folder, *folder.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    output = (folder / STDOUT).read_text()
    assert "printed by the task" in output and "finished at step" in output


def test_several_run_at_once_in_sessions_of_their_own_and_hold_their_logs(warm: Warm, tmp_path: Path) -> None:
    orders = [warm.train(name, ENDLESS) for name in "abc"]
    pids = [warm.started(order) for order in orders]
    assert all(is_locked(tmp_path / name) for name in "abc")  # at once: before they have done anything
    for name in "abc":
        wait_until(is_at_work(tmp_path / name))
    assert [os.getsid(pid) for pid in pids] == pids
    for name in "abc":
        command = Command(id=1, time=time.time(), command="stop")
        (tmp_path / name / CONTROL).write_bytes(to_log_line(command))
    assert {warm.next() for _ in orders} == {Ended(id=order, status=DONE) for order in orders}
    assert {last_record(tmp_path / name).status for name in "abc"} == {"stopped"}
    assert not any(is_locked(tmp_path / name) for name in "abc")


def test_a_training_holds_none_of_what_is_its_parents(warm: Warm, tmp_path: Path) -> None:
    orders = [warm.train(name, ENDLESS) for name in "ab"]
    pids = [warm.started(order) for order in orders]
    for name in "ab":
        wait_until(is_at_work(tmp_path / name))
    ours = {os.readlink(f"/proc/{warm.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{warm.pid}/fd")}
    for name, pid in zip("ab", pids, strict=True):
        held = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in range(3)]
        assert held == ["/dev/null", *[str(tmp_path / name / STDOUT)] * 2]
        others = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd") if int(fd) > 2}
        assert not {each for each in others if each in ours or each.startswith("pipe:")}
        assert {each for each in others if each.endswith(METRICS)} == {str(tmp_path / name / METRICS)}
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    assert {warm.next() for _ in pids} == {Ended(id=order, status=DONE) for order in orders}


def test_a_killed_trial_is_told_and_leaves_the_others_alone(warm: Warm, tmp_path: Path) -> None:
    killed, spared = warm.train("killed", ENDLESS), warm.train("spared", ENDLESS)
    pids = [warm.started(killed), warm.started(spared)]
    wait_until(is_at_work(tmp_path / "killed"))
    os.kill(pids[0], signal.SIGKILL)
    assert warm.next() == Ended(id=killed, status=-signal.SIGKILL)
    assert is_locked(tmp_path / "spared") and not is_locked(tmp_path / "killed")
    os.kill(pids[1], signal.SIGTERM)
    assert warm.next() == Ended(id=spared, status=DONE)


@pytest.mark.parametrize(
    ("seed", "status", "error"),
    [
        (1, FAILED, "SystemExit: 3"),
        (2, FAILED, "RuntimeError: broken on purpose"),
        (3, FAILED, "MemoryError: out of memory; try a smaller batch_size or a smaller network."),
        (4, 7, None),
        (5, -signal.SIGSEGV, None),
    ],
)
def test_a_task_that_breaks_ends_its_own_training_alone(
    warm: Warm, tmp_path: Path, seed: int, status: int, error: str | None
) -> None:
    assert warm.status_of(warm.train("broken", {"seed": str(seed)})) == status
    if error:
        assert last_record(tmp_path / "broken").error == error
    assert warm.status_of(warm.train("next", SMALL)) == DONE


def test_a_wrong_setting_and_a_wrong_task_are_failures_in_the_log(warm: Warm, tmp_path: Path) -> None:
    assert warm.status_of(warm.train("wrong", {"droput": "0"})) == BAD_USAGE
    assert "Did you mean 'dropout'?" in (last_record(tmp_path / "wrong").error or "")
    assert warm.status_of(warm.train("none", {}, task="digts")) == BAD_USAGE
    assert "Did you mean 'digits'?" in (last_record(tmp_path / "none").error or "")


def test_a_folder_that_is_there_or_cannot_be_is_refused(warm: Warm, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine").write_text("stays")
    order = warm.train("there", SMALL)
    refused = warm.next()
    assert isinstance(refused, Refused) and refused.id == order and "exists already" in refused.reason
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["mine"]
    for name in ("no/such/parent", "a\0b", "x" * 300):
        order = warm.train(name, SMALL)
        refused = warm.next()
        assert isinstance(refused, Refused) and refused.id == order and "cannot be made" in refused.reason


@pytest.mark.parametrize(
    "line", [b"hello", b"[]", b"{}", b'{"order":"fly","id":1}', b'{"order":"train","id":1}', b"\xff\xfe", b"[" * 9999]
)
def test_what_is_no_order_is_told_and_skipped(warm: Warm, line: bytes) -> None:
    warm.say(line + b"\n\n")
    refused = warm.next()
    assert isinstance(refused, Refused) and refused.id == NO_ORDER and refused.reason.startswith("A line is no order")
    assert "\n" not in refused.reason


def test_an_order_may_come_in_pieces_and_with_others(warm: Warm, tmp_path: Path) -> None:
    orders = [
        Train(id=each, folder=str(tmp_path / str(each)), task="moons", settings=SMALL, command=[]) for each in (7, 8)
    ]
    both = b"".join(map(to_line, orders))
    warm.say(both[:10])
    warm.say(both[10:-5])
    warm.say(both[-5:])
    replies = [warm.next() for _ in range(4)]
    assert {reply.id for reply in replies if isinstance(reply, Ended)} == {7, 8}


def test_a_look_answers_with_a_report_or_a_reason(warm: Warm) -> None:
    found = warm.look("moons", {}, [{}, {"layers": "0"}, {"layers": "x"}])
    assert isinstance(found, DataReport) and found.n_train == 1000 and found.device
    assert [each.parameters for each in found.models] == [1218, 6, 0]
    assert [bool(each.error) for each in found.models] == [False, False, True]
    refused = warm.look("moons", {"noise": "x"}, [])
    assert isinstance(refused, LookFailed) and refused.usage and "noise = x" in refused.error
    broken = warm.look("moons", {"seed": "1"}, [])
    assert broken == LookFailed(error="SystemExit: 3", usage=False)


def test_a_look_that_is_killed_has_ended_without_an_answer(warm: Warm, tmp_path: Path) -> None:
    look = Look(id=5, answer=str(tmp_path / "answer"), task="moons", settings={"seed": "5"})
    assert warm.status_of(warm.order(look)) == -signal.SIGSEGV
    nowhere = Look(id=6, answer=str(tmp_path / "no" / "answer"), task="moons", settings={})
    assert warm.status_of(warm.order(nowhere)) == FAILED
    assert list(tmp_path.iterdir()) == []


def test_the_terminals_interrupt_is_not_meant_for_it(warm: Warm) -> None:
    os.kill(warm.pid, signal.SIGINT)
    assert warm.status_of(warm.train("after", SMALL)) == DONE


def test_a_training_outlives_the_end_of_orders_and_the_warm_process(mortal: Warm, tmp_path: Path) -> None:
    pid = mortal.started(mortal.train("run", ENDLESS))
    wait_until(is_at_work(tmp_path / "run"))
    assert mortal.end_of_orders() == DONE
    size = (tmp_path / "run" / METRICS).stat().st_size
    wait_until(lambda: (tmp_path / "run" / METRICS).stat().st_size > size)
    assert is_locked(tmp_path / "run")
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not is_locked(tmp_path / "run"))
    assert last_record(tmp_path / "run").status == "stopped"


def test_it_ends_by_a_signal_and_its_trainings_do_not(mortal: Warm, tmp_path: Path) -> None:
    pid = mortal.started(mortal.train("run", ENDLESS))
    wait_until(is_at_work(tmp_path / "run"))
    os.kill(mortal.pid, signal.SIGTERM)
    with pytest.raises(AssertionError, match="gone"):
        mortal.next()
    assert is_locked(tmp_path / "run")
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not is_locked(tmp_path / "run"))


def test_it_has_one_thread_and_never_asks_for_a_gpu() -> None:
    """Either would be inherited by all that it forks, and break there."""
    code = """
import os, sys, torch
def asked(*_, **__): raise AssertionError("asked for a GPU")
torch.cuda.is_available = torch.cuda.device_count = torch.cuda._lazy_init = asked
if hasattr(torch._C, "_cuda_getDeviceCount"): torch._C._cuda_getDeviceCount = asked
from dltui_trainers.warm import import_all
import_all()
assert not torch.cuda.is_initialized()
before = set(sys.modules)
torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], fused=True)
print(len(set(sys.modules) - before), torch.get_num_threads())
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "8"},
    )
    late_imports, threads = map(int, done.stdout.split())
    assert late_imports < 5 and threads == 1
    code = "import os, dltui_trainers.warm as warm; warm.import_all(); print(len(os.listdir('/proc/self/task')))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1\n"


def test_without_torch_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module named torch', name='torch')")
    done = subprocess.run(
        [sys.executable, "-m", "dltui_trainers.warm"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    assert done.returncode == FAILED
    refused = reply_decoder.decode(done.stdout)
    assert isinstance(refused, Refused) and "PyTorch is not installed" in refused.reason


def test_every_message_survives_its_line() -> None:
    train = Train(id=1, folder="/x", task="moons", settings={"lr": "1"}, command=["dltui"])
    look = Look(id=2, answer="/y", task="moons", settings={}, models=[{}, {"layers": "1"}])
    assert [order_decoder.decode(to_line(each)) for each in (train, look)] == [train, look]
    replies = [Ready(pid=1), Started(id=1, pid=2), Ended(id=1, status=-9), Refused(id=NO_ORDER, reason="é\n")]
    lines = Lines()
    found = [line for byte in b"".join(map(to_line, replies)) for line in lines.take(bytes([byte]))]
    assert [reply_decoder.decode(line) for line in found] == replies
