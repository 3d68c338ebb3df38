"""Real commands, followed from their start to their last record: what they print, what they write, how they end."""

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest
from runlogs import wait_until
from wrapped.commands import follow

from dltui.errors import UsageError
from dltui.runs import control
from dltui.runs.answered import answers
from dltui.runs.liveness import judge
from dltui.runs.status import RunStatus
from dltui_trainers.runlog import Parent

PRINTS = "for i in range(1, 6): print(f'epoch {i} loss {1 / i:.2f} val_loss {1 / i + 0.1:.2f}')"
GOES_ON = """\
import time
for i in range(1, 10000):
    print('epoch', i, 'loss', 1 / i)
    time.sleep(0.02)
"""
WAITS = """
import time
until = time.monotonic() + 60
log = os.environ["DLTUI_RUN_DIR"] + "/metrics.jsonl"
while '"kind":"step"' not in open(log).read() and time.monotonic() < until:
    time.sleep(0.05)
"""
"""Lets a script end only when something of what it wrote was found, and not much later if nothing is."""
LOSSES = [(1, 1.0), (2, 0.5), (3, 0.33), (4, 0.25), (5, 0.2)]


def test_what_a_script_prints_becomes_its_log(tmp_path: Path) -> None:
    seen = follow(tmp_path, PRINTS)
    assert seen.wait() == 0
    assert seen.steps == LOSSES
    assert [step for step, _ in seen.evals] == [1, 2, 3, 4, 5]
    assert (seen.end.status, seen.end.best_step, seen.end.best_val_loss) == ("finished", 5, 0.3)
    assert seen.output.startswith("epoch 1 loss 1.00 ")
    assert seen.sources == ["what it prints"]


def test_the_manifest_tells_the_command_and_what_it_listens_to(tmp_path: Path) -> None:
    parent = Parent(run="before", step=3, changed={"lr": 0.1})
    seen = follow(tmp_path, "print('Namespace(lr=0.1, epochs=9)')\n" + PRINTS, name=None, parent=parent)
    assert seen.run.name == "before-2"
    seen.wait()
    told = seen.manifest
    assert (told.source, told.task, told.cwd) == ("command", "train.py", str(seen.work.resolve()))
    assert (told.commands, told.settable) == (["pause", "resume", "stop"], [])
    assert told.command == [sys.executable, "train.py"] and told.parent == parent
    assert told.hparams["lr"] == 0.1 and (told.epochs, told.steps_per_epoch) == (9, 1)


@pytest.mark.parametrize(
    ("script", "code", "error"),
    [
        ("raise ValueError('bad lr')", 1, "ValueError: bad lr (exit status 1)"),
        ("raise SystemExit(3)", 3, "exit status 3"),
        ("import os; os.kill(os.getpid(), 9)", 137, "killed by SIGKILL"),
        ("import os; os.abort()", 134, "killed by SIGABRT"),
    ],
)
def test_a_failure_is_told_with_its_reason_and_its_status(tmp_path: Path, script: str, code: int, error: str) -> None:
    seen = follow(tmp_path, script)
    assert seen.wait() == code
    assert (seen.end.status, seen.end.error) == ("failed", error)


def test_the_source_that_a_traceback_quotes_tells_no_loss(tmp_path: Path) -> None:
    seen = follow(tmp_path, PRINTS + "\nprint(f'epoch {7 / 0} loss {2 / 1}')")
    assert seen.wait() == 1
    assert seen.steps == LOSSES


def test_a_written_log_is_taken_in_the_place_of_what_is_printed(tmp_path: Path) -> None:
    seen = follow(
        tmp_path,
        """
print("epoch 1 loss 0.9", flush=True)
with open("metrics.csv", "w") as file:
    file.write("step,train_loss,val_loss\\n")
    for i in range(10, 60, 10):
        file.write(f"{i},{1 / i},{2 / i}\\n")
""",
    )
    assert seen.wait() == 0
    assert seen.steps == [(i, 1 / i) for i in range(10, 60, 10)]
    assert [step for step, _ in seen.evals] == [10, 20, 30, 40, 50]
    assert seen.sources[-1] == "metrics.csv"


def test_a_log_that_is_rewritten_whole_gives_each_row_once(tmp_path: Path) -> None:
    seen = follow(
        tmp_path,
        """
import json, os, time
rows = []
for i in range(1, 8):
    rows += [{"step": i, "epoch": i / 2, "loss": 1 / i}, {"step": i, "epoch": i / 2, "eval_loss": 2 / i}]
    os.makedirs(f"out/checkpoint-{i}", exist_ok=True)
    with open(f"out/checkpoint-{i}/trainer_state.json", "w") as file:
        json.dump({"log_history": rows, "max_steps": 7, "num_train_epochs": 4}, file)
    time.sleep(0.15)
""",
    )
    assert seen.wait() == 0
    assert seen.steps == [(i, 1 / i) for i in range(1, 8)]
    assert seen.evals == [(i, 2 / i) for i in range(1, 8)]


