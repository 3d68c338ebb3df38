"""A copy of a run's log, under any name and without its manifest: followed as the log of another program is."""

import os
import time
from pathlib import Path

from runlogs import end, evaluation, step

from dltui.formats import open_log, state_of
from dltui.formats.following.copied_run import CopyWatch
from dltui.runs.follow import FolderWatch
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui.services import Services
from dltui_trainers.runlog import to_line

SAMPLES = Path(__file__).parents[2] / "samples"


def test_the_services_follow_a_copy_as_a_run_of_ours(tmp_path: Path) -> None:
    copy = tmp_path / "mailed.jsonl"
    copy.write_bytes((SAMPLES / "overfitting" / "metrics.jsonl").read_bytes())
    watch = Services(tmp_path).watch(copy)
    assert isinstance(watch, CopyWatch)
    state = RunState()
    state.take(watch.look())
    whole = state_of(open_log(copy))
    assert state.status is RunStatus.FINISHED and state.step == whole.step == 1840
    assert len(state.train_loss) == len(whole.train_loss)
    assert isinstance(Services(tmp_path).watch(SAMPLES / "overfitting"), FolderWatch)


def test_a_copy_that_grows_is_running_until_its_end_comes(tmp_path: Path) -> None:
    copy = tmp_path / "log"
    copy.write_bytes(to_line(step(1, 2.0)))
    watch, state = CopyWatch(copy), RunState()
    state.take(watch.look())
    assert state.status is RunStatus.RUNNING and state.format == "dltui"
    with copy.open("ab") as file:
        file.write(to_line(step(2, 1.0)) + to_line(evaluation(2, 1.5)))
    state.take(watch.look())
    assert (state.step, len(state.val_loss)) == (2, 1)
    with copy.open("ab") as file:
        file.write(to_line(end()))
    state.take(watch.look())
    assert state.status is RunStatus.FINISHED


def test_a_copy_that_was_cut_off_is_quiet(tmp_path: Path) -> None:
    copy = tmp_path / "log"
    copy.write_bytes(to_line(step(1, 2.0)))
    os.utime(copy, (time.time() - 3600,) * 2)
    watch = CopyWatch(copy)
    assert watch.look().status is RunStatus.QUIET
