"""A run in another dashboard: what a mirror writes, and how it goes on after it was ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from runlogs import end, evaluation, manifest, step

from dltui.cli import main
from dltui.errors import MirrorError, UsageError
from dltui.formats import open_log, state_of
from dltui.log_options import AS_IT_IS
from dltui.mirror.launch import start_mirrors
from dltui.mirror.scalars import Scalars, scalars_of
from dltui.mirror.sink import Sink
from dltui.mirror.state import read_progress, take_lock
from dltui.mirror.wanted import Wanted, wanted
from dltui.mirror.work import Mirror
from dltui_trainers.runlog import (
    MANIFEST,
    METRICS,
    AnyRecord,
    EventRecord,
    GpuStats,
    LayersRecord,
    LayerStats,
    Manifest,
    MetricsRecord,
    StepRecord,
    SystemRecord,
    to_line,
)

TENSORBOARD = Wanted(kind="tensorboard")
DLTUI = [sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())"]


@dataclass
class Kept:
    """A dashboard that keeps what it is told."""

    told: list[object] = field(default_factory=list)
    goes_on: bool = True

    def begin(self, name: str, manifest: Manifest | None) -> None:
        self.told.append(("begin", name, manifest and manifest.task))

    def write(self, scalars: Sequence[Scalars]) -> None:
        self.told += [each.step for each in scalars]

    def go_back(self, step: int, time: float) -> None:
        self.told.append(("back", step))

    def end(self, failed: bool) -> None:
        self.told.append("failed" if failed else "done")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run's folder that has a manifest and no records."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest()))
    return folder


def append(run: Path, *records: AnyRecord, rest: bytes = b"") -> None:
    """Append records to the run's log, and what is no whole line."""
    with (run / METRICS).open("ab") as file:
        file.write(b"".join(map(to_line, records)) + rest)


def mirrored(run: Path, *, goes_on: bool = True) -> list[object]:
    """Return what a mirror that works now tells its dashboard."""
    kept = Kept(goes_on=goes_on)

    def sink(folder: Path, wanted: Wanted, run_id: str) -> Sink:
        return kept

    Mirror(run, TENSORBOARD, sink).work()
    return kept.told


def test_it_tells_all_of_the_log_in_its_order(run: Path) -> None:
    append(run, step(1, 1.0), step(2, 0.5), evaluation(2, 0.7), end())
    assert mirrored(run) == [("begin", "mine", "digits"), 1, 2, 2, "done"]


def test_what_is_undone_is_told_where_it_was(run: Path) -> None:
    append(run, step(1, 1.0), step(2, 0.5), EventRecord(step=1, time=3.0, name="undo"), step(2, 0.4))
    assert mirrored(run) == [("begin", "mine", "digits"), 1, 2, ("back", 1), 2, "failed"]


def test_one_that_was_ended_goes_on_where_it_was_with_the_same_name(run: Path) -> None:
    append(run, step(1, 1.0), rest=b'{"kind":"st')
    assert mirrored(run)[1:-1] == [1]
    before = read_progress(run / "mirror-tensorboard.json")
    append(run, rest=b'ep","step":2,"time":1.0,"train_loss":1.0}\n')
    assert mirrored(run)[1:-1] == [2]
    after = read_progress(run / "mirror-tensorboard.json")
    assert after.id == before.id and after.offset == (run / METRICS).stat().st_size
    assert mirrored(run) == []


def test_a_dashboard_that_may_have_lost_something_is_told_all_again_and_nothing_if_it_was_ended_well(run: Path) -> None:
    append(run, step(1, 1.0))
    assert mirrored(run, goes_on=False)[1:-1] == [1]
    assert mirrored(run, goes_on=False) == []
    append(run, step(2, 1.0))
    assert mirrored(run, goes_on=False)[1:-1] == [1, 2]


def test_lines_that_are_no_records_are_left_out(run: Path) -> None:
    append(run, rest=b'\xff\xfe\n{"kind":"new","step":1,"time":1}\nnonsense\n')
    append(run, step(1, 1.0), end("failed"))
    assert mirrored(run)[1:] == [1, "failed"]