def test_a_torn_row_is_waited_for_and_one_that_stays_torn_is_left_out(tmp_path: Path) -> None:
    seen = follow(
        tmp_path,
        """
import time
with open("log.csv", "w") as file:
    file.write("epoch,train_loss,val_loss\\n1,0.5,0.6\\n2,0.4,0.5\\n3,0.3")
    file.flush()
    time.sleep(0.6)
    file.write("5,0.45\\n4,")
""",
    )
    assert seen.wait() == 0
    assert seen.steps[:3] == [(1, 0.5), (2, 0.4), (3, 0.35)]


def test_rows_from_before_the_command_are_none_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "work" / "log.csv"
    log.parent.mkdir()
    log.write_text("epoch,train_loss,val_loss\n1,9,9\n2,8,8\n")
    os.utime(log, (1e9, 1e9))
    seen = follow(
        tmp_path,
        """
with open("log.csv", "a") as file:
    file.write("1,0.5,0.6\\n2,0.4,0.5\\n")
""",
    )
    assert seen.wait() == 0
    assert seen.steps == [(1, 0.5), (2, 0.4)]


def test_a_log_elsewhere_is_found_where_it_was_said_to_be_or_where_the_command_goes(tmp_path: Path) -> None:
    writes = "open({!r}, 'w').write('epoch,train_loss,val_loss\\n1,2,3\\n2,1,2\\n')"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    named = follow(tmp_path, writes.format(str(elsewhere / "a.csv")), watch=[str(elsewhere)])
    (tmp_path / "other").mkdir()
    gone_to = follow(tmp_path / "other", f"import os; os.chdir({str(elsewhere)!r}); {writes.format('b.csv')}" + WAITS)
    assert (named.wait(), gone_to.wait()) == (0, 0)
    assert named.steps == gone_to.steps == [(1, 2.0), (2, 1.0)]


def test_a_command_that_removes_its_folder_is_followed_all_the_same(tmp_path: Path) -> None:
    text = "import os, shutil\nshutil.rmtree(os.getcwd())\nfor i in range(1, 4): print(f'step {i} loss {i}')"
    followed = follow(tmp_path, text)
    assert followed.wait() == 0
    assert followed.steps == [(1, 1.0), (2, 2.0), (3, 3.0)] and followed.end.status == "finished"


def test_what_a_command_leaves_behind_is_the_training(tmp_path: Path) -> None:
    loop = "for i in 1 2 3; do sleep 0.2; echo epoch $i loss 0.$i; done"
    seen = follow(tmp_path, ["sh", "-c", f"({loop}; exit 4) & exit 0"])
    assert seen.wait() == 4
    assert seen.steps == [(1, 0.1), (2, 0.2), (3, 0.3)]
    assert seen.end.error == "exit status 4"


def test_what_a_training_leaves_behind_is_not_waited_for(tmp_path: Path) -> None:
    seen = follow(tmp_path, PRINTS + "\nimport subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid)")
    assert seen.wait() == 0
    psutil.Process(int(seen.output.split()[-1])).kill()


def test_a_daemon_is_followed_to_its_end(tmp_path: Path) -> None:
    seen = follow(
        tmp_path,
        """
import os, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
with open("train.log", "w") as file:
    for i in range(1, 5):
        print(f"epoch {i} train_loss {1 / i}", file=file, flush=True)
        time.sleep(0.1)
""",
    )
    assert seen.wait() == 0
    assert [step for step, _ in seen.steps] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("script", "steps"),
    [
        ("", []),
        ("import sys; assert sys.stdin.read() == ''", []),
        ("import os; os.write(1, os.urandom(3000000))", None),
        ("print('x' * 10_000_000)\n" + PRINTS, LOSSES),
        ("print('\\r'.join(['x'] * 1000000))\n" + PRINTS, LOSSES),
        ("import os, shutil; shutil.rmtree(os.environ['DLTUI_RUN_DIR'])\n" + PRINTS, None),
    ],
    ids=["silent", "reads", "binary", "no newline", "carriage returns", "deletes its folder"],
)
def test_whatever_it_does_it_ends_as_it_would_alone(
    tmp_path: Path, script: str, steps: list[tuple[int, float]] | None
) -> None:
    seen = follow(tmp_path, script)
    assert seen.wait() == 0
    if steps is not None:
        assert seen.steps == steps


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["no-such-program"], "there is no program of that name"),
        (["./no-such-file"], "there is no such file"),
        (["./plain"], "is not executable; try 'sh ./plain'"),
        (["./folder"], "it is a folder"),
        (["./headless"], "first line"),
        ([], "What to run is missing"),
    ],
)
def test_what_cannot_be_run_is_said_and_leaves_nothing(tmp_path: Path, words: list[str], why: str) -> None:
    work = tmp_path / "work"
    (work / "folder").mkdir(parents=True)
    (work / "plain").write_text("echo")
    (work / "headless").write_text("echo")
    (work / "headless").chmod(0o755)
    with pytest.raises(UsageError, match=why.replace(".", r"\.")):
        follow(tmp_path, words)
    assert not list(tmp_path.glob("runs/*"))


