"""Commands and signals become answers."""

import os
import signal
from pathlib import Path

import pytest

from dltui_trainers import control as control_module
from dltui_trainers.control import Control
from dltui_trainers.runlog import CONTROL, Command, to_line


@pytest.fixture(autouse=True)
def _look_at_every_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_module, "POLL_S", 0.0)


def append(folder: Path, content: bytes) -> None:
    with (folder / CONTROL).open("ab") as file:
        file.write(content)


STOP = to_line(Command(id=7, time=0.0, command="stop", by="user", reason="lunch"))


def test_stop_is_carried_out_and_answered(tmp_path: Path) -> None:
    control = Control(tmp_path)
    assert control.poll(1) == [] and not control.stopping
    append(tmp_path, STOP)
    (answer,) = control.poll(5)
    assert (answer.name, answer.id, answer.by, answer.reason, answer.done, answer.step) == (
        "stop",
        7,
        "user",
        "lunch",
        True,
        5,
    )
    assert control.stopping
    assert control.poll(6) == []


def test_other_commands_are_refused_with_the_reason(tmp_path: Path) -> None:
    control = Control(tmp_path)
    append(tmp_path, to_line(Command(id=8, time=0.0, command="set", hparam="lr", value=0.1)))
    (answer,) = control.poll(1)
    assert (answer.name, answer.id, answer.done, answer.reason) == ("set", 8, False, control_module.REFUSED)
    assert not control.stopping


def test_a_command_that_arrives_byte_by_byte_counts_once_it_is_whole(tmp_path: Path) -> None:
    control = Control(tmp_path)
    for byte in STOP[:-1]:
        append(tmp_path, bytes([byte]))
        assert control.poll(1) == []
    append(tmp_path, b"\n")
    assert len(control.poll(1)) == 1


def test_foreign_lines_are_told_and_skipped(tmp_path: Path) -> None:
    control = Control(tmp_path)
    append(tmp_path, b"hello\n\n\xff\xfe\n" + STOP)
    answers = control.poll(1)
    assert [answer.done for answer in answers] == [False, False, True]
    assert control.unread_lines == 2


def test_a_command_given_while_the_training_still_starts_counts(tmp_path: Path) -> None:
    append(tmp_path, STOP)
    control = Control(tmp_path)
    assert len(control.poll(0)) == 1 and control.stopping


def test_between_two_looks_the_file_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_module, "POLL_S", 3600.0)
    control = Control(tmp_path)
    control.poll(1)
    append(tmp_path, STOP)
    assert control.poll(2) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    monkeypatch.setattr(control_module, "POLL_S", 3600.0)
    kept = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        control = Control(tmp_path)
        control.listen_to_signals()
        control.poll(1)
        os.kill(os.getpid(), signal.SIGHUP)
        assert control.poll(2) == []
        os.kill(os.getpid(), number)
        (answer,) = control.poll(3)
    finally:
        for each, handler in kept.items():
            signal.signal(each, handler)
    assert (answer.name, answer.by, answer.reason, answer.id) == ("stop", "signal", number.name, None)
    assert control.stopping
