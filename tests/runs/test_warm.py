"""The engine's end of the pipe to the warm process: with made-up processes, and once with the real one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from runlogs import wait_until

from dltui.errors import ControlError, TorchMissingError
from dltui.runs.liveness import is_locked
from dltui.runs.warm import WarmProcess
from dltui_trainers.looked import DataReport, looked_decoder
from dltui_trainers.orders import Ended, Ready, Refused, Reply, Started
from dltui_trainers.runlog import METRICS

ECHO = """
import json, os, sys
print('{"reply":"ready","pid":%d}' % os.getpid(), flush=True)
for line in sys.stdin:
    order = json.loads(line)
    print(json.dumps({"reply": "refused", "id": order["id"], "reason": line}), flush=True)
"""
"""Refuses each order, for being what it is."""
TORN = """
import sys
for part in sys.argv[1:]:
    sys.stdout.write(part); sys.stdout.flush(); sys.stdin.readline()
"""
DEAF = """
import os, time
print('{"reply":"ready","pid":%d}' % os.getpid(), flush=True)
while True: time.sleep(1)
"""
PATIENCE_S = 60.0


def python(code: str, *words: str) -> list[str]:
    return [sys.executable, "-c", code, *words]


def replies_until(warm: WarmProcess, count: int) -> list[Reply]:
    """Wait for so many replies, or for the end."""
    found: list[Reply] = []
    until = time.monotonic() + PATIENCE_S
    while len(found) < count and warm.alive:
        assert time.monotonic() < until
        found += warm.replies(1.0)
    return found


def test_orders_are_numbered_and_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with WarmProcess(python(ECHO)) as warm:
        ids = [
            warm.train(Path("run"), "digits", {"lr": "0.1"}, ["dltui", "guide"]),
            warm.look(tmp_path / "answer", "digits", {}, [{"layers": "1"}]),
        ]
        ready, *answers = replies_until(warm, 3)
    assert isinstance(ready, Ready) and len(set(ids)) == 2
    assert [each.id for each in answers if isinstance(each, Refused)] == ids
    orders = [each.reason for each in answers if isinstance(each, Refused)]
    assert f'"folder":"{tmp_path}/run"' in orders[0] and '"command":["dltui","guide"]' in orders[0]
    assert f'"answer":"{tmp_path}/answer"' in orders[1] and '"models":[{"layers":"1"}]' in orders[1]


def test_a_reply_in_pieces_is_kept_until_it_is_whole() -> None:
    parts = ['{"reply":"star', 'ted","id":1,"pid":2}\nnonsense\n{"reply":"ended",', '"id":1,"status":-9}\n']
    with WarmProcess(python(TORN, *parts)) as warm:
        assert warm.replies(0.05) == []
        warm.look(Path("x"), "digits", {})  # each order is answered by the next part
        assert replies_until(warm, 1) == [Started(id=1, pid=2)]
        warm.look(Path("x"), "digits", {})
        assert replies_until(warm, 1) == [Ended(id=1, status=-9)]


def test_waiting_ends_after_its_time() -> None:
    with WarmProcess(python("input()")) as warm:
        assert warm.replies(0.0) == [] and warm.replies(0.01) == []
        assert warm.alive


def test_one_that_dies_is_no_longer_alive_and_takes_orders_in_silence() -> None:
    with WarmProcess(python('print(\'{"reply":"ready","pid":1}\')')) as warm:
        assert replies_until(warm, 2) == [Ready(pid=1)]
        assert not warm.alive
        warm.train(Path("run"), "digits", {}, [])
        assert warm.replies(PATIENCE_S) == []


def test_what_it_says_of_itself_goes_to_a_file(tmp_path: Path) -> None:
    with WarmProcess(python("import sys; print('trouble', file=sys.stderr)"), stderr=tmp_path / "log") as warm:
        replies_until(warm, 1)
    assert (tmp_path / "log").read_text() == "trouble\n"


def test_one_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dltui.runs.warm.CLOSE_S", 0.1)
    warm = WarmProcess(python(DEAF))
    ready = replies_until(warm, 1)[0]
    warm.close()
    warm.close()
    assert not warm.alive
    assert isinstance(ready, Ready)
    with pytest.raises(ProcessLookupError):
        os.kill(ready.pid, 0)


def test_what_cannot_be_started_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ControlError, match="cannot be started"):
        WarmProcess(["/nowhere/python"])
    monkeypatch.setattr("dltui.runs.warm.find_spec", lambda _: None)
    with pytest.raises(TorchMissingError, match="pip install"):
        WarmProcess()


@pytest.mark.slow
def test_trials_outlive_the_engine_that_is_killed(tmp_path: Path) -> None:
    engine = f"""
import sys
from pathlib import Path
from dltui.runs.warm import WarmProcess
warm = WarmProcess()
warm.train(Path({str(tmp_path)!r}) / "run", "moons", {{"epochs": "1000000"}}, [])
found = []
while len(found) < 2: found += warm.replies(60)
print(found[0].pid, found[1].pid, flush=True)
sys.stdin.read()
"""
    process = subprocess.Popen(python(engine), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    warm, trial = map(int, process.stdout.readline().split())
    assert os.getsid(warm) == warm
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    wait_until(lambda: not _is_running(warm))
    assert is_locked(tmp_path / "run" / METRICS)
    os.kill(trial, signal.SIGTERM)
    wait_until(lambda: not is_locked(tmp_path / "run" / METRICS))


@pytest.mark.slow
def test_the_real_one_looks_and_trains(tmp_path: Path) -> None:
    with WarmProcess() as warm:
        look = warm.look(tmp_path / "look.json", "moons", {}, [{}])
        train = warm.train(tmp_path / "run", "moons", {"epochs": "1"}, ["dltui"])
        replies = replies_until(warm, 5)
    assert isinstance(replies[0], Ready)
    ended = {each.id: each.status for each in replies if isinstance(each, Ended)}
    assert ended == {look: 0, train: 0}
    assert isinstance(looked_decoder.decode((tmp_path / "look.json").read_bytes()), DataReport)


def _is_running(pid: int) -> bool:
    """A zombie is not: who inherits orphans may be slow to bury them."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
