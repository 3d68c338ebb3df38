"""Logs that another program writes, in a real terminal: found without a word, followed, cut, replaced, joined."""

from pathlib import Path

import pytest
from runlogs import wait_until
from terminal.program import Program, assert_in_one_piece
from terminal.terminal import NORMAL, SIZES, Size
from trees import DECOYS, EPOCHS, write_tree

pytestmark = pytest.mark.slow


def add(log: Path, *epochs: int) -> None:
    """Write those epochs at the end of the log."""
    with log.open("a") as file:
        for epoch in epochs:
            file.write(f"{epoch},{1 / (epoch + 1)},{1 / (epoch + 1) + 0.1}\n")


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_log_that_grows_is_shown_without_a_word(dltui: Program, runs: Path, size: Size) -> None:
    here = runs.parent
    decoys = {name: text for name, text in DECOYS.items() if not name.startswith(("hf", "wandb"))}
    write_tree(here, {**decoys, "exp/log.csv": "epoch,loss,val_loss\n"})
    terminal = dltui(size=size)
    add(here / "exp/log.csv", 0, 1, 2)
    terminal.wait_for("exp/log.csv")
    terminal.wait_for("0.4333")
    add(here / "exp/log.csv", *range(3, 30))
    terminal.wait_for("0.1333")
    terminal.wait_for("step 0")  # the preview's axis
    terminal.press("enter")
    terminal.wait_for("log.csv ─ ● running")
    assert_in_one_piece(terminal)
    terminal.press("escape")
    terminal.wait_for("1 run, 1 at work in runs and this folder")
    terminal.wait_for("Filter")
    terminal.press("q")
    assert terminal.wait_exit() == 0


def test_a_folder_is_watched_as_logs_come_are_cut_and_replaced(dltui: Program, runs: Path) -> None:
    here = runs.parent
    write_tree(here, {"logs/a.csv": EPOCHS, "logs/b.csv": EPOCHS, "other/c.csv": EPOCHS})
    terminal = dltui("watch", "logs/*.csv", size=NORMAL)
    terminal.wait_for("2 runs")
    terminal.wait_for("logs/b.csv")
    assert "c.csv" not in terminal.text
    (here / "logs/a.csv").write_text("epoch,loss,val_loss\n0,9.0,8.75\n")
    terminal.wait_for("8.75")
    (here / "logs/b.csv").rename(here / "logs/b.csv.1")
    write_tree(here, {"logs/b.csv": "epoch,loss,val_loss\n0,7.0,6.25\n"})
    terminal.wait_for("6.25")
    write_tree(here, {"logs/new.csv": EPOCHS})
    terminal.wait_for("logs/new.csv")
    terminal.press("q")
    assert terminal.wait_exit() == 0


@pytest.mark.parametrize("words", [["watch", "exp"], ["exp/log.csv"], ["exp"]], ids=" ".join)
def test_one_log_is_opened_itself_and_the_list_is_behind_it(dltui: Program, runs: Path, words: list[str]) -> None:
    write_tree(runs.parent, {"exp/log.csv": EPOCHS})
    terminal = dltui(*words)
    terminal.wait_for("loss")
    terminal.wait_for("best 0.3")
    add(runs.parent / "exp/log.csv", 9)
    terminal.wait_for("best 0.2")
    terminal.press("escape")
    terminal.wait_for("1 run")
    terminal.press("q")
    assert terminal.wait_exit() == 0


def test_the_terminal_rings_and_a_command_runs_when_a_training_ends(dltui: Program, runs: Path) -> None:
    told = runs.parent / "told"
    words = ["--notify", f'echo "$DLTUI_EVENT $DLTUI_RUN" >> {told}', "--bell"]
    terminal = dltui("train", "polynomial", "--name", "story", *words)
    terminal.wait_for("✓ finished")
    wait_until(lambda: (terminal.read(0.1), told.exists() and "ended story\n" in told.read_text())[1])
    terminal.wait_for("story has finished at epoch")
    assert b"\x07" in terminal.raw
    terminal.press("q")
    assert terminal.wait_exit() == 0
