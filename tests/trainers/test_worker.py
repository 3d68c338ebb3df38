"""The worker as a real process, and what a failing training leaves behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import torch

from dltui_trainers import __version__, worker
from dltui_trainers.errors import RunFolderError
from dltui_trainers.runlog import (
    CHECKPOINTS,
    CONTROL,
    MANIFEST,
    METRICS,
    Command,
    EndRecord,
    EvalRecord,
    EventRecord,
    StepRecord,
    manifest_decoder,
    record_decoder,
    to_line,
)
from dltui_trainers.worker import BAD_USAGE, DONE, FAILED, main, parse_order, sentence
from dltui_trainers.writer import RunWriter
from trainers.trainings import read_log

LONG = ["--set", "epochs=100000"]
PATIENCE_S = 60.0

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a worker whose output goes to a file; none outlives its test."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str, **rest: object) -> subprocess.Popen[bytes]:
        with (tmp_path / "stdout.log").open("wb") as output:
            command = [sys.executable, "-m", "dltui_trainers.worker", str(tmp_path / "run"), *arguments]
            fds = rest.get("pass_fds", ())
            assert isinstance(fds, tuple)
            process = subprocess.Popen(command, stdout=output, stderr=output, pass_fds=fds)
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, "the worker ended early"
        assert time.monotonic() < deadline, "the worker took too long"
        time.sleep(0.01)


def has_steps(folder: Path) -> Callable[[], bool]:
    return lambda: (folder / METRICS).exists() and b'"kind":"step"' in (folder / METRICS).read_bytes()


def last_record(folder: Path) -> EndRecord:
    record = read_log(folder)[-1]
    assert isinstance(record, EndRecord)
    return record


@pytest.mark.slow
def test_a_training_from_order_to_end(tmp_path: Path, start: Start) -> None:
    command = ["dltui", "train", "digits"]
    process = start("digits", "--set", "epochs=3", "--set", "kernel_size=5", "--command-json", json.dumps(command))
    assert process.wait(PATIENCE_S) == DONE
    run = tmp_path / "run"
    manifest = manifest_decoder.decode((run / MANIFEST).read_bytes())
    assert (manifest.format, manifest.run, manifest.task, manifest.command) == (1, "run", "digits", command)
    assert manifest.pid == process.pid and manifest.versions["dltui"] == __version__
    assert (manifest.epochs, manifest.steps_per_epoch, manifest.loss) == (3, 23, "cross_entropy")
    assert manifest.hparams["epochs"] == 3 and manifest.data.n_val == 360
    assert manifest.model.parameters == sum(layer.parameters for layer in manifest.model.layers) == 8970
    end = last_record(run)
    assert (end.status, end.error, end.step) == ("finished", None, 69)
    evaluations = [record for record in read_log(run) if isinstance(record, EvalRecord)]
    best = min(evaluations, key=lambda record: float(record.val_loss))
    assert (end.best_step, end.best_val_loss) == (best.step, best.val_loss)
    assert {path.name for path in (run / CHECKPOINTS).iterdir()} == {"last.pt", "best.pt"}
    output = (tmp_path / "stdout.log").read_text()
    assert "digits on" in output and "warning: kernel_size has no effect" in output and "finished at step 69" in output


@pytest.mark.slow
def test_stop_by_the_control_file(tmp_path: Path, start: Start) -> None:
    process, run = start("digits", *LONG), tmp_path / "run"
    wait_for(has_steps(run), process)
    with (run / CONTROL).open("ab") as file:
        file.write(to_line(Command(id=3, time=time.time(), command="pause")))
        file.write(to_line(Command(id=4, time=time.time(), command="stop", by="user", reason="enough")))
    assert process.wait(PATIENCE_S) == DONE
    answers = [record for record in read_log(run) if isinstance(record, EventRecord)]
    assert [(answer.name, answer.id, answer.done) for answer in answers] == [("paused", 3, True), ("stop", 4, True)]
    assert last_record(run).status == "stopped"
    assert (run / CHECKPOINTS / "last.pt").exists()


@pytest.mark.slow
def test_sigterm_is_a_stop(tmp_path: Path, start: Start) -> None:
    process, run = start("digits", *LONG), tmp_path / "run"
    wait_for(has_steps(run), process)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == DONE
    records = read_log(run)
    (event,) = (record for record in records if isinstance(record, EventRecord))
    end = records[-1]
    assert (event.name, event.by, event.reason) == ("stop", "signal", "SIGTERM")
    assert isinstance(end, EndRecord) and end.status == "stopped"
    assert (run / CHECKPOINTS / "best.pt").exists()


@pytest.mark.slow
def test_a_killed_training_leaves_whole_lines_and_no_end(tmp_path: Path, start: Start) -> None:
    run = tmp_path / "run"
    run.mkdir()
    fd = os.open(run / METRICS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    process = start("digits", *LONG, "--log-fd", str(fd), pass_fds=(fd,))
    wait_for(has_steps(run), process)
    os.close(fd)
    with pytest.raises(RunFolderError, match="Another training"):
        RunWriter.create(run)
    process.kill()
    process.wait()
    content = (run / METRICS).read_bytes()
    assert content.endswith(b"\n")
    records = [record_decoder.decode(line) for line in content.splitlines()]
    assert any(isinstance(record, StepRecord) for record in records)
    assert not any(isinstance(record, EndRecord) for record in records)
    with pytest.raises(RunFolderError, match="already holds a run"):  # the lock is free again, the log is not empty
        RunWriter.create(run)


@pytest.fixture
def in_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs a worker here, its signal handlers left out."""
    monkeypatch.setattr("dltui_trainers.control.Control.listen_to_signals", lambda self: None)
    return lambda *arguments: main([str(tmp_path / "run"), *arguments])


