"""The tree of the runs: who stands beneath whom, in which order, and what hostile manifests do to it."""

from dataclasses import replace
from pathlib import Path

import pytest
from runlogs import manifest

from dltui.catalog.family import MOST_LEVELS, Member, flat, parents_of, tree
from dltui.catalog.order import Order, ordered
from dltui.catalog.summary import RunSummary
from dltui_trainers.runlog import Parent


def run(
    path: str, parent: str = "", *, step: int = 700, day: int = 1, task: str = "digits", **rest: float
) -> RunSummary:
    """A run at that path, begun on that day of January, that came from the run called ``parent``."""
    came_from = Parent(run=parent, step=step, changed={}) if parent else None
    created = f"2026-01-{day:02}T00:00:00+00:00"
    told = manifest(Path(path).name, parent=came_from, created=created, task=task)
    return RunSummary(folder=Path(path), manifest=told, **rest)  # type: ignore[arg-type]


def drawn(shown: list[RunSummary], everyone: list[RunSummary] | None = None, root: str = "runs") -> list[str]:
    """The tree as a person sees it."""
    return [f"{each.stem}{each.run.name}" for each in tree(shown, parents_of(everyone or shown, Path(root)))]


A = run("runs/a", day=1, best_val_loss=0.5)
B = run("runs/b", "a", day=2, best_val_loss=0.1)
C = run("runs/c", "a", day=3, best_val_loss=0.9)
D = run("runs/d", "b", day=4, best_val_loss=0.7)
X = run("runs/x", day=5, best_val_loss=0.3)
ALL = [X, D, C, B, A]
"""The newest first."""


def test_children_stand_beneath_their_parent_in_the_order_in_which_they_began() -> None:
    assert drawn(ALL) == ["x", "a", "├ b", "│ └ d", "└ c"]
    assert drawn(ordered(ALL, Order("age", reverse=True))) == ["a", "├ b", "│ └ d", "└ c", "x"]


@pytest.mark.parametrize(
    ("order", "families"),
    [
        (Order("age"), ["x", "a"]),
        (Order("best val"), ["a", "x"]),  # b is the best of all
        (Order("best val", reverse=True), ["a", "x"]),  # c is the worst
        (Order("run"), ["a", "x"]),
        (Order("run", reverse=True), ["x", "a"]),
    ],
)
def test_a_family_has_the_place_of_its_first_member(order: Order, families: list[str]) -> None:
    assert [name for name in drawn(ordered(ALL, order)) if len(name) == 1] == families


def test_a_family_whose_youngest_is_newer_than_all_others_comes_first() -> None:
    assert drawn([run("runs/e", "d", day=6), *ALL])[0] == "a"


def test_a_child_whose_parent_is_filtered_out_stands_alone() -> None:
    shown = [D, C, A]
    assert drawn(shown, ALL) == ["d", "a", "└ c"]
    members = {member.run.name: member for member in tree(shown, parents_of(ALL))}
    assert members["d"].parent == B and not members["d"].stem and members["c"].depth == 1


def test_what_took_over_the_settings_only_is_told_apart() -> None:
    assert drawn([run("runs/r", "a", step=0, day=2), C, A]) == ["a", "├╌r", "└ c"]


def test_runs_without_a_parent_stay_as_they_are() -> None:
    assert tree([A, X], parents_of([A, X])) == flat([A, X], {}) == [Member(run=A), Member(run=X)]
    assert drawn([run("runs/o", "gone"), A]) == ["o", "a"]
    assert drawn([]) == []


@pytest.mark.parametrize("name", ["", ".", "..", "/runs/a", "../runs/a", "\0", "é\x1b[2J"])
def test_a_name_that_cannot_be_a_run_names_none(name: str) -> None:
    child = replace(B, manifest=manifest("b", parent=Parent(run=name, step=1, changed={})))
    assert parents_of([child, A]) == {}


def test_the_parent_is_looked_for_beside_the_child_first() -> None:
    here, there, elsewhere = run("runs/a"), run("other/a"), run("third/a")
    child = run("other/b", "a")
    assert parents_of([here, there, child], Path("runs")) == {child.folder: there}
    assert parents_of([here, elsewhere, child], Path("runs")) == {child.folder: here}
    assert parents_of([elsewhere, child], Path("runs")) == {child.folder: elsewhere}
    assert parents_of([elsewhere, run("fourth/a"), child], Path("runs")) == {}
    assert parents_of([run("third/a", task="mnist1d"), child], Path("runs")) == {}


def test_a_child_may_be_called_as_its_parent() -> None:
    parent, child = run("old/a"), run("runs/a", "a")
    assert parents_of([parent, child], Path("runs")) == {child.folder: parent}


def test_another_programs_log_is_nobodys_parent() -> None:
    assert parents_of([RunSummary(folder=Path("runs/a"), format="csv"), B], Path("runs")) == {}


def test_a_run_that_came_from_itself() -> None:
    assert drawn([run("runs/a", "a"), X]) == ["a", "x"]


def test_in_a_ring_the_one_that_began_first_came_from_none() -> None:
    ring = [run("runs/a", "c", day=2), run("runs/b", "a", day=1), run("runs/c", "b", day=3)]
    assert drawn(ring) == ["b", "└ c", "  └ a"]
    assert drawn([run("runs/t", "c", day=9), *ring]) == ["b", "└ c", "  ├ a", "  └ t"]


def test_everyone_is_there_once_whatever_they_say() -> None:
    names = [f"n{at}" for at in range(200)]
    runs = [run(f"runs/{name}", names[(at * at * 7 + 3) % 200], day=1 + at % 28) for at, name in enumerate(names)]
    members = tree(runs, parents_of(runs))
    assert sorted(member.run.name for member in members) == sorted(names)


def test_a_chain_of_thousands_costs_in_proportion_and_draws_its_last_levels() -> None:
    chain = [run(f"runs/{at}", str(at - 1) if at else "", day=1) for at in range(10_000)]
    members = tree(list(reversed(chain)), parents_of(chain))
    assert [member.run.name for member in members] == [str(at) for at in range(10_000)]
    assert members[-1].depth == 9_999 and members[-1].stem == "  " * (MOST_LEVELS - 1) + "└ "


def test_thousands_of_the_same_name_do_not_look_at_each_other() -> None:
    runs = [run(f"{at}/a", "a") for at in range(5_000)]
    assert parents_of(runs) == {}
    assert len(tree(runs, {})) == 5_000
