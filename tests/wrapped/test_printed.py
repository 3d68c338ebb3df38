"""What a command prints: read as it comes, and kept within bounds."""

import os
from pathlib import Path

import pytest

from dltui.log_options import AS_IT_IS
from dltui.wrapped import printed
from dltui.wrapped.printed import Printed
from dltui_trainers.runlog import STDOUT


def losses(seen: Printed) -> list[float]:
    """Return the training losses that were read."""
    steps = seen.log.batch.steps if seen.log is not None else None
    return [] if steps is None else [float(each) for each in steps.values["train_loss"]]


def appended(path: Path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    (tmp_path / STDOUT).touch()
    return tmp_path / STDOUT


def test_lines_that_come_in_pieces(output: Path) -> None:
    seen = Printed(output.parent, AS_IT_IS)
    text = b"epoch 1 loss 0.5\nepoch 2 loss 0.25\r\nepoch 3 loss 0.125\n"
    for place in range(len(text)):
        appended(output, text[place : place + 1])
        seen.look()
    seen.look(at_end=True)
    assert losses(seen) == [0.5, 0.25, 0.125]


def test_the_newest_line_of_a_progress_bar_waits_for_the_next(output: Path) -> None:
    seen = Printed(output.parent, AS_IT_IS)
    appended(output, b"\r 1/9 loss=0.5\r 2/9 loss=0.25\r 3/9 loss=0.1")
    seen.look()
    assert losses(seen) == [0.5]
    seen.look(at_end=True)
    assert losses(seen) == [0.5, 0.25, 0.1]


def test_a_line_without_end_takes_no_memory(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printed, "LONGEST_LINE", 100)
    monkeypatch.setattr(printed, "PIECE_BYTES", 64)
    seen = Printed(output.parent, AS_IT_IS)
    appended(output, b"epoch 1 loss 0.5\n" + b"x" * 1000 + b"\nepoch 2 loss 0.25\n")
    seen.look()
    while seen.is_behind:
        seen.look()
        assert len(seen._rest) <= 100
    seen.look(at_end=True)
    assert losses(seen) == [0.5, 0.25]


def test_too_much_output_keeps_its_beginning_and_its_end(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printed, "MOST_BYTES", 4000)
    monkeypatch.setattr(printed, "HEAD_BYTES", 500)
    monkeypatch.setattr(printed, "TAIL_BYTES", 1000)
    seen = Printed(output.parent, AS_IT_IS)
    for step in range(1, 1001):
        appended(output, b"step %d loss 0.5\n" % step)
        seen.look()
        assert output.stat().st_size <= 4100
    seen.look(at_end=True)
    assert len(losses(seen)) == 1000  # nothing of what was dropped was left unread
    text = output.read_text()
    assert text.startswith("step 1 loss 0.5\n") and text.endswith("step 1000 loss 0.5\n")
    assert " bytes of output are left out here]\n" in text


def test_what_comes_too_fast_is_skipped_but_for_its_end(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printed, "FAR_BEHIND_BYTES", 10_000)
    monkeypatch.setattr(printed, "PIECE_BYTES", 1000)
    seen = Printed(output.parent, AS_IT_IS)
    appended(output, b"noise\n" * 10_000 + b"epoch 1 loss 0.5\nepoch 2 loss 0.25\n")
    seen.look(at_end=True)
    assert losses(seen) == [0.5, 0.25] and seen.skipped_bytes > 50_000


def test_a_file_that_is_gone_tells_nothing(tmp_path: Path) -> None:
    seen = Printed(tmp_path / "gone", AS_IT_IS)
    assert not seen.look() and not seen.look(at_end=True) and not seen.is_behind


def test_the_command_goes_on_to_append_while_it_is_cut(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printed, "MOST_BYTES", 1000)
    monkeypatch.setattr(printed, "HEAD_BYTES", 100)
    monkeypatch.setattr(printed, "TAIL_BYTES", 200)
    command = os.open(output, os.O_WRONLY | os.O_APPEND)
    seen = Printed(output.parent, AS_IT_IS)
    for step in range(1, 101):
        os.write(command, b"epoch %d loss 0.5\n" % step)
    seen.look()
    os.write(command, b"epoch 101 loss 0.25\n")
    os.close(command)
    seen.look(at_end=True)
    assert losses(seen)[-1] == 0.25 and b"\0" not in output.read_bytes()