def test_a_shell_script_hears_its_environment(tmp_path: Path) -> None:
    seen = follow(tmp_path, ["sh", "-c", "echo $COLUMNS $DLTUI_RUN_DIR $PYTHONUNBUFFERED"], env={"COLUMNS": "77"})
    assert seen.wait() == 0
    assert seen.output.split() == ["77", str(seen.run.resolve()), "1"]


def test_pause_resume_and_stop(tmp_path: Path) -> None:
    seen = follow(tmp_path, ["sh", "-c", f'{sys.executable} -c "{GOES_ON}"'])
    wait_until(lambda: "epoch 3" in seen.output)
    [paused] = answers(seen.run, control.ask(seen.run, "pause", reason="lunch"), 10)
    assert (paused.name, paused.done, paused.reason) == ("paused", True, "lunch")
    stopped = [each for each in psutil.process_iter() if each.status() == psutil.STATUS_STOPPED]
    assert any(seen.work.resolve() == Path(each.cwd()) for each in stopped)
    [resumed] = answers(seen.run, control.ask(seen.run, "resume"), 10)
    assert resumed.name == "resumed"
    before = seen.output
    wait_until(lambda: seen.output != before)
    [refused] = answers(seen.run, control.ask(seen.run, "set", hparam="lr", value=0.1), 10)
    assert not refused.done and "start_run" in refused.reason
    control.ask(seen.run, "pause")
    control.stop(seen.run)
    seen.wait()
    assert seen.end.status == "stopped" and seen.end.error is None
    assert "KeyboardInterrupt" in seen.output


def test_a_second_stop_ends_what_does_not_hear_the_first(tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(signal.SIGINT, lambda *_: print('heard', flush=True))\n"
    seen = follow(tmp_path, deaf + GOES_ON)
    wait_until(lambda: "epoch 3" in seen.output)
    control.stop(seen.run)
    wait_until(lambda: "heard" in seen.output)
    control.stop(seen.run)
    assert seen.wait() == 128 + signal.SIGTERM
    assert seen.end.status == "stopped"


def test_signals_are_handed_on(tmp_path: Path) -> None:
    seen = follow(tmp_path, GOES_ON)
    wait_until(lambda: "epoch 3" in seen.output)
    seen.process.send_signal(signal.SIGINT)
    assert seen.wait() == 128 + signal.SIGINT
    assert seen.end.status == "stopped"


def test_the_command_goes_on_when_who_follows_it_is_killed(tmp_path: Path) -> None:
    seen = follow(tmp_path, GOES_ON)
    wait_until(lambda: "epoch 3" in seen.output)
    command = psutil.Process(seen.manifest.pid)
    seen.process.kill()
    seen.wait()
    before = seen.output
    wait_until(lambda: seen.output != before)
    assert judge(seen.run, seen.manifest, None) is RunStatus.KILLED
    command.kill()


CLAIMS = """
import os, json, time
folder = os.environ["DLTUI_RUN_DIR"]
os.close(os.open(folder + "/recorder.json", os.O_CREAT | os.O_EXCL))
log = open(folder + "/metrics.jsonl", "a")
print(json.dumps({"kind": "step", "step": 7, "time": time.time(), "train_loss": 0.5}), file=log, flush=True)
time.sleep(0.6)
print("epoch 1 loss 9\\nepoch 2 loss 9", flush=True)
time.sleep(0.6)
"""


def test_a_recorder_that_claims_the_run_has_it_alone(tmp_path: Path) -> None:
    seen = follow(tmp_path, CLAIMS + "raise ValueError('late')")
    assert seen.wait() == 1
    assert seen.steps == [(7, 0.5)] and not seen.events
    assert (seen.end.status, seen.end.step, seen.end.error) == ("failed", 7, "ValueError: late (exit status 1)")


def test_the_end_that_a_recorder_wrote_is_the_only_one(tmp_path: Path) -> None:
    seen = follow(
        tmp_path,
        CLAIMS
        + "print(json.dumps({'kind': 'end', 'step': 7, 'time': 1.0, 'status': 'finished'}), file=log, flush=True)",
    )
    assert seen.wait() == 0
    assert [each.time for each in seen.records if each.__class__.__name__ == "EndRecord"] == [1.0]
