"""Which record a name goes to: tables of names and what becomes of them."""

import pytest

from dltui_trainers.recorder.names import Names, Plan


def plan(*names: str) -> Plan:
    return Names().plan(names)


@pytest.mark.parametrize(
    ("spelt", "ours"),
    [
        ("loss", "train_loss"),
        ("train_loss", "train_loss"),
        ("train/loss", "train_loss"),
        ("Training Loss", "train_loss"),
    ],
)
def test_a_loss_makes_a_step(spelt: str, ours: str) -> None:
    assert plan(spelt, "lr").step == ((spelt, ours), ("lr", "lr"))


@pytest.mark.parametrize(
    ("spelt", "ours"),
    [
        ("val_loss", "val_loss"),
        ("eval_loss", "val_loss"),
        ("test_loss", "val_loss"),
        ("validation_loss", "val_loss"),
        ("val/acc", "val_accuracy"),
        ("eval_accuracy", "val_accuracy"),
        ("val_ppl", "val_perplexity"),
        ("val_r2_score", "val_r2"),
    ],
)
def test_what_speaks_of_the_validation_makes_an_evaluation(spelt: str, ours: str) -> None:
    assert plan(spelt).evaluation == ((spelt, ours),)


@pytest.mark.parametrize("name", ["accuracy", "val", "loss_scale", "val_loss_ema", "box_loss", "reward", "", "損失"])
def test_anything_else_is_the_scripts_own(name: str) -> None:
    assert plan(name) == Plan(own=((name, name),), renamed=True)


def test_one_call_may_speak_of_all_three() -> None:
    found = plan("train_loss", "lr", "val_loss", "reward", "epoch")
    assert found.step == (("train_loss", "train_loss"), ("lr", "lr"))
    assert found.evaluation == (("val_loss", "val_loss"),)
    assert found.own == (("reward", "reward"),)
    assert found.epoch == "epoch"
    assert found.fields == ()


def test_what_belongs_to_a_step_that_has_no_loss_is_not_lost() -> None:
    assert plan("lr", "grad_norm").own == (("lr", "lr"), ("grad_norm", "grad_norm"))
    assert plan("val_loss", "lr").own == (("lr", "lr"),)


def test_the_accuracy_of_a_batch_is_no_validation() -> None:
    assert plan("train_loss", "train_accuracy").evaluation == ()
    assert plan("train_loss", "train_accuracy", "val_loss").evaluation[0][0] == "train_accuracy"
    assert plan("train_accuracy").evaluation  # told at the end of an epoch


def test_of_two_spellings_the_first_has_the_place() -> None:
    names = Names()
    assert names.plan(("eval_loss",)).evaluation
    assert names.plan(("test_loss",)).own == (("test_loss", "test_loss"),)
    assert names.plan(("eval_loss", "test_loss")).evaluation == (("eval_loss", "val_loss"),)


def test_our_own_name_always_has_the_place() -> None:
    names = Names()
    assert names.plan(("test_loss",)).evaluation
    assert names.plan(("val_loss",)).evaluation
    assert names.plan(("test_loss",)).own
    assert plan("test_loss", "val_loss").evaluation == (("val_loss", "val_loss"),)


def test_only_a_step_and_nothing_else_goes_the_short_way() -> None:
    assert plan("train_loss", "lr", "epoch").fields == ("train_loss", "lr", "epoch")
    assert not plan("train_loss", "lr").renamed
    assert plan("lr", "loss").fields == ("lr", "train_loss")
    assert plan("lr", "loss").renamed
    assert plan("epoch").fields == ()
    assert plan().fields == ()
