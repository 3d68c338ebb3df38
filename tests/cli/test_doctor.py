"""``dltui doctor``: what this machine offers, and who is on its GPUs; the driver is made up."""

import json
import os
from pathlib import Path

import msgspec
import pytest
from drivers import Driver, MadeUpGpu
from runlogs import manifest

from dltui.cli import main
from dltui.processes import machine
from dltui.processes.gpus import GpusSeen, look_at_gpus
from dltui_trainers.runlog import MANIFEST
from dltui_trainers.writer import RunWriter


@pytest.fixture
def on_a_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with two GPUs; this very process is on one, and writes the log of a run, which is returned."""
    seen = look_at_gpus(Driver(MadeUpGpu(processes=((os.getpid(), 5 * 10**9), (2**22 + 1, 1))), MadeUpGpu()))
    monkeypatch.setattr(machine, "look_at_gpus", lambda: seen)
    monkeypatch.setenv("DLTUI_RUNS", str(tmp_path))
    return tmp_path / "mine"


def begin(folder: Path) -> RunWriter:
    """Begin the log of a run of this process."""
    folder.mkdir()
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest(pid=os.getpid(), host=os.uname().nodename)))
    return RunWriter.create(folder)


def test_it_tells_gpus_and_the_run_of_each_process(on_a_gpu: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writer = begin(on_a_gpu)
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    writer.close()
    assert "NVIDIA H200" in told and "87 %" in told and "12.0 GB of 139.0 GB" in told and "340 W" in told
    assert f"{os.getpid()}  gpu 0  5.0 GB" in told and "run mine" in told and "1 run, 1 at work" in told
    assert str(2**22 + 1) not in told


def test_a_process_of_no_run_is_told_how_to_follow(on_a_gpu: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert f"'dltui watch --pid {os.getpid()}'" in capsys.readouterr().out


def test_the_document_has_all_of_it(on_a_gpu: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writer = begin(on_a_gpu)
    assert main(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    writer.close()
    assert [gpu["index"] for gpu in told["gpus"]] == [0, 1] and told["driver"] == "570.86"
    (process,) = told["processes"]
    assert process["pid"] == os.getpid() and process["run"] == "mine" and process["gpus"] == [0]
    assert told["runs_at_work"] == ["mine"] and told["cores"] >= 1 and told["packages"]["torch"]


def test_without_gpus_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "look_at_gpus", lambda: GpusSeen(trouble="no driver"))
    assert main(["doctor", "--runs", str(tmp_path / "none")]) == 0
    told = capsys.readouterr().out
    assert "none (no driver)" in told and "0 runs" in told and "on them" not in told


def test_without_torch_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "PACKAGES", ("no-such-package",))
    assert main(["doctor", "--runs", str(tmp_path)]) == 0
    assert "pip install 'torch>=2.4'" in capsys.readouterr().out
