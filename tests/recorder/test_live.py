"""What a person can do to a user's script while it trains, and what is answered."""

import threading
import time
from pathlib import Path

import pytest
import torch
from torch import nn

from dltui.runs.control import ask
from dltui_trainers.kept import read_head
from dltui_trainers.recorder import Run, live, start_run
from dltui_trainers.recorder.script_commands import KINDS, NEVER_ASKED, NO_STATE
from dltui_trainers.recorder.script_dials import NOT_WATCHED
from dltui_trainers.runlog import CHECKPOINTS, StepRecord
from recorder.kept import end_of, read_log, read_manifest, run_script
from recorder.scripted import Net, Script, events, folder_of, until


@pytest.fixture
def run() -> Run:
    return start_run("test", hparams={"batch_size": 16})


@pytest.fixture
def script(run: Run) -> Script:
    script = Script(run)
    run.watch(script.model, script.optimizer)
    return script


# what the manifest tells


def test_the_manifest_tells_what_can_be_set_and_what_the_network_is(run: Run, script: Script) -> None:
    told = read_manifest(folder_of(run))
    assert told.settable == ["lr", "weight_decay", "momentum", "dropout"] and told.commands == list(KINDS)
    assert told.hparams == {
        "batch_size": 16,
        "lr": 1e-3,
        "weight_decay": 0.01,
        "momentum": 0.9,
        "dropout": 0.1,
        "optimizer": "adamw",
    }
    assert told.model is not None and told.device == "cpu"
    assert [(each.name, each.module, each.optimized) for each in told.model.layers] == [
        ("first.weight", "Linear", True),
        ("first.bias", "Linear", True),
        ("last.weight", "Linear", True),
        ("last.bias", "Linear", True),
    ]


def test_what_the_script_tells_itself_stays_as_it_is() -> None:
    run = start_run("told", hparams={"lr": 0.5, "optimizer": "mine"})
    script = Script(run)
    run.watch(script.model, script.optimizer)
    hparams = read_manifest(folder_of(run)).hparams
    assert (hparams["lr"], hparams["optimizer"], hparams["dropout"]) == (0.5, "mine", 0.1)


def test_a_parameter_that_no_optimiser_has_is_told(run: Run) -> None:
    model = Net()
    run.watch(model, torch.optim.SGD(model.last.parameters(), lr=0.1, momentum=0.9))
    told = read_manifest(folder_of(run))
    assert told.model is not None and [each.optimized for each in told.model.layers] == [False, False, True, True]
    assert told.hparams["optimizer"] == "momentum"


def test_the_lr_of_the_optimiser_stands_in_the_log(run: Run, script: Script) -> None:
    script.step()
    run.log(2, train_loss=0.5, lr=7.0)
    first, second = (each for each in read_log(folder_of(run)) if isinstance(each, StepRecord))
    assert (first.lr, second.lr) == (1e-3, 7.0)
    assert first.grad_norm and first.update_ratio


# set


def test_a_set_lr_holds_at_the_next_step(run: Run, script: Script) -> None:
    (answer,) = script.asked("set", "lr", 0.01)
    assert (answer.hparam, answer.from_, answer.to, answer.done, answer.by) == ("lr", 1e-3, 0.01, True, "user")
    assert answer.step == script.done and answer.reason == "a test"
    assert script.optimizer.param_groups[0]["lr"] == 0.01


def test_several_are_set_in_the_same_breath(run: Run, script: Script) -> None:
    answers = script.asked("set", "lr", 0.01, {"dropout": 0.4, "weight_decay": 0.1, "momentum": 0.8})
    assert [each.hparam for each in answers] == ["lr", "dropout", "weight_decay", "momentum"]
    group = script.optimizer.param_groups[0]
    assert (group["lr"], group["weight_decay"], group["betas"]) == (0.01, 0.1, (0.8, 0.999))
    assert isinstance(script.model, Net) and script.model.drop.p == 0.4


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("lr", -1, "lr = -1 is out of range: it must be above 0, at most 1000."),
        ("lr", "much", "lr = much is not a number, above 0, at most 1000."),
        ("dropout", 0.99, "dropout = 0.99 is out of range: it must be 0 to 0.95."),
        ("lr", 1e-3, "lr is 0.001 already: nothing was changed"),
        ("batch_size", 8, "batch_size is the script's own affair; in this script can be set: lr, weight_decay, "),
        ("wieght_decay", 0.1, "There is no hyperparameter 'wieght_decay'. Did you mean 'weight_decay'? In this script"),
        ("lr", None, "set lr has no value"),
    ],
)
def test_what_cannot_be_set_is_refused(run: Run, script: Script, name: str, value: float | str, why: str) -> None:
    (answer,) = script.asked("set", name, value)
    assert not answer.done and answer.reason.startswith(why)
    assert script.optimizer.param_groups[0]["lr"] == 1e-3


