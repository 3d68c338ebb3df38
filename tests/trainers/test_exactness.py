"""Whatever was done to a training, the losses are those of one that was never touched, to the last bit (on the CPU)."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dltui_trainers.choices import Optimizer, Schedule
from dltui_trainers.commands import Commands
from dltui_trainers.loop import Training
from dltui_trainers.runlog import CHECKPOINTS, Command, EventRecord, Value
from dltui_trainers.worker import BAD_USAGE
from trainers.scripts import (
    SMALL,
    Script,
    answers,
    asked,
    assert_same_end,
    end_of,
    measured,
    on_the_cpu_in_haste,
    same,
    state_of,
    train,
)
from trainers.trainings import read_log

RICH: dict[str, object] = {
    **SMALL,
    "dropout": 0.2,
    "augment": "crop,scale,rotate,affine,jitter,erase,mixup",
    "augment_strength": 0.4,
    "label_smoothing": 0.1,
    "grad_clip": 1,
    "l1": 1e-5,
    "weight_decay": 1e-4,
    "warmup_steps": 3,
    "norm": "batch",
    "width": 16,
}
"""All that draws random numbers, and all that remembers."""
BEST_OF_ITS_OWN = ("best", "settings")
"""A branch counts its best from its own beginning on."""
PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_cpu_in_haste(monkeypatch)


def assert_untouched(run: Path, whole: Path) -> None:
    """Check that a run which was stopped by nothing is, as it stands, the one that nobody touched."""
    assert measured(run) == measured(whole)
    assert_same_end(run, whole)
    ends = [end_of(each) for each in (run, whole)]
    assert (ends[0].step, ends[0].best_step, ends[0].best_val_loss) == (
        ends[1].step,
        ends[1].best_step,
        ends[1].best_val_loss,
    )
    best = [state_of(each, "best.pt") for each in (run, whole)]
    assert best[0]["step"] == best[1]["step"] == ends[0].best_step
    assert same(best[0]["model"], best[1]["model"])


def ids_of(script: Script) -> set[int]:
    return {command.id for _, command in script if command is not None}


MUCH: Script = (
    (0, asked("set", lr=0.5)),
    (1, asked("undo")),
    (3, asked("pause")),
    (3, None),
    (3, asked("checkpoint")),
    (3, None),
    (3, asked("resume")),
    (5, asked("checkpoint")),
    (6, asked("set", lr=0.3, dropout=0.7, batch_size=30, schedule="step", epochs=9, augment="flip")),
    (9, asked("set", weight_decay=0.5)),
    (11, asked("set", grad_clip=0.01, label_smoothing=0)),
    (14, asked("undo")),
    (12, asked("undo")),
    (10, asked("undo")),
    (8, asked("set", l1=0.1)),
    (12, asked("undo")),
)
"""Changes at the beginning, inside an epoch and at its border, undone inside it, at a border and one after another."""


@pytest.mark.parametrize("schedule", Schedule)
@pytest.mark.parametrize("optimizer", Optimizer)
def test_every_optimizer_with_every_schedule(tmp_path: Path, optimizer: Optimizer, schedule: Schedule) -> None:
    # With one of them the validations, which plateau listens to, fall inside the epochs.
    eval_every = 3 if optimizer is Optimizer.NESTEROV else 0
    settings = {**RICH, "optimizer": optimizer, "schedule": schedule, "lr": 0.01, "eval_every": eval_every}
    whole = train(tmp_path / "whole", **settings)
    touched = train(tmp_path / "touched", MUCH, **settings)
    done = [answer for answer in answers(touched) if answer.id is not None]
    assert all(answer.done for answer in done) and {answer.id for answer in done} == ids_of(MUCH)
    assert_untouched(touched, whole)
    stopped = train(tmp_path / "stopped", [(14, asked("stop"))], **settings)
    assert end_of(stopped).step == 14
    continued = train(tmp_path / "continued", origin=stopped, at="last")
    branch = train(tmp_path / "branch", origin=touched, at=5)
    for run, after in ((continued, 14), (branch, 5)):
        assert measured(run, after=after) == measured(whole, after=after)
        assert_same_end(run, whole, but=BEST_OF_ITS_OWN)


@pytest.mark.parametrize("eval_every", [0, 3])
@pytest.mark.parametrize("schedule", [Schedule.COSINE, Schedule.RANGE_TEST])
def test_steps_that_end_inside_an_epoch(tmp_path: Path, schedule: Schedule, eval_every: int) -> None:
    settings = {**RICH, "schedule": schedule, "eval_every": eval_every, "lr": 0.01, "per_class": 19}
    settings |= {"epochs": 7, "max_steps": 17}  # of 3 steps each
    whole = train(tmp_path / "whole", **settings)
    assert (end_of(whole).step, end_of(whole).status) == (17, "finished")
    at_the_end: Script = ((17, asked("set", lr=0.4)), (17, asked("undo")))
    touched = train(tmp_path / "touched", [*MUCH, *at_the_end], **settings)
    assert_untouched(touched, whole)
    stopped = train(tmp_path / "stopped", [(14, asked("stop"))], **settings)
    continued = train(tmp_path / "continued", origin=stopped, at="last")
    branch = train(tmp_path / "branch", origin=touched, at=5)
    for run, after in ((continued, 14), (branch, 5)):
        assert measured(run, after=after) == measured(whole, after=after)
        assert_same_end(run, whole, but=BEST_OF_ITS_OWN)


@pytest.mark.parametrize(
    ("task", "changes"),
    [
        ("digits", {"model": "cnn", "channels": 4, "pooling": "avg"}),
        ("mnist1d", {"model": "cnn", "channels": 4, "norm": "layer", "augment": "crop,scale,jitter,erase,mixup,flip"}),
    ],
)
def test_convolutions(tmp_path: Path, task: str, changes: dict[str, object]) -> None:
    settings = {**RICH, **changes}
    whole = train(tmp_path / "whole", task=task, **settings)
    touched = train(tmp_path / "touched", MUCH, task=task, **settings)
    assert_untouched(touched, whole)
    branch = train(tmp_path / "branch", origin=touched, at=5, task=task)
    assert measured(branch, after=5) == measured(whole, after=5)


RECURRENT: dict[str, object] = {
    **RICH,
    "model": "gru",
    "norm": "layer",
    "width": 6,
    "layer_dropout": "0.2,0.4",
    "input_dropout": 0.1,
}
OF_A_TEXT: dict[str, object] = {
    "train_size": 40,
    "val_share": 0.2,
    "batch_size": 12,
    "epochs": 5,
    "log_every": 1,
    "context": 16,
    "width": 8,
    "heads": 2,
    "optimizer": "adamw",
    "lr": 0.01,
    "label_smoothing": 0.1,
    "grad_clip": 1,
    "l1": 1e-5,
    "weight_decay": 1e-4,
    "warmup_steps": 3,
    "layer_dropout": "0.2,0.4",
    "input_dropout": 0.1,
}
SEQUENCES: dict[str, tuple[str, dict[str, object]]] = {
    "gru of images": ("digits", {**RECURRENT, "augment": "crop,erase,mixup"}),
    "gru of signals": ("mnist1d", {**RECURRENT, "augment": "crop,scale,jitter,erase,mixup"}),
    "gru of a text": ("text", {**OF_A_TEXT, "model": "gru", "norm": "layer"}),
    "transformer": ("text", {**OF_A_TEXT, "model": "transformer", "activation": "gelu"}),
    "transformer, nothing dropped": (
        "text",
        {**OF_A_TEXT, "model": "transformer", "layer_dropout": "none", "input_dropout": 0},
    ),
}
"""What they drop is turned live, also where nothing was dropped before."""
MUCH_IN_SEQUENCE: Script = (
    (1, asked("set", lr=0.5)),
    (2, asked("undo")),
    (3, asked("pause")),
    (3, None),
    (3, asked("checkpoint")),
    (3, None),
    (3, asked("resume")),
    (5, asked("checkpoint")),
    (6, asked("set", lr=0.3, batch_size=9, layer_dropout="0.6,0", input_dropout=0.5)),
    (9, asked("set", layer_dropout="none", dropout=0.7)),
    (11, asked("undo")),
    (10, asked("undo")),
    (8, asked("set", input_dropout=0.3)),
    (11, asked("undo")),
)


def with_a_text(folder: Path, task: str, settings: dict[str, object]) -> dict[str, object]:
    """Return the settings with a text of our own, where the task reads one."""
    if task != "text":
        return settings
    path = folder / "numbers.txt"
    path.write_text(" ".join(str(each**3) for each in range(200)))
    return {**settings, "data": str(path)}


@pytest.mark.parametrize(("task", "settings"), SEQUENCES.values(), ids=SEQUENCES)
def test_networks_that_read_in_sequence(tmp_path: Path, task: str, settings: dict[str, object]) -> None:
    settings = with_a_text(tmp_path, task, settings)
    whole = train(tmp_path / "whole", task=task, **settings)
    touched = train(tmp_path / "touched", MUCH_IN_SEQUENCE, task=task, **settings)
    done = [answer for answer in answers(touched) if answer.id is not None]
    assert all(answer.done for answer in done) and {answer.id for answer in done} == ids_of(MUCH_IN_SEQUENCE)
    assert_untouched(touched, whole)
    stopped = train(tmp_path / "stopped", [(14, asked("stop"))], task=task, **settings)
    continued = train(tmp_path / "continued", origin=stopped, at="last", task=task)
    branch = train(tmp_path / "branch", origin=touched, at=5, task=task)
    for run, after in ((continued, 14), (branch, 5)):
        assert measured(run, after=after) == measured(whole, after=after)
        assert_same_end(run, whole, but=BEST_OF_ITS_OWN)


@pytest.mark.parametrize(("task", "settings"), SEQUENCES.values(), ids=SEQUENCES)
def test_dropout_that_is_turned_live_is_that_of_a_branch(
    tmp_path: Path, task: str, settings: dict[str, object]
) -> None:
    settings = with_a_text(tmp_path, task, settings)
    changes: dict[str, Value] = {"layer_dropout": "0.5,0.1", "input_dropout": 0.3}
    live = train(tmp_path / "live", [(6, asked("set", **changes))], task=task, **settings)
    assert all(answer.done for answer in answers(live))
    branch = train(tmp_path / "branch", origin=live, at=6, task=task, **changes)
    assert measured(branch, after=6) == measured(live, after=6)
    assert_same_end(live, branch, but=("best",))


def test_a_regression_whose_epoch_is_one_step(tmp_path: Path) -> None:
    settings: dict[str, object] = {"task": "polynomial", "epochs": 30, "log_every": 1, "noise": 0.5}
    whole = train(tmp_path / "whole", **settings)
    script = [
        (3, asked("set", lr=1, epochs=5)),
        (4, asked("undo")),
        (20, asked("set", batch_size=5)),
        (25, asked("undo")),
    ]
    assert_untouched(train(tmp_path / "touched", script, **settings), whole)


def test_the_losses_that_no_record_tells_yet(tmp_path: Path) -> None:
    settings = {**RICH, "log_every": 3}
    whole = train(tmp_path / "whole", **settings)
    script = [(4, asked("set", lr=1)), (8, asked("undo")), (10, asked("checkpoint")), (17, asked("set", dropout=0.5))]
    touched = train(tmp_path / "touched", [*script, (19, asked("undo"))], **settings)
    assert_untouched(touched, whole)
    branch = train(tmp_path / "branch", origin=touched, at=10)
    assert measured(branch, after=10) == measured(whole, after=10)


# what is remembered


DROPS: dict[str, object] = {**SMALL, "epochs": 40, "optimizer": "nesterov", "schedule": "plateau", "lr": 0.1}


def drops(run: Path) -> list[tuple[int, object, object]]:
    return [(each.step, each.from_, each.to) for each in answers(run) if each.name == "lr_drop"]


@pytest.mark.parametrize("at", [34, 61, 88])
def test_plateau_and_early_stopping_remember_what_was_before_an_undo(tmp_path: Path, at: int) -> None:
    settings = {**DROPS, "early_stop_patience": 14}
    whole = train(tmp_path / "whole", **settings)
    assert [step for step, _, _ in drops(whole)] == [76] and end_of(whole).step == 92
    script = [(at, asked("set", lr=5)), (at + 1, asked("set", early_stop_patience=1)), (at + 4, asked("undo"))]
    touched = train(tmp_path / "touched", [*script, (at + 2, asked("undo"))], **settings)
    assert drops(touched) == drops(whole)
    assert_untouched(touched, whole)


def test_the_best_is_that_of_before_the_change(tmp_path: Path) -> None:
    settings = {**SMALL, "epochs": 12, "lr": 0.3, "optimizer": "sgd"}
    whole = train(tmp_path / "whole", **settings)
    script = [(10, asked("set", lr=0.01)), (32, asked("undo")), (13, asked("set", lr=0.02)), (40, asked("undo"))]
    touched = train(tmp_path / "touched", script, **settings)
    evaluations = [row for row in measured(whole) if len(row) == 5]
    assert len(evaluations) == 13
    assert_untouched(touched, whole)


def test_what_is_not_finite_is_undone_and_done_again(tmp_path: Path) -> None:
    settings = {**SMALL, "lr": 1000, "optimizer": "sgd", "schedule": "constant", "init": "he", "epochs": 4}
    whole = train(tmp_path / "whole", **settings)
    touched = train(tmp_path / "touched", [(0, asked("set", lr=0.1)), (12, asked("undo"))], **settings)
    assert_untouched(touched, whole)


# continuations


@pytest.mark.parametrize("at", [1, 4, 7, 12, 19])
def test_a_pause_saves_and_stop_in_it_is_continued_exactly(tmp_path: Path, at: int) -> None:
    whole = train(tmp_path / "whole", **RICH)
    script = [(at, asked("pause")), (at, None), (at, None), (at, asked("stop"))]
    paused = train(tmp_path / "paused", script, **RICH)
    assert (end_of(paused).status, end_of(paused).step) == ("stopped", at)
    continued = train(tmp_path / "continued", origin=paused, at="last")
    assert measured(continued, after=at) == measured(whole, after=at)
    assert_same_end(continued, whole, but=BEST_OF_ITS_OWN)


def test_a_training_stopped_again_and_again_is_the_same(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", **RICH)
    run = train(tmp_path / "0", [(2, asked("stop"))], **RICH)
    for steps in (4, 5, 11, 16, 17):
        run = train(tmp_path / str(steps), [(steps, asked("stop"))], origin=run, at="last")
    run = train(tmp_path / "end", origin=run, at="last")
    assert measured(run, after=17) == measured(whole, after=17)
    assert_same_end(run, whole, but=BEST_OF_ITS_OWN)


def test_a_change_and_its_undo_in_a_continuation(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", **RICH)
    stopped = train(tmp_path / "stopped", [(6, asked("stop"))], **RICH)
    script = [(7, asked("set", lr=1, batch_size=9)), (22, asked("undo"))]
    continued = train(tmp_path / "continued", script, origin=stopped, at="last")
    assert measured(continued, after=6) == measured(whole, after=6)
    assert_same_end(continued, whole, but=BEST_OF_ITS_OWN)


def test_a_stop_after_an_undo_continues_what_was_not_undone(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", **RICH)
    script = [(6, asked("set", lr=1)), (13, asked("pause")), (13, None), (13, asked("undo")), (6, asked("stop"))]
    stopped = train(tmp_path / "stopped", script, **RICH)
    continued = train(tmp_path / "continued", origin=stopped, at="last")
    assert measured(continued, after=6) == measured(whole, after=6)


KILLED = """
import os, signal, sys
import torch
from dltui_trainers import manifest
from dltui_trainers.loop import Training
from dltui_trainers.worker import main
manifest._git_commit = lambda: None
step, real = int(sys.argv[1]), Training._train_step
def train_step(training, x, y):
    real(training, x, y)
    if training.step == step:
        os.kill(os.getpid(), signal.SIGKILL)
