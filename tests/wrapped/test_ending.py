"""How a command ended, in one line."""

from pathlib import Path

import pytest

from dltui.wrapped.ending import exit_code, last_exception, why_failed
from dltui_trainers.runlog import STDOUT

FRAME = '  File "train.py", line 3, in <module>\n    loss.backward()\n'
BEGIN = "Traceback (most recent call last):\n"


@pytest.mark.parametrize(
    ("output", "error"),
    [
        ("", ""),
        ("epoch 1 loss 2\n", ""),
        (BEGIN + FRAME, ""),
        (BEGIN + FRAME + "KeyboardInterrupt\n", "KeyboardInterrupt"),
        (
            BEGIN + FRAME + "torch.OutOfMemoryError: CUDA out of memory.\n",
            "torch.OutOfMemoryError: CUDA out of memory.",
        ),
        (
            BEGIN + FRAME + "ValueError: a\n\nDuring handling ...\n\n" + BEGIN + FRAME + "KeyError: 'b'\n",
            "KeyError: 'b'",
        ),
        ("".join(f"[rank0]: {line}\n" for line in (BEGIN + FRAME + "ValueError: a").split("\n")), "ValueError: a"),
        (BEGIN + FRAME + "ValueError: a\n" + BEGIN + FRAME + "x.ChildFailedError: \n", "ValueError: a"),
        (BEGIN + FRAME + "E: " + "long" * 1000, "E: " + ("long" * 1000)[:496] + "…"),
    ],
)
def test_the_last_exception_of_the_output(tmp_path: Path, output: str, error: str) -> None:
    (tmp_path / STDOUT).write_text(output)
    assert last_exception(tmp_path) == error


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (1, "ValueError: a (exit status 1)"),
        (-11, "killed by SIGSEGV"),
        (-9, "killed by SIGKILL"),
        (137, "killed by SIGKILL (exit status 137)"),
        (-64, "killed by SIGRTMAX"),
        (-99, "killed by signal 99"),
    ],
)
def test_why_it_failed(tmp_path: Path, status: int, why: str) -> None:
    (tmp_path / STDOUT).write_text(BEGIN + FRAME + "ValueError: a\n")
    assert why_failed(tmp_path, status) == why


def test_the_kernel_ends_what_takes_too_much_memory(tmp_path: Path) -> None:
    assert why_failed(tmp_path, -9, True).endswith("ran out of memory")
    assert "memory" not in why_failed(tmp_path, -15, True)


def test_exit_codes_are_those_of_a_shell() -> None:
    assert [exit_code(each) for each in (0, 3, -9)] == [0, 3, 137]