def test_all_are_set_or_none(run: Run, script: Script) -> None:
    (answer,) = script.asked("set", "lr", 0.01, {"dropout": 2})
    assert not answer.done and script.optimizer.param_groups[0]["lr"] == 1e-3


def test_what_the_script_does_not_have_is_refused(run: Run) -> None:
    model = nn.Linear(4, 3)
    script = Script(run, model, torch.optim.Adagrad(model.parameters(), lr=0.1))
    run.watch(model, script.optimizer)
    assert read_manifest(folder_of(run)).settable == ["lr", "weight_decay"]
    assert "no dropout layer" in script.asked("set", "dropout", 0.1)[0].reason
    assert "no momentum" in script.asked("set", "momentum", 0.1)[0].reason


def test_a_script_that_shows_no_optimiser_says_how(run: Run) -> None:
    (answer,) = Script(run).asked("set", "lr", 0.1)
    assert answer.reason == NOT_WATCHED


def test_only_decayed_groups_are_decayed_also_after_it_was_switched_off(run: Run) -> None:
    model = Net()
    groups = [{"params": [model.first.weight]}, {"params": [model.first.bias], "weight_decay": 0.0}]
    script = Script(run, model, torch.optim.SGD(groups, lr=0.1, weight_decay=0.01))
    run.watch(model, script.optimizer)
    (answer,) = script.asked("set", "weight_decay", 0)
    script.asked("set", "weight_decay", 0.2)
    assert [each["weight_decay"] for each in script.optimizer.param_groups] == [0.2, 0.0]
    assert "1 of the groups has none" in answer.note


def test_the_groups_keep_their_proportion(run: Run) -> None:
    model = Net()
    groups = [{"params": model.first.parameters()}, {"params": model.last.parameters(), "lr": 0.4}]
    script = Script(run, model, torch.optim.SGD(groups, lr=0.1))
    run.watch(model, script.optimizer)
    script.asked("set", "lr", 0.01)
    assert [each["lr"] for each in script.optimizer.param_groups] == pytest.approx([0.01, 0.04])


def test_momentum_can_be_switched_on_in_rmsprop(run: Run) -> None:
    model = Net()
    script = Script(run, model, torch.optim.RMSprop(model.parameters(), lr=0.01))
    run.watch(model, script.optimizer)
    script.step()
    assert script.asked("set", "momentum", 0.5)[0].done
    script.step()
    assert script.optimizer.state[model.last.bias]["momentum_buffer"].abs().sum() > 0


def test_a_schedule_that_moves_the_momentum_keeps_it(run: Run, script: Script) -> None:
    schedule = torch.optim.lr_scheduler.OneCycleLR(script.optimizer, 0.01, total_steps=100)
    (answer,) = script.asked("set", "momentum", 0.5)
    assert schedule and answer.reason == "OneCycleLR sets the momentum at each step (cycle_momentum)"


# pause, resume, stop


def in_a_thread(script: Script, folder: Path) -> tuple[threading.Thread, threading.Event]:
    ends = threading.Event()

    def train() -> None:
        while not ends.is_set() and not script.run.should_stop:
            script.step()

    thread = threading.Thread(target=train, daemon=True)
    thread.start()
    until(lambda: [object()] if script.done else [], lambda: time.sleep(0.001))  # type: ignore[list-item,return-value]
    return thread, ends


@pytest.mark.parametrize("has_pause_point", [False, True])
def test_a_paused_script_does_no_step_and_answers(
    run: Run, script: Script, monkeypatch: pytest.MonkeyPatch, has_pause_point: bool
) -> None:
    folder = folder_of(run)
    if has_pause_point:
        real = script.step
        monkeypatch.setattr(script, "step", lambda: (run.pause_point(), real()))
    thread, ends = in_a_thread(script, folder)

    def done(command: str, name: str | None = None, value: float | None = None) -> int:
        id = ask(folder, command, hparam=name, value=value)
        (answer,) = until(lambda: [e for e in events(folder) if e.id == id], lambda: time.sleep(0.001))
        assert answer.done
        return answer.step

    at = done("pause")
    assert done("set", "lr", 0.02) == at == done("pause")
    assert script.optimizer.param_groups[0]["lr"] == 0.02
    assert done("resume") == at
    until(lambda: events(folder) if script.done > at + 1 else [], lambda: time.sleep(0.001))
    done("pause")
    done("stop")
    thread.join(10)
    assert not thread.is_alive()
    notes = [each.note for each in events(folder)]
    assert "it was paused already" in notes
    ends.set()


def test_a_script_that_never_asks_cannot_be_stopped(run: Run, script: Script) -> None:
    (answer,) = script.asked("stop")
    assert not answer.done and answer.reason == NEVER_ASKED and not run.should_stop


