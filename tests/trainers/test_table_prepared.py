"""What becomes of a table: which columns are inputs, what the target is, who validates, and what is said about it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dltui_trainers.configure import configure
from dltui_trainers.named_task import find_task
from dltui_trainers.plan import plan
from dltui_trainers.sources.tables.prepared import Prepared
from dltui_trainers.sources.tables.resolver import read_prepared, resolve
from dltui_trainers.sources.tables.target import Target, divided

TASK = find_task("tabular")


def prepared(folder: Path, content: str, **settings: str) -> Prepared:
    """Return what becomes of a file with this ``content``."""
    file = folder / "table.csv"
    file.unlink(missing_ok=True)
    file.write_text(content)
    hparams, _ = configure(TASK, {"data": str(file), **settings})
    task, _ = resolve(TASK, hparams)
    table = read_prepared(hparams)
    assert task.n_train == table.n_train and task.notes == table.notes
    assert (task.kind == "regression") == (table.classes is None)
    return table


def rows(header: str, *lines: str, times: int = 10) -> str:
    """A file with the same lines again and again."""
    return "\n".join([header, *lines * times]) + "\n"


def test_inputs_have_mean_0_and_deviation_1_in_the_training_part(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    lines = [f"{1e6 + each},{each * 1e-9},{'ab'[int(each > 0)]}" for each in random.normal(size=500)]
    table = prepared(tmp_path, rows("big,small,kind", *lines, times=1))
    training = table.x[: table.n_train].astype(float)
    np.testing.assert_allclose(training.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(training.std(0), 1, atol=1e-5)
    np.testing.assert_allclose(table.x[:, 0], table.x[:, 1], atol=1e-5)
    assert abs(table.x[table.n_train :].mean()) > 1e-4  # the validation had no say


def test_numbers_to_tell_are_scaled_like_the_inputs(tmp_path: Path) -> None:
    table = prepared(tmp_path, rows("y,x", *(f"{n * 3},{n}.5" for n in range(100)), times=1), target="y")
    assert table.classes is None and table.y.shape == (100, 1) and table.y.dtype == np.float32
    np.testing.assert_allclose(table.y, table.x, atol=1e-6)
    task, _ = resolve(TASK, configure(TASK, {"data": str(tmp_path / "table.csv"), "target": "y"})[0])
    assert {"loss", "label_smoothing", "per_class", "label_noise"}.isdisjoint(task.reads)
    assert {"lr", "val_share", "dropout"} <= {*task.reads}


@pytest.mark.parametrize(
    ("values", "kind", "classes"),
    [
        (["b", "a"], "auto", ("a", "b")),
        (["True", "false"], "auto", ("false", "true")),
        (["10", "9", "-1"], "auto", ("-1", "9", "10")),
        (["1.5", "2.5"], "auto", None),
        (["1.5", "2.5"], "classes", ("1.5", "2.5")),
        (["1", "2"], "numbers", None),
        (list(map(str, range(20))), "auto", tuple(map(str, range(20)))),
        (list(map(str, range(21))), "auto", None),
        (["1", "2", "x"], "auto", ("1", "2", "x")),
    ],
)
def test_classes_or_numbers(tmp_path: Path, values: list[str], kind: str, classes: tuple[str, ...] | None) -> None:
    lines = [f"{place}.5,{value}" for place, value in enumerate(values)]
    table = prepared(tmp_path, rows("x,y", *lines, times=20), target_kind=kind)
    assert table.classes == classes
    whole = kind == "auto" and classes is not None and values[0].lstrip("-").isdigit() and "x" not in values
    assert bool(table.notes) == whole, table.notes


def test_few_rows_for_each_whole_number_are_no_classes(tmp_path: Path) -> None:
    lines = [f"{n}.5,{n % 5}" for n in range(20)]
    assert prepared(tmp_path, rows("x,y", *lines, times=1)).classes is None
    assert prepared(tmp_path, rows("x,y", *lines, times=2)).classes is not None


def test_a_validation_has_its_share_of_each_class_and_always_the_same(tmp_path: Path) -> None:
    lines = [f"{n}.5,{'abbbbbbbbb'[n % 10]}" for n in range(200)]
    table = prepared(tmp_path, rows("x,kind", *lines, times=1), val_share="0.25")
    assert np.bincount(table.y[table.n_train :]).tolist() == [5, 45]
    again = prepared(tmp_path, rows("x,kind", *lines, times=1), val_share="0.25", seed="7", train_size="10")
    np.testing.assert_array_equal(table.x, again.x)
    assert len(set(table.y[:40].tolist())) == 2  # in random order


@given(
    counts=st.lists(st.integers(2, 30), min_size=2, max_size=5),
    share=st.floats(0, 0.9, exclude_min=True),
)
def test_each_row_is_in_one_part_and_each_class_in_both(counts: list[int], share: float) -> None:
    values = np.repeat(np.arange(len(counts)), counts)
    training, validation = divided(Target(values=values, classes=tuple("abcde"[: len(counts)])), share)
    assert sorted([*training, *validation]) == list(range(len(values)))
    for part in (training, validation):
        assert set(values[part]) == set(range(len(counts)))
    shares = np.bincount(values[validation]) / counts
    assert np.all(np.abs(shares - share) * counts <= 1)


def test_columns_that_are_no_numbers(tmp_path: Path) -> None:
    content = rows("x,ok,city,kind", "1,true,Ulm,a", "2,FALSE,Bonn,b", "3,True,Ulm,a")
    assert prepared(tmp_path, content, text_columns="drop").inputs == ("x", "ok")
    table = prepared(tmp_path, content, text_columns="one_hot")
    assert table.inputs == ("x", "ok", "city = Bonn", "city = Ulm")
    np.testing.assert_allclose(table.x[:, 2], -table.x[:, 3], atol=1e-6)
    assert prepared(tmp_path, content, ignore="city").inputs == ("x", "ok")
    assert prepared(tmp_path, content, ignore=" city , ok").inputs == ("x",)


def test_a_name_with_a_comma_is_ignored_in_quotes(tmp_path: Path) -> None:
    content = rows('"a, b",x,kind', "u,1,a", "v,2,b")
    assert prepared(tmp_path, content, ignore='"a, b"').inputs == ("x",)


GAPS = [f"{'' if n % 4 == 0 else n % 3},{n % 5},{'ab'[n % 2]}" for n in range(40)]


def test_rows_that_lack_something_are_left_out(tmp_path: Path) -> None:
    table = prepared(tmp_path, rows("x,y,kind", *GAPS, times=1), missing="drop")
    assert len(table.x) == 30
    assert table.notes == ("10 of 40 rows are left out: a value is missing in them.",)


def test_what_is_missing_is_the_mean_of_the_training_part(tmp_path: Path) -> None:
    table = prepared(tmp_path, rows("x,y,kind", *GAPS, times=1), missing="mean")
    assert len(table.x) == 40 and not table.notes
    assert (np.abs(table.x[:, 0]) < 1e-6).sum() == 10  # 0 is the mean, and no other value is
    known = table.x[: table.n_train, 0][np.abs(table.x[: table.n_train, 0]) > 1e-6]
    assert known.mean() == pytest.approx(0, abs=1e-5) and known.std() == pytest.approx(1, abs=1e-5)


def test_the_mean_of_a_text_is_the_share_of_each(tmp_path: Path) -> None:
    lines = [f"{['Ulm', 'Bonn', 'Ulm', '?'][n % 4]},{n}.5,{'ab'[n % 2]}" for n in range(80)]
    table = prepared(tmp_path, rows("city,x,kind", *lines, times=1), missing="mean", text_columns="one_hot")
    assert (np.abs(table.x[:, 0]) < 1e-6).sum() == 20


@pytest.mark.parametrize("missing", ["drop", "mean"])
def test_a_row_without_a_target_is_left_out(tmp_path: Path, missing: str) -> None:
    table = prepared(tmp_path, rows("x,kind", "1,a", "2,b", "3,?"), missing=missing)
    assert len(table.x) == 20 and "10 of 30 rows" in table.notes[0]


def test_what_a_person_should_know_is_said_when_it_starts(tmp_path: Path) -> None:
    lines = [f"{n},{n % 3},7,{n % 2}" for n in range(40)]
    prepared(tmp_path, rows(",x,same\x1b,kind", *lines, times=1))
    warnings = plan("tabular", {"data": str(tmp_path / "table.csv")}).warnings
    assert len(warnings) == 3 and all(each.isprintable() for each in warnings)
    classes, constant, counting = warnings
    assert "2 whole numbers" in classes and "target_kind=numbers" in classes
    assert r"'same\x1b'" in constant
    assert "'column 1' counts the rows" in counting and "--set 'ignore=column 1'" in counting
