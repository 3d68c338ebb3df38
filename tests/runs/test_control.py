"""Asking a training for something: a line that nothing tears, and the answers that belong to it."""

import errno
import math
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asked import answering, commands, done, refused
from runlogs import Lock, append, end, evaluation, step, whole_run, write_run

from dltui.errors import ControlError
from dltui.runs import answered
from dltui.runs.answered import end_of_log
from dltui.runs.control import ask, await_answer, stop
from dltui.services import Services
from dltui_trainers.control import BLOCK_BYTES
from dltui_trainers.runlog import CONTROL, METRICS, Command, EventRecord, SystemRecord, to_line

LONG_S = 30.0


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that is at work as long as somebody holds its lock."""
    return write_run(tmp_path / "mine", whole_run(20)[:-1])


def test_a_command_is_one_line_for_the_user_alone(run: Path) -> None:
    id = ask(run, "set", hparam="lr", value=0.03, also={"augment": "flip,crop"}, by="script", reason="it jumps\n")
    (command,) = commands(run)
    assert command == Command(
        id=id,
        time=command.time,
        command="set",
        hparam="lr",
        value=0.03,
        also={"augment": "flip,crop"},
        by="script",
        reason="it jumps\n",
    )
    assert (run / CONTROL).read_bytes().count(b"\n") == 1
    assert (run / CONTROL).stat().st_mode & 0o777 == 0o600


def test_a_stop_is_a_command_and_the_services_ask_too(run: Path) -> None:
    ids = [stop(run, reason="enough"), Services(run.parent).ask(run, "set", hparam="lr", value=1.0, also={"l1": 0.1})]
    first, second = commands(run)
    assert [first.id, second.id] == ids and (first.command, first.by, first.reason) == ("stop", "user", "enough")
    assert (second.hparam, second.value, second.also, second.by) == ("lr", 1.0, {"l1": 0.1}, "user")


def test_ids_are_distinct_where_the_clock_stands_still(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dltui.runs.control.time.time_ns", lambda: 1_700_000_000_000_000_000)
    ids = [ask(run, "pause") for _ in range(50)]
    assert ids == sorted(set(ids))


def test_ids_of_another_process_differ_where_the_clock_is_coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    from dltui.runs.control import _Ids

    monkeypatch.setattr("dltui.runs.control.time.time_ns", lambda: 1_700_000_000_000_000_000)
    assert len({_Ids().new() for _ in range(20)}) > 15


@pytest.mark.parametrize("torn", [b'{"id": 1, "comm', b'{"id":1,"time":1.0,"command":"pause"}', b"\0"])
def test_a_line_that_somebody_left_torn_does_not_swallow_ours(run: Path, torn: bytes) -> None:
    (run / CONTROL).write_bytes(torn)
    id = ask(run, "resume")
    assert (run / CONTROL).read_bytes().startswith(torn + b"\n{")
    assert commands(run)[-1].id == id


def test_threads_and_processes_at_once_tear_no_line(run: Path) -> None:
    code = "import sys; from pathlib import Path; from dltui.runs.control import ask\n"
    code += "for _ in range(100): ask(Path(sys.argv[1]), 'set', hparam='lr', value=0.1, reason='x' * 3000)"
    others = [subprocess.Popen([sys.executable, "-c", code, str(run)]) for _ in range(2)]
    askers = (lambda: ask(run, "pause", reason="y" * 100), lambda: stop(run))
    threads = [threading.Thread(target=lambda asker: [asker() for _ in range(100)], args=(each,)) for each in askers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait() for other in others] == [0, 0]
    found = commands(run)
    # a line that was seen half written makes the next one begin with a newline
    lines = [line for line in (run / CONTROL).read_bytes().splitlines() if line]
    assert len(found) == len(lines) == 400
    assert len({command.id for command in found}) == 400
    assert {len(command.reason) for command in found} == {0, 100, 3000}


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_link(path: Path) -> None:
    (path.parent / "elsewhere").write_text("mine\n")
    path.symlink_to(path.parent / "elsewhere")


@pytest.mark.parametrize(
    ("plant", "why"),
    [(make_fifo, "not a regular file"), (make_link, "is a link"), (Path.mkdir, "directory")],
)
def test_what_is_planted_in_its_place_is_refused_at_once(run: Path, plant: Callable[[Path], Any], why: str) -> None:
    plant(run / CONTROL)
    with pytest.raises(ControlError, match=f"Cannot hand the command to mine: .*{why}"):
        ask(run, "stop")
    elsewhere = run / "elsewhere"
    assert not elsewhere.exists() or elsewhere.read_text() == "mine\n"


def test_a_folder_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match=r"mine: its folder is no longer there\.$"):
        ask(tmp_path / "mine", "stop")
    (tmp_path / "file").touch()
    with pytest.raises(ControlError, match="its folder is no longer there"):
        ask(tmp_path / "file", "stop")
    assert sorted(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES)), "Permission denied"),
        (OSError(errno.EROFS, os.strerror(errno.EROFS)), "Read-only file system"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "the disk is full"),
    ],
)
def test_a_folder_that_cannot_be_written(run: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, why: str) -> None:
    def refuse(*_: object) -> int:
        raise error

    monkeypatch.setattr("dltui.runs.control.os.open", refuse)
    with pytest.raises(ControlError, match=rf"^Cannot hand the command to mine: {why}\.$"):
        ask(run, "pause")


def test_a_disk_that_takes_half_a_line_is_full_and_the_next_line_stands_alone(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr("dltui.runs.control.os.write", lambda fd, line: write(fd, line[:20]))
        with pytest.raises(ControlError, match="the disk is full"):
            ask(run, "pause")
    id = ask(run, "resume")
    assert [command.id for command in commands(run)] == [id]


def test_a_line_that_the_training_would_drop_is_not_written(run: Path) -> None:
    with pytest.raises(ControlError, match="shorten the reason"):
        ask(run, "pause", reason="x" * BLOCK_BYTES)
    assert not (run / CONTROL).exists()
    ask(run, "pause", reason="x" * (BLOCK_BYTES - 200))
    assert len(commands(run)) == 1


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_is_not_written(run: Path, value: float) -> None:
    with pytest.raises(ControlError, match=rf"lr cannot be set to {value}: it is not a finite number"):
        ask(run, "set", hparam="lr", value=value)
    with pytest.raises(ControlError, match="dropout cannot be set"):
        ask(run, "set", hparam="lr", value=0.1, also={"dropout": value})
    assert not (run / CONTROL).exists()


def test_text_that_is_none_is_written_as_far_as_it_is(run: Path) -> None:
    ask(run, "pause", by="m\udce9", reason="caf\udce9 \x1b[31m")
    (command,) = commands(run)
    assert (command.by, command.reason) == ("m?", "caf? \x1b[31m")


def test_the_folder_of_a_message_cannot_steer_a_terminal(tmp_path: Path) -> None:
    with pytest.raises(ControlError) as caught:
        ask(tmp_path / "\x1b[31mred", "stop")
    assert "\x1b" not in str(caught.value)


def test_an_answer_is_awaited(run: Path) -> None:
    with answering(run, lambda command: [done(command, 20, from_=0.1), step(21)]):
        id = ask(run, "set", hparam="lr", value=0.03)
        (answer,) = await_answer(run, id, LONG_S, end_of_log(run))
    assert (answer.id, answer.hparam, answer.from_, answer.to) == (id, "lr", 0.1, 0.03)


def test_an_answer_that_was_there_before_anybody_looked_is_found(run: Path) -> None:
    with answering(run, lambda command: [done(command)]):
        since = end_of_log(run)
        first, second = ask(run, "pause"), ask(run, "resume")
        for id in (second, first):
            assert [each.id for each in await_answer(run, id, LONG_S, since)] == [id]
            assert [each.id for each in await_answer(run, id, LONG_S)] == [id]


def test_all_answers_to_one_command_are_returned_whatever_lies_between(run: Path) -> None:
    machine = SystemRecord(step=20, time=1.0, cpu=1.0, rss=1)

    def answer(command: Command) -> list[bytes | EventRecord | SystemRecord]:
        first, second = done(command, 20), to_line(done(command, 20, hparam="dropout"))
        foreign = EventRecord(step=20, time=1.0, name="checkpoint", id=command.id + 1)
        return [b"torn\n", foreign, first, machine, second[:10], second[10:]]

    with answering(run, answer):
        id = ask(run, "set", hparam="lr", value=0.03, also={"dropout": 0.5})
        assert [each.hparam for each in await_answer(run, id, LONG_S, end_of_log(run))] == ["lr", "dropout"]


def test_it_is_not_waited_for_more_when_the_training_goes_on(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answered, "SETTLED_S", LONG_S)
    for record in (step(21), evaluation(21, 0.5), EventRecord(step=21, time=1.0, name="lr_drop")):
        with Lock(run), monkeypatch.context() as patch:
            since = end_of_log(run)
            append(run, EventRecord(step=20, time=1.0, name="paused", id=7))
            patch.setattr(answered.time, "sleep", lambda _, record=record: append(run, record))
            assert len(await_answer(run, 7, 2 * LONG_S, since)) == 1


def test_a_refusal_is_an_answer(run: Path) -> None:
    with answering(run, lambda command: [refused(command, "too large")]):
        (answer,) = await_answer(run, ask(run, "set", hparam="lr", value=900.0), LONG_S)
    assert (answer.done, answer.reason) == (False, "too large")


@pytest.mark.parametrize("timeout_s", [0.0, 0.05])
def test_no_answer_in_time(run: Path, timeout_s: float) -> None:
    with Lock(run):
        assert await_answer(run, ask(run, "pause"), timeout_s) == ()


def test_nothing_is_waited_for_when_the_training_is_gone(run: Path, tmp_path: Path) -> None:
    assert await_answer(run, ask(run, "pause"), LONG_S) == ()  # nobody holds its lock
    with answering(run, lambda command: [step(21), end("stopped")]):
        assert await_answer(run, ask(run, "pause"), LONG_S) == ()
    assert await_answer(tmp_path / "nowhere", 1, LONG_S) == ()


def test_what_a_training_answered_last_is_seen(run: Path) -> None:
    with answering(run, lambda command: [done(command), end("stopped")]):
        id = stop(run)
        assert [each.name for each in await_answer(run, id, LONG_S)] == ["stop"]
    assert [each.name for each in await_answer(run, id, LONG_S)] == ["stop"]


def test_a_log_that_is_replaced_meanwhile(run: Path) -> None:
    def answer(command: Command) -> list[EventRecord]:
        (run / "new").write_bytes(to_line(done(command)))
        (run / "new").replace(run / METRICS)
        return []

    with answering(run, answer):
        id = ask(run, "pause")
        found = await_answer(run, id, LONG_S)  # the lock was that of the old one
    assert [each.id for each in found] == [id]
