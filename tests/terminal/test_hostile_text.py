"""What a log says is shown, and never reaches the terminal as anything but text."""

from pathlib import Path

import pytest
from runlogs import START_S, Lock, end, whole_run, write_run
from terminal.program import Program, assert_in_one_piece
from terminal.terminal import NORMAL, SIZES, SMALL, Size, Terminal

from dltui_trainers.runlog import AnyRecord, EventRecord

pytestmark = pytest.mark.slow

TITLE = "\x1b]0;owned\x07"
CLEAR = "\x1b[2J"
RED = "\x1b[31m"
RED_IN_ONE = "\x9b31m"
OVERRIDE = "\u202e"
MARKUP = "[bold red]markup[/]"
WIDE = "漢字かな"
HOSTILE = f"{MARKUP}{RED}{CLEAR}{TITLE}{RED_IN_ONE}{OVERRIDE}evil {WIDE}"
NAME = f"run{MARKUP.replace('/', '')}{RED}{OVERRIDE}{WIDE}"
FORBIDDEN = [text.encode() for text in (TITLE, CLEAR, RED, RED_IN_ONE, OVERRIDE, "\x1b]0;", "\x9b")]


def _hostile_run(runs: Path, *, ended: bool) -> Path:
    event = EventRecord(step=50, time=START_S + 5, name=HOSTILE, by=HOSTILE, reason=HOSTILE)
    log: list[AnyRecord] = [*whole_run()[:-1], event]
    if ended:
        log.append(end("failed", error=HOSTILE))
    hparams = {HOSTILE: HOSTILE, "lr": 0.001, WIDE: RED}
    about = {"task": HOSTILE, "device": HOSTILE, "loss": HOSTILE, "git": HOSTILE, "hparams": hparams}
    output = f"{HOSTILE}\n{RED}red\n{CLEAR}clear\r\nTraceback (most recent call last)\n{WIDE * 60}\n\x00\x08nul\n"
    return write_run(runs / NAME, log, output, **about)


def _assert_harmless(terminal: Terminal) -> None:
    terminal.wait_silent(0.3)
    sent = bytes(terminal.raw)
    assert [each for each in FORBIDDEN if each in sent] == []
    assert_in_one_piece(terminal)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_hostile_run_is_shown_as_text(dltui: Program, runs: Path, size: Size) -> None:
    _hostile_run(runs, ended=True)
    terminal = dltui(NAME, size=size)
    terminal.wait_for("✗ Failed: [bold red]markup[/]␛[31m␛[2J")
    _assert_harmless(terminal)
    assert "run[bold red]markup[]␛[31m" in terminal.lines[0]
    if size != SMALL:  # there the facts have a screen of their own
        _assert_columns_stand(terminal)
    terminal.press("i")
    terminal.wait_for("Esc closes")
    _assert_harmless(terminal)
    terminal.press("escape")
    terminal.wait_gone("Esc closes")
    terminal.press("o")
    terminal.wait_for("␛[2Jclear")
    _assert_harmless(terminal)


def test_a_hostile_run_in_the_list_and_in_questions(dltui: Program, runs: Path) -> None:
    with Lock(_hostile_run(runs, ended=False)):
        terminal = dltui(size=NORMAL)
        terminal.wait_for("● running")
        terminal.wait_for("lr 0.001")  # of the preview
        _assert_harmless(terminal)
        terminal.press("enter")
        terminal.wait_for("epoch 10/10")
        terminal.press("k")
        terminal.wait_for("Stop run[bold red]")
        _assert_harmless(terminal)
        terminal.press("escape")
        terminal.wait_gone("Stop run[bold red]")
        terminal.press("q")
        terminal.wait_for("is still training.")
        _assert_harmless(terminal)


def _hostile_logs(here: Path) -> list[str]:
    """Logs of other programs with such names, columns and lines; the ends of lines in a name would part words."""
    name = NAME.replace("漢字かな", "")
    losses = [(n, 1 / n, 1.1 / n) for n in range(1, 30)]
    logs = {
        f"{name}.csv": f"epoch,loss,val_loss,lr{HOSTILE}\n" + "".join(f"{n},{a},{b},0.1\n" for n, a, b in losses),
        f"{name}.txt": "".join(f"{HOSTILE}: epoch {n} loss {a:.4f} val_loss {b:.4f} {HOSTILE}\n" for n, a, b in losses),
    }
    for each, text in logs.items():
        (here / each).write_text(text)
    return list(logs)


def test_hostile_logs_of_other_programs_in_the_list_and_on_their_screen(dltui: Program, runs: Path) -> None:
    _hostile_logs(runs.parent)
    terminal = dltui(size=NORMAL)
    terminal.wait_for("2 runs")
    terminal.wait_for("run[bold red]markup[]␛[31m")
    _assert_harmless(terminal)
    terminal.press("/")
    terminal.wait_for("words  -not")
    terminal.press("m", "a", "r", "k", "enter")
    _assert_harmless(terminal)
    terminal.press("enter")
    terminal.wait_for("esc Runs")
    _assert_harmless(terminal)
    terminal.press("i")
    terminal.wait_for("Esc closes")
    _assert_harmless(terminal)


def test_hostile_logs_compared_and_replayed(dltui: Program, runs: Path) -> None:
    one, other = _hostile_logs(runs.parent)
    terminal = dltui("compare", one, other, size=NORMAL)
    terminal.wait_for("compare  2 runs")
    terminal.wait_for("run[bold red]markup[]␛[31m")
    _assert_harmless(terminal)
    terminal.press("q")
    assert terminal.wait_exit() == 0
    terminal = dltui("replay", one, "--by", "steps", size=NORMAL)
    terminal.wait_for("▶ playing")
    terminal.press("end")
    terminal.wait_for("■ at the end")
    _assert_harmless(terminal)


def _assert_columns_stand(terminal: Terminal) -> None:
    """The line between the facts and the output is straight, whatever stands on either side of it."""
    rows = range(terminal.screen.lines - 4, terminal.screen.lines - 1)
    columns = range(terminal.screen.columns // 3, terminal.screen.columns)
    borders = [[column for column in columns if terminal.screen.buffer[row][column].data == "│"] for row in rows]
    assert borders[0] == borders[1] == borders[2] != []
