"""Step 0 on reports made by hand: what is a fault, what a doubt, what neither; and which network it starts with."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from guide import works

from dltui.errors import GuideError
from dltui.guide.options import Options
from dltui.guide.result import Bars, Judgement
from dltui.guide.steps.know_data import step as know_data
from dltui_trainers.looked import DataReport
from dltui_trainers.runlog import number

SOUND, DOUBTFUL, FAULT = Judgement.SOUND, Judgement.DOUBTFUL, Judgement.FAULT


def looked_at(looked: DataReport, **rest: Any) -> tuple[Judgement, list[str]]:
    """Return the verdict on that report, and the keys of what is said."""
    result = know_data.run(works.Desk(task=looked.task, looked=looked, **rest))
    works.say_all(result)
    return result.judgement, [key.removeprefix("know_data.") for key in works.keys(result)]


def scaled(mean: float, deviation: float, **rest: Any) -> dict[str, Any]:
    """Return inputs of that mean and deviation."""
    given = {"mean": mean, "deviation": deviation, "minimum": mean - 2 * deviation, "maximum": mean + 3 * deviation}
    return {"inputs": works.inputs(**{**given, **rest})}


INPUTS = {
    "standardised": (scaled(0.0, 1.0), SOUND, "inputs_fine"),
    "pixels in 0 to 1": (scaled(0.13, 0.31, minimum=0.0, maximum=1.0), SOUND, "inputs_fine"),
    "a point in -1 to 1": (scaled(0.01, 0.6, constant_features=0), SOUND, "inputs_fine"),
    "one-hot columns": (
        scaled(0.01, 0.1, minimum=0.0, maximum=1.0, smallest_feature_deviation=0.03),
        SOUND,
        "inputs_fine",
    ),
    "a column with far values": (scaled(0.0, 1.0, maximum=40.0), SOUND, "inputs_fine"),
    "nothing varies": (
        scaled(0.0, 0.0, largest_feature_mean=None, largest_feature_deviation=None, smallest_feature_deviation=None),
        DOUBTFUL,
        "inputs_small",
    ),
    "twice as large as usual": (scaled(0.5, 2.0), SOUND, "inputs_fine"),
    "thrice as large": (scaled(0.0, 3.0), DOUBTFUL, "inputs_large"),
    "pixels in 0 to 16": (scaled(4.9, 6.0, minimum=0.0, maximum=16.0), FAULT, "inputs_raw"),
    "bytes": (scaled(33.0, 79.0, minimum=0.0, maximum=255.0), FAULT, "inputs_raw"),
    "one raw column of a thousand": (scaled(0.0, 1.2, largest_feature_deviation=30.0), DOUBTFUL, "feature_large"),
    "bytes divided twice": (scaled(5e-4, 1e-3), FAULT, "inputs_tiny"),
    "a hundredth": (scaled(0.0, 0.01), DOUBTFUL, "inputs_small"),
    "temperatures over 273": (scaled(1.0, 0.04), DOUBTFUL, "inputs_off_centre"),
    "no finite one": (scaled(float("nan"), float("nan")), DOUBTFUL, "no_range"),
    "some that are none": ({"non_finite_inputs": 1}, FAULT, "non_finite_inputs"),
    "targets that are none": ({"non_finite_targets": 3}, FAULT, "non_finite_targets"),
}


@pytest.mark.parametrize(("changes", "judgement", "key"), INPUTS.values(), ids=INPUTS)
def test_inputs(changes: dict[str, Any], judgement: Judgement, key: str) -> None:
    if "inputs" in changes:
        inputs = {name: number(getattr(changes["inputs"], name)) for name in ("mean", "deviation")}
        changes = {"inputs": msgspec.structs.replace(changes["inputs"], **inputs)}
    found, keys = looked_at(works.report(**changes))
    assert (found, key in keys) == (judgement, True), keys


SAMPLES = {
    "uneven": ({"class_counts": [300, *[126] * 9]}, SOUND, "balanced"),
    "a class at a fifth": ({"class_counts": [28, *[156] * 9]}, SOUND, "balanced"),
    "a class at a twentieth": ({"class_counts": [7, *[159] * 9]}, DOUBTFUL, "imbalanced"),
    "nobody to learn from": ({"class_counts": [0, *[160] * 9]}, DOUBTFUL, "untrained_classes"),
    "nobody to judge by": ({"val_class_counts": [0, *[40] * 9]}, DOUBTFUL, "unjudged_classes"),
    "two copies": ({"val_in_train": 2}, SOUND, "apart"),
    "five copies": ({"val_in_train": 5}, DOUBTFUL, "shared"),
    "mostly copies": ({"val_in_train": 200}, FAULT, "leaked"),
    "few categories, alike by nature": ({"val_in_train": 300, "repeated": 1100}, DOUBTFUL, "shared"),
    "some are there twice": ({"repeated": 30}, SOUND, "repeated"),
    "one contradiction": ({"repeated": 1, "contradictory": 2}, SOUND, "repeated"),
    "contradictions": ({"repeated": 60, "contradictory": 80}, DOUBTFUL, "contradictory"),
    "few to train": ({"n_train": 40, "class_counts": [4] * 10}, DOUBTFUL, "few_train"),
    "few to judge by": ({"n_val": 40, "val_class_counts": [4] * 10}, DOUBTFUL, "few_val"),
    "neighbours know nothing": ({"neighbour_score": 0.12}, DOUBTFUL, "no_neighbours"),
    "neighbours know a little": ({"neighbour_score": 0.17}, SOUND, "neighbours"),
    "neighbours below a class that is nearly all": (
        {"classes": 2, "class_counts": [1300, 137], "val_class_counts": [326, 34], "neighbour_score": 0.88}
        | {"chance": 0.905},
        SOUND,
        "neighbours",
    ),
    "too few to tell": (
        {"n_val": 30, "val_class_counts": [3] * 10, "neighbour_score": 0.1},
        DOUBTFUL,
        "neighbours",
    ),
    "nothing to compare": ({"neighbour_score": None}, SOUND, "constant"),
}


@pytest.mark.parametrize(("changes", "judgement", "key"), SAMPLES.values(), ids=SAMPLES)
def test_samples(changes: dict[str, Any], judgement: Judgement, key: str) -> None:
    found, keys = looked_at(works.report(**changes))
    assert (found, key in keys) == (judgement, True), keys


@pytest.mark.parametrize(
    ("score", "n_train", "key"),
    [(-0.2, 300, "no_neighbours_number"), (0.3, 300, "neighbours_number"), (-0.2, 12, "neighbours_number")],
)
def test_neighbours_of_numbers(score: float, n_train: int, key: str) -> None:
    _, keys = looked_at(works.regression(neighbour_score=score, n_train=n_train, compared=n_train))
    assert key in keys


REFUSED = {
    "a loss of its own": ({"loss": "hinge"}, "hinge"),
    "an unknown start": ({"expected_initial_loss": "nan"}, "knows nothing"),
    "one class": ({"classes": 1, "class_counts": [1437], "val_class_counts": [360]}, "one class"),
    "one of ten": ({"class_counts": [1437, *[0] * 9]}, "one class"),
    "no validation": ({"n_val": 0}, "no validation samples"),
    "no training": ({"n_train": 0}, "no training samples"),
    "a text of one letter": ({"class_counts": None, "val_class_counts": None, "classes": 1}, "one class"),
    "nothing can be trained": ({"models": [works.model_report(error="no memory")]}, "no memory"),
}


@pytest.mark.parametrize(("changes", "says"), REFUSED.values(), ids=REFUSED)
def test_what_nobody_could_judge_is_refused_in_one_sentence(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(GuideError, match=says) as refusal:
        looked_at(works.report(**changes))
    assert "\n" not in str(refusal.value)


def test_targets_that_are_all_alike_are_refused() -> None:
    with pytest.raises(GuideError, match="same number"):
        looked_at(works.regression(target_variance=0.0))


def chosen(looked: DataReport, **rest: Any) -> dict[str, Any]:
    """Return what is handed on."""
    return dict(know_data.run(works.Desk(task=looked.task, looked=looked, **rest)).handed.settings)


SMALL, LARGE = [1, 8, 8], [3, 32, 32]


@pytest.mark.parametrize(
    ("shape", "n_train", "layers", "channels"),
    [(SMALL, 1437, 2, 32), ([1, 40], 4000, 3, 32), (LARGE, 50_000, 3, 32), (SMALL, 200, 2, 32)],
)
def test_images_and_signals_get_convolutions_as_many_as_fit(
    shape: list[int], n_train: int, layers: int, channels: int
) -> None:
    found = chosen(works.report(input_shape=shape, n_train=n_train))
    assert (found["model"], found["layers"], found["channels"]) == ("cnn", layers, channels)


def models(*sizes: tuple[dict[str, str], int, float]) -> list[Any]:
    return [works.model_report(added, parameters=count, epoch_s=epoch_s) for added, count, epoch_s in sizes]


FLAT = {"model": "mlp", "layers": "2", "width": "64"}
DEEP = {"model": "cnn", "layers": "2", "norm": "batch", "channels": "32"}
SLIM = {**DEEP, "channels": "16"}


@pytest.mark.parametrize(
    ("n_train", "deep_s", "slim_s", "expected", "why"),
    [
        (1437, 0.1, 0.05, DEEP, "images"),
        (400, 0.1, 0.05, SLIM, "images"),
        (100, 0.1, 0.05, SLIM, "smallest"),
        (1437, 10.0, 0.05, SLIM, "images"),
        (1437, 10.0, 9.0, FLAT, "fast_enough"),
    ],
)
def test_the_largest_that_data_and_time_allow(
    n_train: int, deep_s: float, slim_s: float, expected: dict[str, str], why: str
) -> None:
    made = models((DEEP, 21_000, deep_s), (SLIM, 6_000, slim_s), (FLAT, 9_000, 0.01))
    looked = works.report(n_train=n_train, models=made)
    options = Options(budget_s=60.0)
    assert {name: str(value) for name, value in chosen(looked, options=options).items()} == expected
    assert f"model_{why}" in looked_at(looked, options=options)[1]


def test_fewer_convolutions_are_better_than_none() -> None:
    """A signal of 40 values has room for three, but two are all that is fast."""
    looked = works.report(
        input_shape=[1, 40],
        models=models(({**DEEP, "layers": "3"}, 21_000, 5.0), (DEEP, 9_000, 0.1), (FLAT, 9_000, 0.01)),
    )
    assert chosen(looked, options=Options(budget_s=60.0))["layers"] == 2


def test_where_nothing_is_fast_the_fastest_is_taken() -> None:
    looked = works.report(models=models((DEEP, 21_000, 100.0), (FLAT, 9_000, 90.0)))
    assert chosen(looked, options=Options(budget_s=60.0))["model"] == "mlp"


@pytest.mark.parametrize(
    ("settings", "absent", "model"),
    [
        ({"model": "mlp"}, "model", None),
        ({"layers": "3"}, "layers", "cnn"),
        ({"model": "cnn", "layers": "2", "channels": "8", "norm": "none"}, "channels", None),
    ],
)
def test_what_the_user_has_settled_stays(settings: dict[str, str], absent: str, model: str | None) -> None:
    found = chosen(works.report(), options=Options(settings=settings))
    assert absent not in found
    assert found.get("model") == model


def test_a_network_that_cannot_be_is_not_tried() -> None:
    work = works.Desk(looked=works.report(), options=Options(settings={"layer_dropout": "0.1,0.2"}))
    know_data.run(work)
    assert {each.get("layers") for each in work.models[0]} == {2}


def test_a_failed_network_is_told_and_not_taken() -> None:
    failed = works.model_report(DEEP, error="RuntimeError: out of memory")
    looked = works.report(models=[failed, *models((FLAT, 9_000, 0.01))])
    assert chosen(looked)["model"] == "mlp"
    assert "model_error" in looked_at(looked)[1]


def test_a_polynomial_has_nothing_to_choose() -> None:
    work = works.Desk(task="polynomial", looked=works.regression())
    result = know_data.run(work)
    assert work.models == [[{}]] and not result.handed.settings
    assert isinstance(result.plot, Bars) and result.plot.level is not None


@pytest.mark.parametrize(("rows", "width"), [(200, 32), (1000, 128)])
def test_a_table_gets_a_network_that_its_rows_can_fill(rows: int, width: int, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b,kind\n" + "".join(f"{each},{-each},{'xy'[each % 2]}\n" for each in range(40)))
    sizes = {128: 17_000, 64: 4_500, 32: 1_200, 16: 80}
    made = [({"layers": "2" if wide > 16 else "1", "width": str(wide)}, count, 0.01) for wide, count in sizes.items()]
    looked = works.report(task="tabular", input_shape=[2], classes=2, n_train=rows, class_counts=[rows // 2] * 2)
    looked = msgspec.structs.replace(looked, val_class_counts=[180, 180], models=models(*made))
    assert chosen(looked, options=Options(settings={"data": str(path)}))["width"] == width


def test_many_classes_are_drawn_in_part() -> None:
    looked = works.report(classes=300, class_counts=[each + 5 for each in range(300)], val_class_counts=[1] * 300)
    plot = know_data.run(works.Desk(looked=looked)).plot
    assert isinstance(plot, Bars)
    assert len(plot.labels) == know_data.MOST_BARS and plot.labels[0] == "299" and plot.labels[-1] == "0"


def test_data_without_a_number_can_be_kept() -> None:
    looked = works.regression(
        expected_initial_loss="nan", non_finite_targets=2, uniform_loss="nan", constant_loss="nan"
    )
    assert looked_at(looked)[0] is FAULT