def test_each_record_is_told_under_tags() -> None:
    layers = LayersRecord(step=1, time=2.0, layers={"fc": LayerStats(weight_norm=2.0, grad_norm="nan")})
    system = SystemRecord(step=1, time=2.0, cpu=90.0, rss=5, gpus=[GpuStats(index=1, util=80.0)])
    own = MetricsRecord(step=1, time=2.0, values={"bleu": 3.0}, epoch=0.5)
    assert _values(layers)["layers/fc/weight_norm"] == 2.0
    assert str(_values(layers)["layers/fc/grad_norm"]) == "nan"
    assert _values(system) == {"system/cpu": 90.0, "system/rss": 5.0, "system/gpu1_util": 80.0}
    assert _values(own) == {"bleu": 3.0, "epoch": 0.5}
    assert _values(StepRecord(step=1, time=2.0, train_loss=1.0, data_wait=0.2)) == {"loss/train": 1.0, "data_wait": 0.2}
    assert scalars_of(EventRecord(step=1, time=2.0, name="set")) is None


def _values(record: AnyRecord) -> dict[str, float]:
    scalars = scalars_of(record)
    assert scalars is not None
    return scalars.values


def test_tensorboard_gets_files_that_a_reader_joins(run: Path) -> None:
    append(run, *(step(at, 1 / at) for at in range(1, 40)), evaluation(39, 0.5))
    Mirror(run, TENSORBOARD).work()
    append(run, EventRecord(step=20, time=1e9, name="undo"), *(step(at, 2.0) for at in range(21, 30)), end())
    Mirror(run, TENSORBOARD).work()
    files = sorted((run / "tensorboard").iterdir())
    assert len(files) >= 1 and all(file.name.startswith("events.out.tfevents.") for file in files)
    state = state_of(open_log(run / "tensorboard", AS_IT_IS))
    assert state.step >= 29 and len(state.val_loss) == 1


def test_a_mirror_is_a_process_that_ends_with_its_training(run: Path) -> None:
    append(run, step(1, 1.0), end())
    (mirror,) = start_mirrors(run, [TENSORBOARD])
    assert mirror.wait() == 0
    assert read_progress(run / "mirror-tensorboard.json").offset == (run / METRICS).stat().st_size
    assert (run / "mirror-tensorboard.log").read_text() == ""


def test_of_each_kind_there_is_one_at_a_time(run: Path) -> None:
    lock = take_lock(run, TENSORBOARD)
    with pytest.raises(MirrorError, match="mirrored to tensorboard already"):
        start_mirrors(run, [TENSORBOARD])
    os.close(lock)


def test_a_mirror_in_the_foreground_goes_on_after_ctrl_c(run: Path) -> None:
    append(run, step(1, 1.0))
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, 2); print(1, flush=True); sys.stdin.read()",
            str(run / METRICS),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None and holder.stdout.readline()
    words = [*DLTUI, "mirror", str(run), "tensorboard"]
    command = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    while not read_progress(run / "mirror-tensorboard.json").offset:
        assert command.poll() is None
    command.send_signal(signal.SIGINT)
    _, told = command.communicate()
    assert command.returncode == 0 and "goes on from there" in told
    holder.communicate(b"")
    assert main(["mirror", str(run), "tensorboard"]) == 0


def test_words_name_mirrors() -> None:
    assert wanted(["tensorboard", "tensorboard=tb/x", "TensorBoard"]) == (
        TENSORBOARD,
        Wanted(kind="tensorboard", where="tb/x"),
    )
    with pytest.raises(UsageError, match="Did you mean 'tensorboard'"):
        wanted(["tensorbord"])


def test_without_its_package_there_is_no_mirror_to_wandb(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dltui.mirror.wanted.find_spec", lambda name: None)
    assert main(["train", "digits", "--mirror", "wandb", "--runs", str(tmp_path / "runs"), "--detach"]) == 2
    assert "pip install wandb" in capsys.readouterr().err and not (tmp_path / "runs").exists()