def test_a_task_that_raises_ends_failed_with_a_sentence(
    tmp_path: Path, in_process: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("size mismatch,\n  4 against 5")

    monkeypatch.setattr("dltui_trainers.tasks.digits.build_model", broken)
    assert in_process("digits") == FAILED
    end = last_record(tmp_path / "run")
    assert (end.status, end.error) == ("failed", "RuntimeError: size mismatch, 4 against 5")
    assert "Traceback" in capfd.readouterr().out


def test_a_failure_in_the_middle_keeps_the_best(
    tmp_path: Path, in_process: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = torch.optim.Adam.step
    calls = iter(range(100))

    def step(self: torch.optim.Adam) -> None:
        if next(calls) == 30:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        real(self)

    monkeypatch.setattr(torch.optim.Adam, "step", step)
    assert in_process("digits") == FAILED
    end = last_record(tmp_path / "run")
    assert end.status == "failed" and end.error is not None and "try a smaller batch_size" in end.error
    assert end.step in (30, 31) and end.best_step == 23
    assert (tmp_path / "run" / CHECKPOINTS / "best.pt").exists()


def test_sys_exit_in_a_task_is_a_failure(
    tmp_path: Path, in_process: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dltui_trainers.tasks.digits.load", lambda hparams: sys.exit(3))
    assert in_process("digits") == FAILED
    assert last_record(tmp_path / "run").error == "SystemExit: 3"


def test_a_wrong_setting_is_refused_in_the_log_too(
    tmp_path: Path, in_process: Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    assert in_process("digits", "--set", "dropout=2") == BAD_USAGE
    end = last_record(tmp_path / "run")
    assert end.status == "failed" and end.error is not None and "out of range" in end.error
    assert not (tmp_path / "run" / MANIFEST).exists()
    assert "out of range" in capfd.readouterr().out


def test_a_folder_that_holds_a_run_is_refused(
    tmp_path: Path, in_process: Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    assert in_process("nothing") == BAD_USAGE
    before = (tmp_path / "run" / METRICS).read_bytes()
    assert in_process("digits") == BAD_USAGE
    assert (tmp_path / "run" / METRICS).read_bytes() == before
    assert "already holds a run" in capfd.readouterr().out


@pytest.mark.parametrize(
    "arguments", [[], ["run"], ["run", "digits", "--log-fd", "x"], ["run", "digits", "--command-json", "{"]]
)
def test_bad_usage_is_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse_order(arguments)
    assert stopped.value.code == BAD_USAGE


def test_a_setting_without_a_value_is_a_sentence() -> None:
    with pytest.raises(worker.TrainerError, match="has no value"):
        parse_order(["run", "digits", "--set", "lr"])
    assert parse_order(["run", "digits", "--set", "augment=flip"]).settings == {"augment": "flip"}


def test_errors_become_one_line() -> None:
    missing = ModuleNotFoundError("No module named 'torch'", name="torch")
    assert "PyTorch is not installed" in sentence(missing)
    assert sentence(MemoryError()) == "MemoryError: out of memory; try a smaller batch_size or a smaller network."
    assert sentence(KeyError()) == "KeyError"
    assert len(sentence(ValueError("x" * 10**6))) < 1000


@pytest.mark.slow
def test_without_torch_the_run_ends_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module named torch', name='torch')")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "dltui_trainers.worker", str(tmp_path / "run"), "digits"]
    finished = subprocess.run(command, env=environment, capture_output=True, timeout=PATIENCE_S, check=False)
    assert finished.returncode == FAILED
    error = last_record(tmp_path / "run").error
    assert error is not None and error.startswith("PyTorch is not installed")


@pytest.mark.slow
def test_the_trainers_import_neither_the_interface_nor_textual() -> None:
    code = (
        "import sys, dltui_trainers.worker as w; assert 'torch' not in sys.modules\n"
        "import dltui_trainers.prepare, dltui_trainers.manifest\n"
        "assert not {'textual', 'dltui', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE_S)


def test_the_manifest_is_readable_by_a_person(tmp_path: Path, in_process: Callable[..., int]) -> None:
    assert in_process("polynomial", "--set", "epochs=2") == DONE
    text = (tmp_path / "run" / MANIFEST).read_text()
    assert text.startswith('{\n  "format": 1')
    assert msgspec.json.decode(text)["data"]["classes"] is None
