"""What can be set in a running training: known before anything is asked of it."""

import pytest
from runlogs import manifest

from dltui.runs.settable import settable
from dltui.runs.told_task import task_of
from dltui_trainers.errors import InvalidHyperparameterError, TrainerError, UnknownHyperparameterError
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.registry import TASKS, TaskInfo
from dltui_trainers.runlog import DataInfo, Value

DIGITS = TASKS["digits"]

HPARAMS: dict[str, Value] = {"lr": 0.001, "batch_size": 64, "optimizer": "adam", "norm": "none"}


def test_values_are_asked_for_in_the_type_that_they_have() -> None:
    wanted = {
        "lr": "1",
        "batch_size": "32",
        "schedule": "step",
        "augment": "scale,erase",
        "epochs": "1e2",
        "weight_decay": " 1e-4 ",
    }
    values, notes = settable("mine", DIGITS, HPARAMS, wanted)
    assert values == {
        "lr": 1.0,
        "batch_size": 32,
        "schedule": "step",
        "augment": "scale,erase",
        "epochs": 100,
        "weight_decay": 1e-4,
    }
    assert list(values) == list(wanted) and notes == ()
    assert [type(value) for value in values.values()] == [float, int, str, str, int, float]  # no enum: it becomes JSON
    assert settable("mine", DIGITS, HPARAMS, {"augment": ""})[0] == {"augment": "none"}


def test_what_is_unusual_is_remarked_on() -> None:
    assert settable("mine", DIGITS, HPARAMS, {"lr": "90"})[1] == ("lr = 90 is far outside the usual 1e-5 to 0.3.",)


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"lrr": "1"}, r"no hyperparameter 'lrr'\. Did you mean 'lr'\?"),
        ({"\x1b[31m": "1"}, r"no hyperparameter '␛\[31m'"),
        ({"lr": "fast"}, r"lr = fast is not a number"),
        ({"lr": "nan"}, "not finite"),
        ({"lr": "inf"}, "not finite"),
        ({"lr": "0"}, "out of range"),
        ({"lr": "\x1b[31m"}, r"lr = ␛\[31m is not a number"),
        ({"batch_size": "1.5"}, "not a whole number"),
        ({"batch_size": "5000"}, "more than the 1437 training samples"),
        ({"lr": "0.1", "dropout": "2"}, "dropout = 2 is out of range"),
        ({"schedule": "cosin"}, "Did you mean 'cosine'"),
        ({"degree": "3"}, "The task digits does not use degree"),
        ({"width": "8"}, r"a new run can have another one: 'dltui train --from mine@start --set width=8'\.$"),
        ({"seed": "8"}, "mine@start --set seed=8"),
        ({"optimizer": "sgd"}, r"a branch can have another one: 'dltui train --from mine@last --set optimizer=sgd'"),
    ],
)
def test_what_cannot_be_set_is_known_before_it_is_asked_for(wanted: dict[str, str], why: str) -> None:
    with pytest.raises((UnknownHyperparameterError, InvalidHyperparameterError), match=why) as caught:
        settable("mine", DIGITS, HPARAMS, wanted)
    assert str(caught.value).isprintable()


def test_a_value_is_checked_beside_those_that_cannot_change() -> None:
    with pytest.raises(InvalidHyperparameterError, match="norm = batch cannot work with batch size 1"):
        settable("mine", DIGITS, {**HPARAMS, "norm": "batch"}, {"batch_size": "1"})


@pytest.mark.parametrize("task", [None, task_of(manifest(task="of another version"))])
def test_of_an_unknown_task_only_what_holds_for_all_is_checked(task: None) -> None:
    assert settable("mine", task, {}, {"batch_size": "5000"}) == ({"batch_size": 5000}, ())
    with pytest.raises(InvalidHyperparameterError, match="out of range"):
        settable("mine", task, {}, {"batch_size": "0"})
    with pytest.raises(InvalidHyperparameterError, match="cannot be set while a training runs"):
        settable("mine", task, {}, {"degree": "3"})


def test_what_is_live_can_be_set() -> None:
    live = {name: str(each.default) for name, each in CATALOGUE.items() if each.live and not each.many}
    assert settable("mine", None, {}, live)[0].keys() == live.keys()


