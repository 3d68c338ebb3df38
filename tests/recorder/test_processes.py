"""Threads, forks and further processes of a script: one of them writes, and every line is whole."""

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dltui_trainers.recorder import run as run_module
from dltui_trainers.recorder import start_run
from dltui_trainers.runlog import METRICS
from recorder.kept import end_of, read_log, run_script, script_environment

RUN = Path("runs/test")


def is_locked(folder: Path) -> bool:
    with (folder / METRICS).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_threads_log_whole_lines() -> None:
    run = start_run("test")

    def log(thread: int) -> None:
        for step in range(1000):
            run.log(step, train_loss=float(thread), val_loss=0.5, own=thread)

    threads = [threading.Thread(target=log, args=(each,)) for each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_log(RUN)) == 8 * 1000 * 3


def test_the_lock_is_held_until_the_end() -> None:
    run = start_run("test")
    assert is_locked(RUN)
    run.finish()
    assert not is_locked(RUN)


def test_the_lock_of_a_supervisor_is_taken_when_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "LOOK_S", 0.0)
    RUN.mkdir(parents=True)
    supervisor = os.open(RUN / METRICS, os.O_WRONLY | os.O_CREAT)
    fcntl.flock(supervisor, fcntl.LOCK_EX)
    monkeypatch.setenv("DLTUI_RUN_DIR", str(RUN.absolute()))
    run = start_run("test")
    run._due = run._next_look = 0.0
    run.log(1, train_loss=0.5)
    os.close(supervisor)
    assert not is_locked(RUN)
    run.log(2, train_loss=0.5)
    assert is_locked(RUN)
    assert [record.step for record in read_log(RUN)] == [1, 2]


@pytest.mark.slow
def test_a_forked_child_writes_nothing_and_holds_no_lock(tmp_path: Path) -> None:
    code = """
import multiprocessing, os, time
import dltui
run = dltui.start_run("test")

def child(ready, over):
    run.log(99, train_loss=9.0)
    assert run.folder is None and not run.is_writing and not run.should_stop
    run.finish()
    ready.set()
    over.wait()
    raise ValueError("of the child")

run.log(1, train_loss=1.0)
context = multiprocessing.get_context("fork")
ready, over = context.Event(), context.Event()
process = context.Process(target=child, args=(ready, over))
process.start()
ready.wait()
run.log(2, train_loss=1.0)
run.finish()
import fcntl
with open(run.folder / "metrics.jsonl") as file:
    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
over.set()
process.join()
if os.fork() == 0:
    raise SystemExit(5)
os.wait()
print("unlocked")
"""
    done = run_script(tmp_path, code)
    assert done.stdout == "unlocked\n", done.stderr
    assert [record.step for record in read_log(tmp_path / RUN)] == [1, 2, 2]
    assert end_of(tmp_path / RUN).status == "finished"


@pytest.mark.slow
def test_a_spawned_process_that_imports_the_script_makes_no_run(tmp_path: Path) -> None:
    code = """
import multiprocessing
import dltui
run = dltui.start_run("test")

def work(x):
    return x + 1

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(work, [1]))
    run.log(1, train_loss=1.0)
"""
    done = run_script(tmp_path, code)
    assert done.stdout == "[2]\n", done.stderr
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["test"]


@pytest.mark.slow
def test_of_torchruns_processes_the_first_writes(tmp_path: Path) -> None:
    code = """
import torch.distributed
torch.distributed.init_process_group("gloo")
import os
for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
    del os.environ[name]
import dltui
run = dltui.start_run("test")
run.log(1, train_loss=float(torch.distributed.get_rank()))
torch.distributed.destroy_process_group()
"""
    (tmp_path / "script.py").write_text(code)
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "script.py"]
    environment = script_environment(OMP_NUM_THREADS="1")
    subprocess.run(
        [sys.executable, *words], cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=120
    )
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["test"]
    assert len(read_log(tmp_path / RUN)) == 2


@pytest.mark.slow
def test_two_lines_import_nothing_heavy(tmp_path: Path) -> None:
    code = """
import sys
import dltui
assert "msgspec" not in sys.modules
run = dltui.start_run("test")
run.log(1, train_loss=1.0)
print(sorted({"torch", "numpy", "textual", "psutil", "pynvml"} & sys.modules.keys()))
print("start_run" in dir(dltui), hasattr(dltui, "stop_run"))
"""
    assert run_script(tmp_path, code).stdout == "[]\nTrue False\n"
