"""``start_run``: the folder, the manifest, and the processes that do not write."""

import argparse
import json
import math
import stat
import sys
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dltui_trainers.recorder import start_run
from dltui_trainers.runlog import MANIFEST, METRICS, Parent
from recorder.kept import end_of, read_log, read_manifest


def folders(root: Path = Path("runs")) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def test_a_run_is_a_folder_like_any_other() -> None:
    run = start_run(
        "first",
        task="moons",
        epochs=3,
        steps_per_epoch=20,
        n_train=640,
        n_val=100,
        classes=2,
        loss="cross_entropy",
        seed=7,
    )
    assert run.folder == Path("runs/first").absolute()
    assert stat.S_IMODE(run.folder.stat().st_mode) == 0o700
    manifest = read_manifest(run.folder)
    assert (manifest.run, manifest.task, manifest.source) == ("first", "moons", "recorder")
    assert (manifest.epochs, manifest.steps_per_epoch, manifest.seed) == (3, 20, 7)
    assert manifest.data is not None
    assert (manifest.data.n_train, manifest.data.n_val, manifest.data.classes) == (640, 100, 2)
    assert manifest.expected_initial_loss == pytest.approx(math.log(2))
    assert manifest.command == [sys.executable, *sys.orig_argv[1:]]
    assert manifest.cwd == str(Path.cwd())
    assert manifest.versions["python"]


def test_little_that_is_told_stays_unknown() -> None:
    manifest = read_manifest(start_run("bare").folder or Path())
    assert (manifest.data, manifest.model, manifest.epochs, manifest.steps_per_epoch) == (None, None, 0, 0)
    assert manifest.hparams == {} and manifest.seed is None and manifest.expected_initial_loss is None


def test_a_name_that_is_taken_gets_a_number() -> None:
    runs = [start_run("same") for _ in range(3)]
    assert [run.name for run in runs] == ["same", "same-2", "same-3"]
    runs[0].log(1, train_loss=1.0)
    runs[2].log(3, train_loss=3.0)
    assert [[record.step for record in read_log(run.folder or Path())] for run in runs] == [[1], [], [3]]


@pytest.mark.parametrize("name", ["a/b", "../../etc", "lr=0.1, wd=0", "\x1b[31mred", "..", "x" * 300, "-rf", " "])
def test_a_name_that_no_folder_can_have_is_made_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    run = start_run(name)
    assert folders() == [run.name]
    warning = capsys.readouterr().err
    assert "cannot be a run's name" in warning and warning.count("\n") == 1 and "\x1b" not in warning


def test_without_a_name_the_task_or_the_script_gives_it() -> None:
    assert start_run(task="moons").name == "moons"
    assert start_run().name


def test_where_runs_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLTUI_RUNS", str(tmp_path / "told"))
    start_run("a")
    start_run("b", runs=tmp_path / "given" / "deep")
    assert folders(tmp_path / "told") == ["a"]
    assert folders(tmp_path / "given" / "deep") == ["b"]


@dataclass
class Inner:
    width: int = 3


@dataclass
class Settings:
    lr: float = 0.1
    inner: Inner = field(default_factory=Inner)


@pytest.mark.parametrize(
    "hparams",
    [
        {"lr": 0.1, "inner": {"width": 3}},
        OrderedDict(lr=0.1, inner=OrderedDict(width=3)),
        Settings(),
        argparse.Namespace(lr=0.1, inner=argparse.Namespace(width=3)),
        SimpleNamespace(lr=0.1, inner={"width": 3}),
        {"lr": np.float64(0.1), "inner": {"width": np.int64(3)}},
    ],
)
def test_settings_may_be_of_any_kind(hparams: object) -> None:
    run = start_run("test", hparams=hparams)
    assert run.hparams == {"lr": 0.1, "inner.width": 3}
    assert read_manifest(run.folder or Path()).hparams == {"lr": 0.1, "inner.width": 3}


def test_values_that_json_lacks_become_text() -> None:
    class Hostile:
        def __str__(self) -> str:
            raise RuntimeError

    cyclic: dict[str, object] = {"a": 1}
    cyclic["me"] = cyclic
    hparams = {
        "path": Path("x"),
        "sizes": [1, 2],
        "nan": math.nan,
        "long": 2**70,
        "none": None,
        "empty": {},
        "hostile": Hostile(),
        "torn": "\ud800",
        "cyclic": cyclic,
        3: "three",
    }
    kept = read_manifest(start_run("test", hparams=hparams).folder or Path()).hparams
    assert kept["path"] == "x" and kept["sizes"] == "[1, 2]" and kept["nan"] == "nan" and kept["none"] is None
    assert kept["long"] == str(2**70) and kept["empty"] == "{}" and kept["hostile"] == "<Hostile>"
    assert kept["torn"] == "?" and kept["cyclic.a"] == 1 and kept["3"] == "three"


