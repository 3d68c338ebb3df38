"""Mirrors, with TensorBoard and W&B: what they themselves, or a reader of their files, find of a run's log."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from runlogs import end as ended
from runlogs import evaluation, manifest, step

from dltui.formats import open_log, state_of
from dltui.formats.wandb.records import Decoder, Exit, History, Settings
from dltui.formats.wandb.wire import RecordReader
from dltui.log_options import AS_IT_IS
from dltui.mirror.state import read_progress
from dltui.mirror.wanted import Kind, Wanted
from dltui.mirror.work import Mirror
from dltui_trainers.manifest_file import write_manifest
from dltui_trainers.runlog import METRICS, AnyRecord, EventRecord, MetricsRecord, to_line
from integrations.person import only_run, until
from integrations.person import steps as told_steps

HOSTILE = ("a b", "x" * 200, "日本 ü", "a/../b", "\x1b[2J", "_step", "_timestamp", "step", "time", "a.b")
DLTUI = [sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())"]


@dataclass
class Rows:
    """What the files of a W&B run hold, of all the folders of one run together."""

    rows: list[dict[str, float]] = field(default_factory=list)
    config: dict[str, object] = field(default_factory=dict)
    exits: list[int] = field(default_factory=list)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run's folder with a name that is hard on dashboards, and W&B away from the network."""
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path / "elsewhere"))
    folder = tmp_path / "mine: 50 % ü #1?"
    folder.mkdir()
    write_manifest(folder, manifest())
    return folder


def append(run: Path, *records: AnyRecord) -> None:
    with (run / METRICS).open("ab") as file:
        file.write(b"".join(map(to_line, records)))


def mirror(run: Path, kind: Kind) -> None:
    Mirror(run, Wanted(kind=kind)).work()


def wandb_files(run: Path) -> list[Path]:
    """Return the files of the run in the order in which they were begun: those of one second have a number more."""
    folders = [each for each in (run / "wandb").iterdir() if each.name.startswith("offline-run-")]
    folders.sort(key=lambda each: (each.name.split("-")[2], len(each.name)))
    return [file for each in folders for file in each.iterdir() if file.suffix == ".wandb"]


def of_wandb(of: Path) -> Rows:
    """Return what a file has, or all of those of a run."""
    found = Rows()
    for path in wandb_files(of) if of.is_dir() else [of]:
        reader, decoder = RecordReader(), Decoder()
        for record in reader.feed(path.read_bytes()):
            match decoder.decode(record):
                case History(cells=cells):
                    found.rows.append(dict(cells))
                case Settings(config=config):
                    found.config |= {"/".join(name): value for name, value in config.items()}
                case Exit(code=code):
                    found.exits.append(code)
    found.rows.sort(key=lambda row: row["_step"])
    return found


