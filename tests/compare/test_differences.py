"""Where hyperparameters differ, and what is said about it."""

from dataclasses import replace

import pytest

from dltui.compare.differences import differing, hparam_rows, remarks, summary
from dltui.compare.facts import facts_of
from dltui.series.state import RunState
from dltui_trainers.runlog import Value


@pytest.mark.parametrize(
    ("values", "differs"),
    [
        ((1, 1), False),
        ((1, 1.0), False),
        ((1, 2), True),
        ((1, True), True),
        ((0.1, "0.1"), True),
        (("adam", "adam"), False),
        ((True, False), True),
    ],
)
def test_when_a_hyperparameter_differs(values: tuple[Value, ...], differs: bool) -> None:
    (row,) = hparam_rows([{"lr": value} for value in values])
    assert row.values == values and row.differs is differs


def test_a_run_that_tells_others_but_not_this_one_differs_and_one_that_tells_none_does_not() -> None:
    rows = hparam_rows([{"lr": 0.1, "degree": 3}, {"lr": 0.1}, {}])
    assert {row.name: (row.values, row.differs) for row in rows} == {
        "lr": ((0.1, 0.1, None), False),
        "degree": ((3, None, None), True),
    }
    assert [row.name for row in differing(rows)] == ["degree"]


def test_ours_come_first_in_their_usual_order() -> None:
    assert [row.name for row in hparam_rows([{"zeta": 1, "dropout": 0}, {"alpha": 1, "lr": 1}])] == [
        "lr",
        "dropout",
        "zeta",
        "alpha",
    ]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ([{}, {}], "None of the logs tells its hyperparameters."),
        ([{"lr": 1}, {}], "Only A tells its hyperparameters."),
        ([{"lr": 1}, {"lr": 1}], "All 1 hyperparameters agree"),
        ([{"lr": 1}, {"lr": 2}], "hyperparameters that differ: 1 of 1"),
        ([{"lr": 1}, {"lr": 2}, {}], "hyperparameters that differ: 1 of 1. C tells none."),
        ([{"lr": 1}, {"lr": 1}, {}, {}], "All 1 hyperparameters agree. C, D tell none."),
    ],
)
def test_what_is_said_of_the_table(told: list[dict[str, Value]], said: str) -> None:
    assert summary("ABCD"[: len(told)], told, hparam_rows(told)) == said


def test_other_tasks_and_other_losses_are_told_once() -> None:
    run = facts_of(RunState(), None)
    one, other = replace(run, task="digits", loss="cross_entropy"), replace(run, task="polynomial", loss="mse")
    assert remarks([one, one, None, run]) == ()
    assert remarks([one, other]) == ("They are of different tasks (digits, polynomial): their losses do not compare.",)
    assert "losses (cross_entropy, mse)" in remarks([one, replace(one, loss="mse")])[0]
