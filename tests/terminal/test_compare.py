"""Three runs laid over each other, in a real terminal of every size and with every set of colours."""

import re
from pathlib import Path

import pytest
from runlogs import Lock, evaluation, whole_run, write_run
from terminal.program import Program, assert_in_one_piece, sgr_numbers
from terminal.terminal import NORMAL, SIZES, Size

from dltui_trainers.runlog import METRICS, to_line

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parents[2] / "samples"
THREE = [str(SAMPLES / name) for name in ("healthy", "overfitting", "underfitting")]
SIXTEEN = {*range(10), *range(21, 30), 39, 49, *range(30, 38), *range(40, 48), *range(90, 98), *range(100, 108)}
NONE = {*range(10), *range(21, 30), 39, 49}


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_compare_of_three_runs(dltui: Program, size: Size) -> None:
    terminal = dltui("compare", *THREE, size=size)
    for fact in ("compare  3 runs", "good fit", "▲ overfitting", "▼ underfitting", "hyperparameters that differ: 6"):
        terminal.wait_for(fact)
    assert_in_one_piece(terminal)
    assert "●A healthy" in terminal.lines[1] and re.search(r"●A +■B +◆C", terminal.text)
    row = next(line for line in terminal.lines if "●A  healthy" in line)
    assert "0.1256 ★" in row
    looks = {terminal.look_of(sign).foreground for sign in ("●A", "■B", "◆C")}
    assert len(looks) == 3
    terminal.wait_silent(1.2)
    terminal.press("2")
    terminal.wait_for(lambda: terminal.lines[1].startswith("training loss, smoothed 0.9"))
    terminal.press("left")
    terminal.wait_for("at step")
    terminal.press("escape")
    terminal.wait_gone("at step")
    terminal.press("a")
    terminal.wait_for("batch_size")
    terminal.press("down", "h")
    terminal.wait_for("overfitting (hidden)")
    terminal.wait_for(lambda: "■B" not in terminal.lines[1])
    terminal.press("?")
    terminal.wait_for("Keys: compare")
    terminal.press("escape")
    terminal.wait_gone("Keys: compare")
    terminal.press("enter")
    terminal.wait_for("epoch 80/80")
    terminal.press("escape")
    terminal.wait_for("compare  3 runs")
    terminal.press("q")
    assert terminal.wait_exit() == 0


@pytest.mark.parametrize(
    ("environment", "allowed"), [({"TERM": "xterm"}, SIXTEEN), ({"NO_COLOR": "1"}, NONE)], ids=["16", "none"]
)
def test_with_few_colours(dltui: Program, environment: dict[str, str], allowed: set[int]) -> None:
    terminal = dltui("compare", *THREE, environment=environment)
    for fact in ("▸ ●A  healthy", "▲ overfitting", "▼ underfitting", "0.1256 ★"):
        terminal.wait_for(fact)
    terminal.press("down")
    terminal.wait_for("▸ ■B  overfitting")
    terminal.press("q")
    assert terminal.wait_exit() == 0
    assert sgr_numbers(bytes(terminal.raw)) <= allowed


def test_a_live_run_grows_beside_a_finished_one(dltui: Program, runs: Path) -> None:
    write_run(runs / "done", whole_run())
    live = write_run(runs / "live", whole_run()[:-1])
    with Lock(live):
        terminal = dltui("compare", "done", "live", size=NORMAL)
        terminal.wait_for("● running")
        terminal.wait_for("■B  live")
        with (live / METRICS).open("ab") as log:
            log.write(to_line(evaluation(110, 0.0625)))
        terminal.wait_for("0.0625 ★")
        terminal.press("q")
        assert terminal.wait_exit() == 0
