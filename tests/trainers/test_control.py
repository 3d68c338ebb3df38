"""What is read of the control file, and signals."""

import os
import signal
import time
from pathlib import Path

import pytest

from dltui_trainers import control as control_module
from dltui_trainers.control import BLOCK_BYTES, EARLY_S, BySignal, Control, Unusable
from dltui_trainers.runlog import CONTROL, Command, to_line


@pytest.fixture(autouse=True)
def _look_at_every_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_module, "POLL_S", 0.0)


def append(folder: Path, content: bytes) -> None:
    with (folder / CONTROL).open("ab") as file:
        file.write(content)


def stop(id: int = 7, **rest: float) -> bytes:
    return to_line(Command(id=id, time=rest.get("time", time.time()), command="stop", reason="lunch"))


def reasons(found: list[Command | Unusable]) -> list[str]:
    return [each.reason for each in found if isinstance(each, Unusable)]


def test_a_command_is_read_once(tmp_path: Path) -> None:
    control = Control(tmp_path)
    assert control.poll() == []
    append(tmp_path, stop())
    (found,) = control.poll()
    assert isinstance(found, Command) and (found.command, found.id, found.reason) == ("stop", 7, "lunch")
    assert control.poll() == []


def test_a_command_that_arrives_byte_by_byte_counts_once_it_is_whole(tmp_path: Path) -> None:
    control, line = Control(tmp_path), stop()
    for byte in line[:-1]:
        append(tmp_path, bytes([byte]))
        assert control.poll() == []
    append(tmp_path, b"\n")
    assert len(control.poll()) == 1


def test_foreign_lines_are_told_and_skipped(tmp_path: Path) -> None:
    control = Control(tmp_path)
    append(tmp_path, b'hello\n\n\xff\xfe\n[1]\n{"id": "x"}\n' + b"[" * 10**5 + b"\n" + stop())
    *foreign, last = control.poll()
    assert [each.name for each in foreign if isinstance(each, Unusable)] == ["unknown_command"] * 5
    assert isinstance(last, Command)


def test_a_line_without_end_is_dropped_and_the_next_one_counts(tmp_path: Path) -> None:
    control = Control(tmp_path)
    append(tmp_path, b"x" * (3 * BLOCK_BYTES))
    for _ in range(5):
        assert control.poll() == []
    append(tmp_path, b"x\n" + stop())
    found = control.poll()
    assert len(reasons(found)) == 1 and isinstance(found[-1], Command)


def test_a_long_file_is_read_piece_by_piece_and_nothing_is_lost(tmp_path: Path) -> None:
    append(tmp_path, b"".join(stop(id) for id in range(30_000)))
    control = Control(tmp_path)
    found = [each.id for _ in range(10) for each in control.poll()]
    assert found == list(range(30_000))


def test_a_command_of_the_same_id_is_not_carried_out_again(tmp_path: Path) -> None:
    control = Control(tmp_path)
    append(tmp_path, stop() + stop())
    first, second = control.poll()
    assert isinstance(first, Command)
    assert isinstance(second, Unusable) and second.id == 7 and "answered already" in second.reason


def test_a_command_from_before_the_training_is_stale(tmp_path: Path) -> None:
    now = time.time()
    append(tmp_path, stop(1, time=now - EARLY_S - 1) + stop(2, time=float(-1)) + stop(3, time=now - 1))
    found = Control(tmp_path).poll()
    assert ["older than this training" in each for each in reasons(found)] == [True, True]
    assert isinstance(found[2], Command)  # given while the training still started


def test_what_lasts_is_heard_however_old_it_is(tmp_path: Path) -> None:
    append(tmp_path, stop(1, time=time.time() - EARLY_S - 1))
    assert [each.id for each in Control(tmp_path, lasting=("stop",)).poll() if not isinstance(each, Unusable)] == [1]


def test_an_unknown_command_is_told_what_there_is(tmp_path: Path) -> None:
    append(tmp_path, to_line(Command(id=1, time=time.time(), command="fly")))
    (found,) = Control(tmp_path).poll()
    assert isinstance(found, Unusable) and (found.name, found.id) == ("unknown_command", 1)
    assert "set, pause, resume, stop, checkpoint, undo" in found.reason


def test_a_file_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    control = Control(tmp_path)
    append(tmp_path, stop(1) + stop(2))
    assert len(control.poll()) == 2
    (tmp_path / CONTROL).write_bytes(stop(2))
    assert len(reasons(control.poll())) == 1  # done already
    append(tmp_path, stop(3))
    assert isinstance(control.poll()[0], Command)


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    for make in (os.mkfifo, os.mkdir):
        make(tmp_path / CONTROL)
        assert Control(tmp_path).poll() == []
        (os.rmdir if make is os.mkdir else os.unlink)(tmp_path / CONTROL)
    (tmp_path / CONTROL).symlink_to(tmp_path / "nowhere")
    assert Control(tmp_path).poll() == []


def test_between_two_looks_the_file_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_module, "POLL_S", 3600.0)
    control = Control(tmp_path)
    control.poll()
    append(tmp_path, stop())
    assert control.poll() == []
    assert len(control.poll(at_once=True)) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    monkeypatch.setattr(control_module, "POLL_S", 3600.0)
    kept = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        control = Control(tmp_path)
        control.listen_to_signals()
        control.poll()
        os.kill(os.getpid(), signal.SIGHUP)
        assert control.poll() == []
        os.kill(os.getpid(), number)
        (found,) = control.poll()
    finally:
        for each, handler in kept.items():
            signal.signal(each, handler)
    assert isinstance(found, BySignal)
    assert (found.command, found.by, found.reason) == ("stop", "signal", number.name)
