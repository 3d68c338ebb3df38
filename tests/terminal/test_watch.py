"""The main road, in a real terminal: start a training, watch it, leave it, come back, see its end."""

from pathlib import Path

import pytest
from runlogs import wait_until
from terminal.program import Program, RunSeen, assert_in_one_piece, records, trainings
from terminal.terminal import SIZES, Size, Terminal

from dltui_trainers.runlog import EndRecord, EvalRecord, StepRecord

pytestmark = pytest.mark.slow

EPOCHS = 1000
"""Long enough to be left and found again, some seconds."""
STEPS_PER_EPOCH = 23


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_start_watch_leave_and_come_back(dltui: Program, runs: Path, size: Size) -> None:
    terminal = dltui("train", "digits", "--set", f"epochs={EPOCHS}", "--name", "story", size=size)
    seen = RunSeen(terminal)
    terminal.wait_for("● running")
    seen.wait_epoch(0)
    seen.wait_epoch(seen.epoch)

    seen.wait_axis("step")
    terminal.press("+")
    seen.wait_axis("step", from_start=False)
    seen.put_cursor()
    terminal.press("x")
    seen.wait_axis("epoch")
    terminal.press("y")
    terminal.wait_gone("loss (log)")
    assert_in_one_piece(terminal)

    terminal.press("q")
    terminal.wait_for("story is still training.")
    left_at = seen.epoch
    terminal.press("enter")
    assert terminal.wait_exit() == 0
    assert len(trainings(runs)) == 1

    again = dltui("story", size=size)
    seen = RunSeen(again)
    seen.wait_epoch(left_at)
    again.wait_for("✓ finished")
    again.wait_silent(0.5)
    _assert_whole_log_is_shown(seen, again.text, runs / "story")
    seen.put_cursor()
    _move_to_a_loss(again, seen)
    _assert_loss_is_of_the_log(seen, runs / "story")
    again.press("q")
    assert again.wait_exit() == 0


def test_quitting_can_stop_the_training(dltui: Program, runs: Path) -> None:
    terminal = dltui("train", "digits", "--set", "epochs=100000", "--name", "story")
    RunSeen(terminal).wait_epoch(0)
    terminal.press("q")
    terminal.wait_for("still training")
    terminal.press("s")
    assert terminal.wait_exit() == 0
    wait_until(lambda: not trainings(runs))
    last = records(runs / "story")[-1]
    assert isinstance(last, EndRecord)
    assert last.status == "stopped"
    dltui("story").wait_for("■ stopped")


def test_from_a_run_to_the_list_and_back(dltui: Program) -> None:
    terminal = dltui("train", "polynomial", "--name", "story")
    terminal.wait_for("✓ finished")
    terminal.press("escape")
    terminal.wait_for("1 run")
    terminal.wait_for("2000/2000")
    terminal.press("enter")
    terminal.wait_for("epoch 2000/2000")
    terminal.press("q")
    assert terminal.wait_exit() == 0


def _assert_whole_log_is_shown(seen: RunSeen, text: str, run: Path) -> None:
    log = records(run)
    steps = [record.step for record in log if isinstance(record, StepRecord)]
    evaluations = [record.step for record in log if isinstance(record, EvalRecord)]
    end = log[-1]
    assert isinstance(end, EndRecord)
    assert steps == sorted(set(steps))
    assert evaluations[-1] == end.step == EPOCHS * STEPS_PER_EPOCH
    assert seen.epoch == EPOCHS
    assert seen.step in (end.step, -1)  # 80 columns have no room for it
    assert end.best_val_loss is not None
    assert f"{float(end.best_val_loss):.4g}" in text


def _move_to_a_loss(terminal: Terminal, seen: RunSeen) -> None:
    """Move the cursor to the left; the training loss is a mean of several steps, and the last step may have none."""
    while seen.at_cursor is None:
        before = terminal.lines[1]
        terminal.press("left")
        terminal.wait_for(lambda before=before: terminal.lines[1] != before)


def _assert_loss_is_of_the_log(seen: RunSeen, run: Path) -> None:
    assert seen.at_cursor is not None
    step, loss = seen.at_cursor
    log = [record for record in records(run) if isinstance(record, StepRecord)]
    nearest = min(log, key=lambda record: abs(record.step - step))
    assert loss == pytest.approx(float(nearest.train_loss), rel=1e-3)
