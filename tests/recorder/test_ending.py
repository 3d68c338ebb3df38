"""How a run ends: by a word, by the end of a ``with``, by an exception, with the process."""

from pathlib import Path

import pytest

from dltui_trainers.recorder import start_run
from dltui_trainers.runlog import STDOUT, StepRecord
from recorder.kept import end_of, read_log, run_script

RUN = Path("runs/test")


def test_finish_ends_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    run = start_run("test")
    run.log(3, train_loss=0.5)
    run.finish()
    run.finish("failed")
    run.log(4, train_loss=0.5)
    run.log(5, train_loss=0.5)
    assert (end_of(RUN).status, end_of(RUN).step) == ("finished", 3)
    assert len(read_log(RUN)) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_end_of_the_block_ends_it() -> None:
    with start_run("test") as run:
        run.log(1, train_loss=0.5)
    assert end_of(RUN).status == "finished"


def test_an_exception_ends_it_as_failed_with_its_traceback() -> None:
    with pytest.raises(ValueError, match="no such"), start_run("test") as run:
        run.log(1, train_loss=0.5)
        raise ValueError("no such\nthing")
    end = end_of(RUN)
    assert end.status == "failed" and str(end.error).startswith("test_ending.py:")
    assert str(end.error).endswith(
        " in test_an_exception_ends_it_as_failed_with_its_traceback: ValueError: no such thing"
    )
    output = (RUN / STDOUT).read_text()
    assert output.startswith("Traceback (most recent call last):\n") and "test_ending.py" in output


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (KeyboardInterrupt(), "stopped", None),
        (SystemExit(), "finished", None),
        (SystemExit(0), "finished", None),
        (SystemExit(3), "failed", "SystemExit: 3"),
        (MemoryError(), "failed", "MemoryError"),
    ],
)
def test_each_exception_has_its_own_end(error: BaseException, status: str, sentence: str | None) -> None:
    with pytest.raises(type(error)), start_run("test"):
        raise error
    told = end_of(RUN).error
    assert end_of(RUN).status == status
    assert told == sentence or str(told).endswith(f" in test_each_exception_has_its_own_end: {sentence}")


def test_an_error_that_cannot_be_told_is_named() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    with pytest.raises(MuteError), start_run("test"):
        raise MuteError
    assert str(end_of(RUN).error).endswith(" in test_an_error_that_cannot_be_told_is_named: MuteError")


def test_a_run_that_nobody_holds_any_more_is_over() -> None:
    """A cell of a notebook, run again: its first run must not look alive until the kernel ends."""
    run = start_run("test")
    run.log(1, train_loss=0.5)
    run = start_run("test")
    assert end_of(RUN).status == "finished"
    assert run.is_writing


SCRIPT = """
import sys
import dltui
run = dltui.start_run("test")
run.log(1, train_loss=0.5)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("last", "status", "error", "code"),
    [
        ("", "finished", None, 0),
        ("raise ValueError('broken')", "failed", "script.py:6: ValueError: broken", 1),
        ("raise KeyboardInterrupt", "stopped", None, -2),
    ],
)
def test_a_script_that_says_nothing_of_the_end(
    tmp_path: Path, last: str, status: str, error: str | None, code: int
) -> None:
    done = run_script(tmp_path, f"{SCRIPT}{last}\n")
    assert done.returncode == code
    assert (end_of(tmp_path / RUN).status, end_of(tmp_path / RUN).error) == (status, error)
    assert ("broken" in done.stderr) == (status == "failed")  # Python still tells it, too
    assert (tmp_path / RUN / STDOUT).exists() == (status == "failed")


@pytest.mark.slow
def test_under_a_supervisor_the_traceback_is_kept_once(tmp_path: Path) -> None:
    (tmp_path / RUN).mkdir(parents=True)
    done = run_script(tmp_path, f"{SCRIPT}raise ValueError('broken')\n", DLTUI_RUN_DIR=str(tmp_path / RUN))
    assert "ValueError: broken" in done.stderr
    assert not (tmp_path / RUN / STDOUT).exists()  # the supervisor writes there what the script prints
    assert end_of(tmp_path / RUN).status == "failed"


@pytest.mark.slow
def test_at_a_prompt_an_error_does_not_end_the_run(tmp_path: Path) -> None:
    done = run_script(tmp_path, f"{SCRIPT}raise ValueError('typo')\n", "-i")
    assert "typo" in done.stderr
    assert (end_of(tmp_path / RUN).status, len(read_log(tmp_path / RUN))) == ("finished", 2)


@pytest.mark.slow
def test_a_kill_loses_nothing(tmp_path: Path) -> None:
    code = f"{SCRIPT}\nimport os\nfor step in range(2, 1001): run.log(step, train_loss=0.5)\nos.kill(os.getpid(), 9)\n"
    assert run_script(tmp_path, code).returncode == -9
    records = read_log(tmp_path / RUN)
    assert [record.step for record in records] == list(range(1, 1001))
    assert all(isinstance(record, StepRecord) for record in records)
