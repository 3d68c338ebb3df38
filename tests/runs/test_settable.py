"""What can be set in a running training: known before anything is asked of it."""

import pytest

from dltui.runs.settable import settable
from dltui_trainers.errors import InvalidHyperparameterError, UnknownHyperparameterError
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import Value

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
    values, notes = settable("mine", "digits", HPARAMS, wanted)
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
    assert settable("mine", "digits", HPARAMS, {"augment": ""})[0] == {"augment": "none"}


def test_what_is_unusual_is_remarked_on() -> None:
    assert settable("mine", "digits", HPARAMS, {"lr": "90"})[1] == ("lr = 90 is far outside the usual 1e-5 to 0.3.",)


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
        settable("mine", "digits", HPARAMS, wanted)
    assert str(caught.value).isprintable()


def test_a_value_is_checked_beside_those_that_cannot_change() -> None:
    with pytest.raises(InvalidHyperparameterError, match="norm = batch cannot work with batch size 1"):
        settable("mine", "digits", {**HPARAMS, "norm": "batch"}, {"batch_size": "1"})


@pytest.mark.parametrize("task", [None, "of another version"])
def test_of_an_unknown_task_only_what_holds_for_all_is_checked(task: str | None) -> None:
    assert settable("mine", task, {}, {"batch_size": "5000"}) == ({"batch_size": 5000}, ())
    with pytest.raises(InvalidHyperparameterError, match="out of range"):
        settable("mine", task, {}, {"batch_size": "0"})
    with pytest.raises(InvalidHyperparameterError, match="cannot be set while a training runs"):
        settable("mine", task, {}, {"degree": "3"})


def test_what_is_live_can_be_set() -> None:
    live = {name: str(each.default) for name, each in CATALOGUE.items() if each.live and not each.many}
    assert settable("mine", None, {}, live)[0].keys() == live.keys()