def of_tensorboard(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Return the scalars as TensorBoard itself reads them, tag -> its steps and values."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
    return {tag: [(each.step, each.value) for each in read.Scalars(tag)] for tag in read.Tags()["scalars"]}


def test_tensorboard_reads_each_curve_and_forgets_what_was_undone(run: Path) -> None:
    append(run, *(step(at, 1 / at) for at in range(1, 31)), evaluation(30, 0.5, val_accuracy=0.75))
    mirror(run, "tensorboard")
    append(run, EventRecord(step=20, time=1_700_000_004.0, name="undo"), *(step(at, 2.0) for at in range(21, 26)))
    append(run, ended())
    mirror(run, "tensorboard")
    found = of_tensorboard(run / "tensorboard")
    assert [at for at, _ in found["loss/train"]] == list(range(1, 26))
    assert [value for _, value in found["loss/train"]] == pytest.approx([1 / at for at in range(1, 21)] + [2.0] * 5)
    assert found["loss/val"] == []
    assert len(found["lr"]) == 25
    assert {"accuracy/val", "epoch"} <= set(found)


def test_tensorboard_takes_any_name_and_any_number(run: Path) -> None:
    append(run, MetricsRecord(step=3, time=1.0, values={name: 2.5 for name in HOSTILE} | {"nan": "nan", "inf": "inf"}))
    append(run, ended())
    mirror(run, "tensorboard")
    found = of_tensorboard(run / "tensorboard")
    assert all(found[name] == [(3, 2.5)] for name in HOSTILE)
    assert found["inf"] == [(3, float("inf"))]
    assert str(found["nan"]) == "[(3, nan)]"


def test_wandb_gets_values_settings_and_the_end(run: Path) -> None:
    append(run, *(step(at, 1 / at) for at in range(1, 6)), evaluation(5, 0.7, val_accuracy=0.75))
    append(run, step(6, float("nan")), ended("failed"))
    mirror(run, "wandb")
    found = of_wandb(run)
    assert [row["loss/train"] for row in found.rows[:5]] == [1 / at for at in range(1, 6)]
    assert [int(row["step"]) for row in found.rows] == [1, 2, 3, 4, 5, 5, 6]
    assert (found.rows[5]["loss/val"], found.rows[5]["accuracy/val"]) == (0.7, 0.75)
    assert str(found.rows[6]["loss/train"]) == "nan"
    assert found.config["lr"] == 0.001 and found.config["task"] == "digits" and found.config["optimizer"] == "adam"
    assert found.exits == [1]


def test_our_own_reader_finds_the_curves_in_it(run: Path) -> None:
    append(run, *(step(at, 1 / at) for at in range(1, 31)), evaluation(30, 0.7), ended())
    mirror(run, "wandb")
    [path] = wandb_files(run)
    state = state_of(open_log(path, AS_IT_IS))
    assert state.step == 30
    assert len(state.train_loss) == 30 and len(state.val_loss) == 1


def test_wandb_takes_any_name(run: Path) -> None:
    append(run, MetricsRecord(step=3, time=1.0, values={name: 2.5 for name in HOSTILE}), step(4, 0.5), ended())
    mirror(run, "wandb")
    found = of_wandb(run)
    ours = {"step", "time", "_step", "_timestamp"}
    assert all(found.rows[0][name] == 2.5 for name in HOSTILE if name not in ours)
    assert [row["step"] for row in found.rows] == [3, 4]
    assert found.exits == [0]


def test_what_was_undone_stays_in_wandb_beside_what_came_instead(run: Path) -> None:
    append(run, *(step(at, 1.0) for at in (1, 2, 3)), EventRecord(step=1, time=9.0, name="undo"), step(2, 2.0), ended())
    mirror(run, "wandb")
    assert [(row["step"], row["loss/train"]) for row in of_wandb(run).rows] == [(1, 1.0), (2, 1.0), (3, 1.0), (2, 2.0)]


def test_a_mirror_that_was_killed_goes_on_with_the_same_run_and_tells_nothing_twice(run: Path) -> None:
    append(run, *(step(at, 1.0) for at in range(1, 101)))
    holder = _holds_the_log(run)
    words = [*DLTUI, "mirror", str(run), "wandb"]
    alone = {name: value for name, value in os.environ.items() if name != "WANDB_SERVICE"}  # of another mirror, here
    killed = subprocess.Popen(words, env=alone, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: read_progress(run / "mirror-wandb.json").offset == (run / METRICS).stat().st_size)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    holder.communicate(b"")
    append(run, *(step(at, 2.0) for at in range(101, 151)), ended())
    assert subprocess.run(words, env=alone, capture_output=True, timeout=120).returncode == 0
    first, second = wandb_files(run)
    assert first.name == second.name
    found = of_wandb(second)
    assert [int(row["step"]) for row in found.rows] == list(range(1, 151))
    assert [int(row["_step"]) for row in found.rows] == list(range(150))
    assert found.exits == [0]


def _holds_the_log(run: Path) -> "subprocess.Popen[bytes]":
    """As a training that is under way."""
    code = "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, 2); print(1, flush=True); sys.stdin.read()"
    words = [sys.executable, "-c", code, str(run / METRICS)]
    holder = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None and holder.stdout.readline()
    return holder


def test_a_training_has_both_from_its_start(runs: Path, tmp_path: Path) -> None:
    words = [
        *DLTUI,
        "train",
        "moons",
        "--set",
        "epochs=3",
        "--headless",
        "--mirror",
        "wandb",
        "--mirror",
        "tensorboard",
    ]
    done = subprocess.run(
        words,
        cwd=tmp_path,
        env={**os.environ, "WANDB_MODE": "offline"},
        capture_output=True,
        text=True,
        timeout=240,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "wandb" not in done.stdout + done.stderr
    run = only_run(runs)
    size = (run / METRICS).stat().st_size
    until(lambda: all(read_progress(run / f"mirror-{kind}.json").offset == size for kind in ("wandb", "tensorboard")))
    until(lambda: of_wandb(run).exits)
    every = [(each.step, float(each.train_loss)) for each in told_steps(run)]
    assert [(row["step"], row["loss/train"]) for row in of_wandb(run).rows if "loss/train" in row] == every
    assert of_wandb(run).exits == [0]
    found = of_tensorboard(run / "tensorboard")
    assert [at for at, _ in found["loss/train"]] == [at for at, _ in every]
    assert [value for _, value in found["loss/train"]] == pytest.approx([value for _, value in every])


def test_a_wandb_that_cannot_be_used_ends_the_mirror_and_not_the_training(runs: Path, tmp_path: Path) -> None:
    words = [*DLTUI, "train", "moons", "--set", "epochs=2", "--headless", "--mirror", "wandb=no/such: project?"]
    done = subprocess.run(
        words, cwd=tmp_path, env={**os.environ, "WANDB_MODE": "offline"}, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr[-3000:]
    log = only_run(runs) / "mirror-wandb.log"
    until(lambda: "project" in log.read_text())
