"""What can be asked of a script of a user's own, as its manifest tells."""

import pytest
from runlogs import manifest

from dltui.runs.script_task import takes
from dltui.runs.settable import settable
from dltui.runs.told_task import task_of
from dltui_trainers.configure import without_effect
from dltui_trainers.errors import TrainerError
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

HPARAMS: dict[str, Value] = {
    "lr": 0.001,
    "momentum": 0.9,
    "dropout": 0.1,
    "batch_size": 64,
    "optimizer": "adamw",
    "model": "resnet50",
    "width": 0,
    "mine": "x",
}


def script(can: list[str] | None) -> TaskInfo:
    """A script whose task has the name of one of ours, which it is not."""
    task = task_of(manifest(source="recorder", data=None, model=None, hparams=HPARAMS, settable=can))
    assert task is not None and task.is_script
    return task


def test_it_reads_the_numbers_that_are_ours_too() -> None:
    task = script(["lr", "momentum", "dropout"])
    assert task.reads == ("lr", "batch_size", "momentum", "dropout")  # width 0 is none of ours
    assert [name for name in task.reads if task.hparam(name).live] == ["lr", "momentum", "dropout"]


def test_what_it_lets_be_set_is_checked_before_it_is_asked() -> None:
    task = script(["lr", "momentum"])
    assert settable("mine", task, HPARAMS, {"lr": "0.01", "momentum": "0.8"}) == ({"lr": 0.01, "momentum": 0.8}, ())


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"lr": "-1"}, "lr = -1 is out of range"),
        (
            {"batch_size": "8"},
            "batch_size cannot be set in a running script, where it is in your hands. In this script",
        ),
        ({"lrr": "1"}, "There is no hyperparameter 'lrr'. Did you mean 'lr'?"),
    ],
)
def test_what_it_does_not_is_refused_without_asking(wanted: dict[str, str], why: str) -> None:
    with pytest.raises(TrainerError, match=why.replace("?", "[?]")):
        settable("mine", script(["lr"]), HPARAMS, wanted)


def test_a_script_that_watches_nothing_says_how() -> None:
    with pytest.raises(TrainerError, match=r"run\.watch"):
        settable("mine", script(None), HPARAMS, {"lr": "0.1"})


def test_the_momentum_of_a_script_is_not_idle_for_an_optimiser_that_nobody_tells() -> None:
    assert without_effect({"momentum": 0.9}) == {}
    assert "momentum" in without_effect({"momentum": 0.9, "optimizer": "adam"})


def test_a_run_that_does_not_say_what_it_listens_to_listens_to_all() -> None:
    assert takes(None, "undo") and takes(manifest(), "undo")
    assert takes(manifest(commands=["stop"]), "stop") and not takes(manifest(commands=["stop"]), "undo")