@pytest.mark.parametrize("hparams", [None, 3, "text", [1, 2], object()])
def test_what_are_no_settings_are_none(hparams: object) -> None:
    assert start_run("test", hparams=hparams).hparams == {}


def test_wrong_facts_are_told_and_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    run = start_run("test", epochs="many", steps_per_epoch=2.5, n_train=-1, seed=object(), expected_initial_loss="x")  # type: ignore[arg-type]
    manifest = read_manifest(run.folder or Path())
    assert (manifest.epochs, manifest.steps_per_epoch, manifest.seed, manifest.data) == (0, 0, None, None)
    assert capsys.readouterr().err.count("\n") == 5


@pytest.mark.parametrize("environment", [{"RANK": "1", "WORLD_SIZE": "2"}, {"RANK": "1"}, {"LOCAL_RANK": "3"}])
def test_another_rank_writes_nothing(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with start_run("test", hparams={"lr": 0.1}) as run:
        run.log(1, train_loss=0.5)
        assert run.folder is None and run.hparams == {"lr": 0.1} and not run.is_writing
    assert not Path("runs").exists()


def test_the_first_rank_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    run = start_run("test")
    assert run.is_writing and run.ranks.world == 2


def test_a_folder_of_a_supervisor_is_taken_over_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = tmp_path / "runs" / "theirs"
    start_run("theirs").finish()
    for name in ("metrics.jsonl",):
        (theirs / name).unlink()
    before = json.loads((theirs / MANIFEST).read_bytes()) | {"source": "command", "command": ["python", "x.py"]}
    (theirs / MANIFEST).write_text(json.dumps(before))
    monkeypatch.setenv("DLTUI_RUN_DIR", str(theirs))
    first, second = start_run("mine"), start_run("mine")
    assert (first.folder, first.name) == (theirs, "theirs")
    assert second.folder == tmp_path / "runs" / "mine"
    manifest = read_manifest(theirs)
    assert manifest.source == "recorder" and manifest.command == ["python", "x.py"]
    assert manifest.created == before["created"]
    assert json.loads((theirs / "recorder.json").read_bytes())["pid"]


def test_a_folder_of_a_supervisor_that_is_gone_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DLTUI_RUN_DIR", str(tmp_path / "gone"))
    assert start_run("mine").folder == tmp_path / "runs" / "mine"
    assert capsys.readouterr().err == ""


def test_a_branch_has_its_changes_and_says_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"run": "parent", "step": 30, "checkpoint": None, "changed": {"lr": 0.01}}
    monkeypatch.setenv("DLTUI_FROM", json.dumps(told))
    first, second = start_run("child", hparams={"lr": 0.1, "width": 3}), start_run("other", hparams={"lr": 0.1})
    assert first.hparams == {"lr": 0.01, "width": 3}
    assert read_manifest(first.folder or Path()).parent == Parent(run="parent", step=30, changed={"lr": 0.01})
    assert second.hparams == {"lr": 0.1}
    assert read_manifest(second.folder or Path()).parent is None


@pytest.mark.parametrize("told", ["", "{", "[]", '{"run": 3}', '{"run": "x", "step": "y"}'])
def test_a_branch_that_is_not_understood_begins_from_nothing(
    told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DLTUI_FROM", told)
    run = start_run("child", hparams={"lr": 0.1})
    assert run.hparams == {"lr": 0.1} and run.is_writing
    assert capsys.readouterr().err.count("\n") == bool(told)


def test_the_manifest_can_be_written_again() -> None:
    run = start_run("test")
    run.rewrite_manifest(settable=["lr"], commands=["set"])
    manifest = read_manifest(run.folder or Path())
    assert (manifest.settable, manifest.commands) == (["lr"], ["set"])


def test_two_runs_go_on_beside_each_other() -> None:
    with start_run("a") as first, start_run("b") as second:
        first.log(1, train_loss=1.0)
        second.log(2, train_loss=2.0)
    assert end_of(Path("runs/a")).step == 1
    assert end_of(Path("runs/b")).step == 2
    assert sorted(folders()) == ["a", "b"]
    assert (Path("runs/a") / METRICS).exists()
