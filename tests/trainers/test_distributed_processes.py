"""Trainings by two real processes under torchrun, on the processor: their numbers, a kill, commands, failures."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from dltui_trainers.runlog import (
    CHECKPOINTS,
    CONTROL,
    MANIFEST,
    METRICS,
    AnyRecord,
    Command,
    EndRecord,
    EvalRecord,
    EventRecord,
    StepRecord,
    manifest_decoder,
    to_line,
)
from dltui_trainers.worker import DONE, FAILED
from trainers.trainings import read_log

PATIENCE_S = 120.0
SETTINGS = {
    **{"epochs": "25", "optimizer": "momentum", "lr": "0.05", "checkpoint_every": "40"},
    **{"l1": "1e-5", "grad_clip": "1", "label_smoothing": "0.05"},
}
"""Of the 1437 digits 29 are left for the last batch of an epoch."""

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a worker whose output goes to a file; none outlives its test."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(folder: Path, task: str, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        given = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
        command = [sys.executable, "-m", "dltui_trainers.worker", str(folder), task, *arguments, *given]
        with folder.with_suffix(".out").open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output)
        started.append(process)
        return process

    yield begin
    for process in started:
        for each in family(process):
            each.kill()
        process.kill()
        process.wait()


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def rank(process: subprocess.Popen[bytes], number: int) -> psutil.Process:
    """Return a process of the training by its rank."""
    ranks = [each for each in family(process) if "torch.distributed.run" not in each.cmdline()]
    return next(each for each in ranks if each.environ().get("RANK") == str(number))


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, "the training ended early"
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)


def reaches(folder: Path, step: int) -> Callable[[], bool]:
    """Whether the log tells of that step or a later one."""
    return lambda: (
        (folder / METRICS).exists()
        and any(record.step >= step for record in whole_log(folder) if isinstance(record, StepRecord))
    )


def restarts(folder: Path) -> int:
    return sum(isinstance(each, EventRecord) and each.name == "restarted" for each in whole_log(folder))


def whole_log(folder: Path) -> list[AnyRecord]:
    return read_log(folder) if (folder / METRICS).read_bytes().endswith(b"\n") else []


def losses(folder: Path) -> dict[tuple[str, int], float]:
    """The losses and the norms of the gradient by their steps; those of steps that were taken back do not count."""
    found: dict[tuple[str, int], float] = {}
    for record in read_log(folder):
        if isinstance(record, EventRecord) and record.name == "restarted":
            found = {place: value for place, value in found.items() if place[1] <= record.step}
        if isinstance(record, StepRecord):
            found["train", record.step] = float(record.train_loss)
            if record.grad_norm is not None:
                found["norm", record.step] = float(record.grad_norm)
        if isinstance(record, EvalRecord) and record.val_loss is not None:
            assert ("val", record.step) not in found, "a validation stands twice in the log"
            found["val", record.step] = float(record.val_loss)
    return found


def end_of(folder: Path) -> EndRecord:
    record = read_log(folder)[-1]
    assert isinstance(record, EndRecord)
    return record


@pytest.mark.slow
@pytest.mark.long
def test_two_processes_are_one_with_the_doubled_batch_also_after_a_kill(tmp_path: Path, start: Start) -> None:
    alone, pair, killed = tmp_path / "alone", tmp_path / "pair", tmp_path / "killed"
    assert start(alone, "digits", batch_size="128", **SETTINGS).wait(PATIENCE_S) == DONE
    assert start(pair, "digits", "--nproc", "2", batch_size="64", **SETTINGS).wait(PATIENCE_S) == DONE
    expected, found = losses(alone), losses(pair)
    assert expected.keys() == found.keys() and len(expected) > 100
    assert found == {place: pytest.approx(value, rel=1e-4) for place, value in expected.items()}
    manifest = manifest_decoder.decode((pair / MANIFEST).read_bytes())
    assert (manifest.processes, manifest.steps_per_epoch, manifest.hparams["batch_size"]) == (2, 12, 64)
    assert (end_of(pair).status, end_of(pair).step) == ("finished", 300)

    process = start(killed, "digits", "--nproc", "2", batch_size="64", **SETTINGS)
    wait_for(reaches(killed, 100), process)
    rank(process, 1).kill()
    assert process.wait(PATIENCE_S) == DONE
    [restart] = [each for each in read_log(killed) if isinstance(each, EventRecord) and each.name == "restarted"]
    assert isinstance(restart.from_, int) and 0 < restart.step <= restart.from_ and "was killed" in restart.reason
    assert losses(killed) == {place: pytest.approx(value, rel=1e-6) for place, value in found.items()}
    assert (end_of(killed).best_step, end_of(killed).step) == (end_of(pair).best_step, 300)


@pytest.mark.slow
@pytest.mark.long
def test_all_processes_do_what_is_asked_at_the_same_step(tmp_path: Path, start: Start) -> None:
    run = tmp_path / "run"
    process = start(run, "digits", "--nproc", "2", epochs="100000", augment="erase", dropout="0.2")
    wait_for(reaches(run, 20), process)

    def ask(id: int, command: str, **rest: object) -> None:
        with (run / CONTROL).open("ab") as file:
            file.write(to_line(Command(id=id, time=time.time(), command=command, **rest)))  # type: ignore[arg-type]

    def answered(id: int) -> Callable[[], bool]:
        return lambda: any(isinstance(each, EventRecord) and each.id == id for each in whole_log(run))

    ask(1, "set", hparam="lr", value=0.005, also={"batch_size": 16})
    ask(2, "pause")
    wait_for(answered(2), process)
    rank(process, 0).kill()  # while it stands still, which it does afterwards, too
    wait_for(
        lambda: any(isinstance(each, EventRecord) and each.name == "restarted" for each in whole_log(run)), process
    )
    ask(3, "resume")
    wait_for(answered(3), process)
    paused, *_, resumed = [each.step for each in whole_log(run) if isinstance(each, EventRecord) and each.id in (2, 3)]
    assert paused == resumed
    wait_for(reaches(run, resumed + 20), process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == DONE
    records = read_log(run)
    set_events = [each for each in records if isinstance(each, EventRecord) and each.id == 1]
    assert [(each.hparam, each.to, each.done) for each in set_events] == [
        ("lr", 0.005, True),
        ("batch_size", 16, True),
    ]
    assert end_of(run).status == "stopped" and end_of(run).step > resumed
    newest = [each for each in records if isinstance(each, StepRecord)][-1]
    assert newest.lr == pytest.approx(0.005, rel=1e-2)


FAULTY = '''"""Numbers; one process fails."""
import os
import torch

calls = 0

def load(h):
    x = torch.randn(200, 4, generator=torch.Generator().manual_seed(1))
    y = (x[:, 0] > 0).long()
    return (x[:150], y[:150]), (x[150:], y[150:])

def loss(output, target):
    global calls
    calls += 1
    if os.environ["RANK"] == "1" and calls > 9:
        {fault}
    return torch.nn.functional.cross_entropy(output, target)
'''


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("raise ValueError('not me')", "process 2 of 2: task.py:16 in loss: ValueError: not me"),
        ("os._exit(3)", "process 2 of 2: task.py line 16: it ended the process by os._exit(3)."),
        ("os.kill(os.getpid(), 9)", "A process of the training was killed, and again after 3 restarts"),
    ],
    ids=["raises", "leaves", "dies each time"],
)
def test_the_failure_of_any_process_is_that_of_the_run(tmp_path: Path, start: Start, fault: str, told: str) -> None:
    (tmp_path / "task.py").write_text(FAULTY.format(fault=fault))
    process = start(tmp_path / "run", str(tmp_path / "task.py"), "--nproc", "2", batch_size="8")
    assert process.wait(PATIENCE_S) == FAILED
    end = end_of(tmp_path / "run")
    assert end.status == "failed" and end.error is not None and end.error.startswith(told)
    assert ("ValueError: not me" in (tmp_path / "run.out").read_text()) == ("raise" in fault)
    assert not any(path.name.startswith(".") for path in (tmp_path / "run").iterdir())


@pytest.mark.slow
@pytest.mark.long
def test_a_branch_goes_on_with_other_processes_as_if_nothing_had_happened(tmp_path: Path, start: Start) -> None:
    pair, branch = tmp_path / "pair", tmp_path / "branch"
    assert start(pair, "digits", "--nproc", "2", batch_size="64", **SETTINGS).wait(PATIENCE_S) == DONE
    step = min(int(path.stem.removeprefix("step-")) for path in (pair / CHECKPOINTS).glob("step-*.pt"))
    origin = ("--nproc", "4", "--from", str(pair), "--at", str(step))
    assert start(branch, "digits", *origin, batch_size="32").wait(PATIENCE_S) == DONE
    expected = {place: value for place, value in losses(pair).items() if place[0] == "val" and place[1] > step}
    found = losses(branch)
    assert {place: found[place] for place in expected} == {
        place: pytest.approx(value, rel=1e-4) for place, value in expected.items()
    }


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("victim", ["the launcher", "torchrun"])
def test_nothing_is_left_where_what_started_it_is_killed(tmp_path: Path, start: Start, victim: str) -> None:
    run = tmp_path / "run"
    process = start(run, "digits", "--nproc", "2", epochs="100000")
    wait_for(reaches(run, 20), process)
    left = family(process)
    torchrun = next(each for each in left if "torch.distributed.run" in each.cmdline())
    os.kill(process.pid if victim == "the launcher" else torchrun.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(left, timeout=PATIENCE_S)
    assert not alive and end_of(run).status == "stopped"