Training._train_step = train_step
main(sys.argv[2:])
"""


@pytest.mark.slow
@pytest.mark.parametrize("at", [18])
def test_a_killed_training_goes_on_from_its_last_checkpoint(tmp_path: Path, at: int) -> None:
    settings = {**RICH, "checkpoint_every": 4}
    whole = train(tmp_path / "whole", **settings)
    words = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    command = [sys.executable, "-c", KILLED, str(at), str(tmp_path / "killed"), "digits", *words]
    found = subprocess.run(command, timeout=PATIENCE_S, stdout=subprocess.DEVNULL, check=False)
    assert found.returncode == -signal.SIGKILL
    killed = tmp_path / "killed"
    assert read_log(killed)[-1].step == at
    continued = train(tmp_path / "continued", origin=killed, at="last")
    last = state_of(killed)["step"]
    assert last == at // 4 * 4
    assert measured(continued, after=last) == measured(whole, after=last)
    assert_same_end(continued, whole, but=BEST_OF_ITS_OWN)


def test_a_kill_after_an_undo_does_not_bring_back_what_was_undone(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", **RICH)
    script = [(6, asked("set", lr=1)), (13, asked("pause")), (13, None), (13, asked("undo")), (6, asked("stop"))]
    copied = tmp_path / "killed"
    real = Commands._undo

    def undo(commands: Commands, training: Training, command: Command) -> list[EventRecord]:
        answers = real(commands, training, command)
        shutil.copytree(tmp_path / "run", copied)  # as a kill would leave it now
        return answers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Commands, "_undo", undo)
        train(tmp_path / "run", script, **RICH)
    continued = train(tmp_path / "continued", origin=copied, at="last")
    assert measured(continued)[0][0] == 6
    assert measured(continued, after=6) == measured(whole, after=6)


def test_of_one_step_the_newest_checkpoint_is_taken(tmp_path: Path) -> None:
    settings = {**SMALL, "schedule": "constant"}
    script = [(6, asked("set", lr=value)) for value in (0.1, 0.2, 0.3)]  # the last is from before the third
    run = train(tmp_path / "run", [*script, (6, asked("stop"))], **settings)
    for path in (run / CHECKPOINTS).glob("[lb]*.pt"):
        path.unlink()
    branch = train(tmp_path / "branch", origin=run, at=6)
    assert {row[3] for row in measured(branch) if len(row) == 4} == {0.2}


def test_another_optimizer_gets_the_whole_patience(tmp_path: Path) -> None:
    settings = {
        **SMALL,
        "epochs": 60,
        "lr": 1e-12,
        "optimizer": "sgd",
        "early_stop_patience": 3,
        "schedule": "constant",
    }
    run = train(tmp_path / "run", **settings)
    step = end_of(run).step
    branch = train(tmp_path / "branch", origin=run, at="last", optimizer="adam")
    assert end_of(branch).step >= step + 3 * 4
    train(tmp_path / "told", origin=run, at="last", log_every=2, code=BAD_USAGE)  # which changes nothing


# a change while it runs, and the same change in a branch


CHANGES: dict[str, dict[str, Value]] = {
    "lr": {"lr": 0.002},
    "several": {"lr": 0.002, "dropout": 0.5, "weight_decay": 0.01, "grad_clip": 0.1, "label_smoothing": 0.3},
    "batch_size": {"batch_size": 30},
    "epochs": {"epochs": 8},
    "schedule": {"schedule": "one_cycle"},
    "schedule and lr": {"schedule": "exponential", "lr": 0.005},
    "augment": {"augment": "rotate,flip", "augment_strength": 1},
    "no augment": {"augment": "none"},
    "layer_dropout": {"layer_dropout": "0.5,0"},
    "input_dropout": {"input_dropout": 0.2},
    "l1": {"l1": 0.01},
    "all": {"lr": 0.1, "schedule": "step", "epochs": 9, "batch_size": 17, "momentum": 0},
}


@pytest.mark.parametrize("at", [2, 5, 8, 15], ids=["warm-up", "inside", "border", "late"])
@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_a_live_change_is_the_branch_with_that_change(tmp_path: Path, changes: dict[str, Value], at: int) -> None:
    settings = {**RICH, "optimizer": "nesterov"}
    live = train(tmp_path / "live", [(at, asked("set", **changes))], **settings)
    assert all(answer.done for answer in answers(live))
    branch = train(tmp_path / "branch", origin=live, at=at, **changes)
    assert measured(branch, after=at) == measured(live, after=at)
    assert_same_end(live, branch, but=("best",))


def test_early_stopping_after_a_live_change_is_that_of_a_branch(tmp_path: Path) -> None:
    settings = {**SMALL, "epochs": 60, "lr": 1, "optimizer": "sgd", "early_stop_patience": 5, "schedule": "constant"}
    live = train(tmp_path / "live", [(21, asked("set", lr=0.001))], **settings)
    branch = train(tmp_path / "branch", origin=live, at=21, lr=0.001)
    assert measured(branch, after=21) == measured(live, after=21)
