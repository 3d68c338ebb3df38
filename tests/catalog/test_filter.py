"""What a person types to narrow the list of runs, and in which order it stands."""

import math
from pathlib import Path

import pytest
from runlogs import manifest

from dltui.catalog.filter import parse_filter
from dltui.catalog.order import COLUMNS, Order, ordered
from dltui.catalog.summary import RunSummary
from dltui.errors import FilterError
from dltui.runs.status import RunStatus

RUN = RunSummary(
    folder=Path("exp/ResNet-50"), label="exp/ResNet-50", format="csv", status=RunStatus.RUNNING, verdict="overfitting"
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "resnet",
        "net exp",
        "-vgg",
        "vgg|resnet",
        "*resnet*",
        "*-[0-9]0",
        "/net-\\d+$/",
        "/^exp.res/",
        "/net",
        "state:running",
        "state:failed|run",
        "format:csv -format:json",
        "verdict:over*",
        "verdict:/fit/",
        "name:*50",
        "state:",
        "-",
        "|",
        "//",
        "-/vgg|bert/",
    ],
)
def test_it_matches(text: str) -> None:
    # a lone "-" is a word, and is in the name
    assert parse_filter(text).matches(RUN)


@pytest.mark.parametrize(
    "text",
    [
        "vgg",
        "resnet vgg",
        "-resnet",
        "vgg|bert",
        "resnet*",
        "/^resnet/",
        "state:failed",
        "-state:running",
        "format:csv,json",
        "nofield:csv",
        "-/net/",
    ],
)
def test_it_does_not_match(text: str) -> None:
    assert not parse_filter(text).matches(RUN)


@pytest.mark.parametrize("text", ["/(/", "/[/", "name:/*/", "ok /+/"])
def test_what_is_no_regular_expression_is_told(text: str) -> None:
    with pytest.raises(FilterError, match="is no regular expression"):
        parse_filter(text)


def runs(**values: float) -> list[RunSummary]:
    """Runs with those losses."""
    return [RunSummary(folder=Path(name), best_val_loss=value) for name, value in values.items()]


def test_what_is_not_known_stands_last_in_both_directions() -> None:
    found = runs(a=2.0, b=math.nan, c=1.0, d=math.inf)
    assert [run.name for run in ordered(found, Order("best val"))] == ["c", "a", "d", "b"]
    assert [run.name for run in ordered(found, Order("best val", reverse=True))] == ["d", "a", "c", "b"]


def test_names_are_sorted_as_people_do_and_equal_ones_stay() -> None:
    found = [RunSummary(folder=Path(name)) for name in ("run-10", "run-9", "Run-1", "x²")]
    assert [run.name for run in ordered(found, Order("run"))] == ["Run-1", "run-9", "run-10", "x²"]
    assert ordered(found, Order("train")) == found


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_sorts_a_run_of_which_nothing_is_known(column: str) -> None:
    nothing = RunSummary(folder=Path("x"), format="csv", epoch=math.nan)
    assert len(ordered([nothing, RUN, nothing], Order(column))) == 3


def test_the_same_column_again_turns_the_order_around() -> None:
    assert Order("train").by("train") == Order("train", reverse=True)
    assert Order("train", reverse=True).by("run") == Order("run")


@pytest.mark.parametrize(("epochs", "told"), [(0, math.nan), (7, 7.0)])
def test_the_planned_epochs_of_a_script_that_does_not_tell_them_are_unknown(epochs: int, told: float) -> None:
    of_script = manifest(epochs=epochs, steps_per_epoch=0, data=None, model=None, hparams={}, source="recorder")
    assert RunSummary(folder=Path("mine"), manifest=of_script).of_epochs == pytest.approx(told, nan_ok=True)
