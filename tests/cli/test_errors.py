"""What a person can get wrong on the command line: one line that says what to try, exit code 2, and nothing is made."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from runlogs import whole_run, write_run

from dltui.cli import main
from dltui_trainers.runlog import METRICS

CALL = "from dltui.cli import main; sys.exit(main())"
WITHOUT_TORCH = f"import sys; sys.modules['torch'] = None; {CALL}"
MIB = 1 << 20

REFUSED = {
    "unknown task": (["train", "digitz", "--detach"], "digits"),
    "unknown hyperparameter": (["train", "digits", "--set", "batchsize=8", "--detach"], "batch_size"),
    "hyperparameter of another task": (["train", "polynomial", "--set", "channels=8", "--detach"], "channels"),
    "out of range": (["train", "digits", "--set", "lr=-1", "--detach"], "lr"),
    "not finite": (["train", "digits", "--set", "lr=nan", "--detach"], "lr"),
    "not a number": (["train", "digits", "--set", "lr=fast", "--detach"], "fast"),
    "not a whole number": (["train", "digits", "--set", "epochs=1.5", "--detach"], "1.5"),
    "unknown choice": (["train", "digits", "--set", "optimizer=addam", "--detach"], "adam"),
    "batch norm of one sample": (
        ["train", "digits", "--set", "norm=batch", "--set", "batch_size=1", "--detach"],
        "batch_size",
    ),
    "setting without a value": (["train", "digits", "--set", "lr", "--detach"], "NAME=VALUE"),
    "name that leaves the folder": (["train", "digits", "--name", "../out", "--detach"], "../out"),
    "no task": (["train"], "TASK"),
    "both ways at once": (["train", "digits", "--detach", "--headless"], "--help"),
    "unknown option": (["train", "digits", "--fast"], "--fast"),
    "unknown command": (["trian"], "train"),
    "unknown run": (["digits-20260101-000000-abcd"], "--runs"),
    "unknown task to list": (["tasks", "digitz"], "digits"),
}


@pytest.mark.parametrize(("words", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line(tmp_path: Path, words: list[str], hint: str) -> None:
    said = _refusal(_run(words, runs=tmp_path / "runs"))
    assert hint in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("below", ["", "runs"], ids=["is a file", "is below a file"])
def test_runs_folder_that_cannot_be(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.write_text("kept")
    said = _refusal(_run(["train", "digits", "--detach"], runs=file / below))
    assert str(file) in said
    assert "--runs" in said
    assert file.read_text() == "kept"


@pytest.mark.parametrize("words", [("doctor",), ("run", "--", "true")])
def test_the_current_folder_was_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert main(list(words)) == 2
    assert capsys.readouterr().err == "dltui: The current folder was removed: go to another one with cd.\n"


def test_name_that_is_taken(tmp_path: Path) -> None:
    taken = write_run(tmp_path / "runs" / "mine", whole_run())
    before = (taken / METRICS).read_bytes()
    said = _refusal(_run(["train", "digits", "--detach", "--name", "mine"], runs=tmp_path / "runs"))
    assert "'mine'" in said
    assert "--name" in said
    assert (taken / METRICS).read_bytes() == before
    assert list((tmp_path / "runs").iterdir()) == [taken]


def test_torch_is_missing(tmp_path: Path) -> None:
    said = _refusal(_run(["train", "digits", "--detach"], runs=tmp_path / "runs", program=WITHOUT_TORCH))
    assert "PyTorch" in said
    assert "pip install" in said
    assert not list(tmp_path.iterdir())


def test_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(_: Path) -> "shutil._ntuple_diskusage":
        return shutil._ntuple_diskusage(total=MIB, used=MIB, free=0)

    monkeypatch.setattr(shutil, "disk_usage", full)
    assert main(["--runs", str(tmp_path), "train", "digits", "--detach"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "is full" in said.err
    assert said.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_real_disk_is_full(tiny_disk: Path) -> None:
    said = _refusal(_run(["train", "digits", "--detach"], runs=tiny_disk))
    assert "is full" in said
    assert not list(tiny_disk.iterdir())


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with 64 KiB of room; needs the right to mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "dltui-test", str(place)]
    allowed = os.geteuid() == 0 and shutil.which("mount") is not None
    if not allowed or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def _run(words: list[str], *, runs: Path, program: str = f"import sys; {CALL}") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DLTUI_RUNS": str(runs)}
    command = [sys.executable, "-c", program, *words]
    return subprocess.run(
        command, env=environment, cwd=runs.anchor, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def _refusal(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that it said."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("dltui: ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.endswith((".\n", "?\n"))
    return done.stderr