TABLE: dict[str, Value] = {
    **{name: "" for name in ("data", "target", "ignore")},
    "lr": 0.001,
    "batch_size": 64,
    "layers": 2,
    "dropout": 0.1,
    "layer_dropout": "none",
    "input_dropout": 0.0,
    "data": "/nowhere/houses.csv",
    "target": "price, in $",
    "text_columns": "refuse",
}


def told(task: str, hparams: dict[str, Value], classes: int | None, n_train: int = 100) -> TaskInfo:
    """The task as the manifest of such a run tells it."""
    data = DataInfo(n_train=n_train, n_val=20, classes=classes, class_counts=None, input_shape=[4])
    info = task_of(manifest(task=task, hparams=hparams, data=data))
    assert info is not None
    return info


OF_A_FILE: dict[str, Value] = {"lr": 0.1, "dropout": 0.1, "augment": "none", "depth": 3, "gated": True, "note": "x"}


def test_a_run_of_a_task_file_is_set_without_the_file() -> None:
    data = DataInfo(n_train=100, n_val=20, classes=2, class_counts=None, input_shape=[4])
    of_run = manifest(task="/gone/mine.py:Small", hparams=OF_A_FILE, data=data, settable=["lr", "augment"])
    task = task_of(of_run)
    assert task is not None and (task.title, task.reads) == ("mine:Small", (*OF_A_FILE,))
    assert task.augmentations == ("jitter", "mixup") and task.hparam("gated").type is bool and task.models == ()
    assert settable("mine", task, OF_A_FILE, {"lr": "0.01", "augment": "mixup"})[0] == {"lr": 0.01, "augment": "mixup"}
    for wanted, reason in (
        ({"depth": "4"}, "but a new run can have another one: 'dltui train --from mine@start --set depth=4'"),
        ({"dropout": "0.5"}, "but a branch can have another one"),
        ({"depht": "4"}, "Did you mean 'depth'"),
        ({"momentum": "0.5"}, "The task mine:Small does not use momentum"),
        ({"augment": "rotate"}, "augment = rotate does not exist for mine:Small"),
    ):
        with pytest.raises(TrainerError, match=reason):
            settable("mine", task, OF_A_FILE, wanted)


def test_a_run_on_data_of_the_user_is_set_without_looking_at_them(monkeypatch: pytest.MonkeyPatch) -> None:
    task = told("tabular", TABLE, None)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr("builtins.open", refuse)
    values, notes = settable("mine", task, TABLE, {"lr": "0.01", "layer_dropout": " 0.1, 0.5"})
    assert values == {"lr": 0.01, "layer_dropout": "0.1,0.5"} and notes == ()
    assert settable("mine", task, TABLE, {"layer_dropout": "none"})[0] == {"layer_dropout": "none"}
    notes = settable("mine", task, {**TABLE, "layer_dropout": "0.1,0.2"}, {"dropout": "0.3"})[1]
    assert notes == ("dropout has no effect with layer_dropout = 0.1,0.2.",)


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"layer_dropout": "0.1"}, "layer_dropout = 0.1 does not fit layers = 2"),
        ({"layer_dropout": "0.1,1"}, "layer_dropout = 1 is out of range"),
        ({"batch_size": "101"}, "more than the 100 training samples"),
        ({"label_smoothing": "0.1"}, "The task tabular does not use label_smoothing"),  # it is of numbers
        ({"augment": "flip"}, "The task tabular does not use augment"),
        ({"data": "other.csv"}, r"data cannot be set while a training runs, but a new run can .*--set data=other\.csv"),
    ],
)
def test_what_data_of_the_user_cannot_have_is_known_from_the_manifest(wanted: dict[str, str], why: str) -> None:
    with pytest.raises(InvalidHyperparameterError, match=why):
        settable("mine", told("tabular", TABLE, None), TABLE, wanted)


@pytest.mark.parametrize(
    ("task", "classes", "kind"),
    [
        ("tabular", None, "regression"),
        ("tabular", 3, "classification"),
        ("text", 65, "language"),
        ("images", 10, "classification"),
    ],
)
def test_the_manifest_tells_the_kind_of_a_task(task: str, classes: int | None, kind: str) -> None:
    info = told(task, {"lr": 0.1, "data": "/x"}, classes, n_train=7)
    assert (info.kind, info.n_train, info.reads) == (kind, 7, ("lr", "data"))
    assert told("digits", {"lr": 0.1}, 10, n_train=7) is DIGITS
    assert told(task, {}, classes).reads == TASKS[task].reads  # a manifest that tells none is no restriction