def test_a_stop_is_heard_and_what_comes_after_it_is_refused(run: Run, script: Script) -> None:
    assert not run.should_stop
    assert script.asked("stop")[0].done
    assert run.should_stop
    (answer,) = script.asked("set", "lr", 0.1)
    assert answer.reason == "the training is about to end"
    folder = folder_of(run)
    run.finish()  # as at the end of a ``with``, or of the script
    assert end_of(folder).status == "stopped"


def test_what_comes_too_late_is_refused(run: Run, script: Script) -> None:
    folder = folder_of(run)
    ask(folder, "pause")
    run.finish()
    assert [(each.name, each.reason) for each in events(folder)] == [("paused", live.OVER)]
    assert end_of(folder).status == "finished"


def test_what_is_no_command_is_answered(run: Run, script: Script) -> None:
    assert "there are set, pause, resume, stop, checkpoint" in script.asked("undo")[0].reason


def test_ctrl_c_ends_a_pause(run: Run, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(live.time, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        script.asked("pause")
    run.log(100, train_loss=1.0)  # the script may go on: it is not locked up
    assert [each.name for each in events(folder_of(run))] == ["paused"]


def test_between_two_looks_a_log_call_asks_live_control_for_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.log(1, train_loss=1.0)
    run._due = time.time() + 1000
    monkeypatch.setattr(run._control(), "look", lambda: pytest.fail("looked"))
    run.log(2, train_loss=1.0)
    monkeypatch.setattr(run._control(), "look", lambda: 0.0)
    run._since = time.time() + 500  # the clock was set back meanwhile: it looks, and does not wait until then
    run.log(3, train_loss=1.0)
    assert run._due < time.time() + 1


# checkpoints


def test_a_function_is_asked_for_the_state_when_it_is_wanted(run: Run, script: Script) -> None:
    run.checkpoint(lambda: {"model": script.model.state_dict(), "done": script.done})
    (answer,) = script.asked("checkpoint")
    head = read_head(folder_of(run) / CHECKPOINTS / str(answer.to))
    assert head is not None and head.step == answer.step and head.task == read_manifest(folder_of(run)).task
    assert head.hparams["lr"] == 1e-3 and head.hparams["batch_size"] == 16


def test_before_a_set_the_state_is_kept(run: Run, script: Script) -> None:
    run.checkpoint(lambda: {"model": script.model.state_dict()})
    (answer,) = script.asked("set", "lr", 0.01)
    head = read_head(folder_of(run) / CHECKPOINTS / f"step-{answer.step:08d}.pt")
    assert head is not None and head.hparams["lr"] == 1e-3
    run.finish()
    assert (last := read_head(folder_of(run) / CHECKPOINTS / "last.pt")) and last.hparams["lr"] == 0.01


def test_a_state_is_written_at_once(run: Run, script: Script) -> None:
    script.step()
    run.checkpoint({"model": script.model.state_dict()})
    names = sorted(each.name for each in (folder_of(run) / CHECKPOINTS).iterdir())
    assert names == ["last.pt", "step-00000001.pt"]
    assert "writes its checkpoints itself" in script.asked("checkpoint")[0].reason


def test_without_a_state_that_is_said(run: Run, script: Script) -> None:
    assert script.asked("checkpoint")[0].reason == NO_STATE


def test_a_function_that_fails_refuses_the_change(run: Run, script: Script) -> None:
    run.checkpoint(lambda: {}["model"])
    (answer,) = script.asked("set", "lr", 0.01)
    assert not answer.done and "the function given to run.checkpoint failed (KeyError: 'model')" in answer.reason
    assert script.optimizer.param_groups[0]["lr"] == 1e-3


def test_what_could_not_be_read_again_is_named(run: Run, script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    run.checkpoint({"model": script.model.state_dict(), "args": [{"path": Path()}]})
    assert "state['args'][0]['path'] is a " in capsys.readouterr().err
    assert not (folder_of(run) / CHECKPOINTS).exists()


PAUSED_IN_A_THREAD = """
import threading, time
import dltui
from dltui.runs.control import ask

run = dltui.start_run("paused")

def train():
    step = 0
    while True:
        step += 1
        run.log(step, train_loss=1.0)
        time.sleep(0.001)

threading.Thread(target=train, daemon=True).start()
ask(run.folder, "pause")
while b'"paused"' not in (run.folder / "metrics.jsonl").read_bytes():
    time.sleep(0.01)
"""


@pytest.mark.slow
def test_a_script_ends_though_the_thread_that_trains_is_paused(tmp_path: Path) -> None:
    done = run_script(tmp_path, PAUSED_IN_A_THREAD)
    assert done.returncode == 0, done.stderr
    assert end_of(tmp_path / "runs" / "paused").status == "finished"
