"""What a look at the data finds: data made by hand, each with one thing to be found, and the built-in tasks."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import torch
from torch import Tensor, nn

from dltui_trainers.choices import Loss
from dltui_trainers.looked import DataReport, LookFailed, looked_decoder
from dltui_trainers.own_loss import OwnLoss
from dltui_trainers.probes import duplicates, inputs, neighbours
from dltui_trainers.probes.data import describe_data
from dltui_trainers.probes.look import look_at
from dltui_trainers.probes.sampled import evenly, places
from dltui_trainers.probes.speed import measure_model
from dltui_trainers.registry import TASKS
from dltui_trainers.tasks import Scaling, TaskData
from trainers.image_files import write_idx

CLASSES = 3


def classes(**changed: object) -> TaskData:
    """30 + 12 samples of 4 features in 3 balanced classes, which lie apart."""
    generator = torch.Generator().manual_seed(0)

    def samples(n: int) -> tuple[Tensor, Tensor]:
        y = torch.arange(n) % CLASSES
        return torch.randn(n, 4, generator=generator) * 0.1 + y[:, None], y

    (train_x, train_y), (val_x, val_y) = samples(30), samples(12)
    given = {
        "train_x": train_x,
        "train_y": train_y,
        "val_x": val_x,
        "val_y": val_y,
        "loss": Loss.CROSS_ENTROPY,
        "classes": CLASSES,
        "expected_initial_loss": math.log(CLASSES),
    }
    return TaskData(**{**given, **changed})  # type: ignore[arg-type]


def numbers(train_y: Tensor, val_y: Tensor) -> TaskData:
    """A regression whose only input is its target."""
    return TaskData(
        train_x=train_y.clone(),
        train_y=train_y,
        val_x=val_y.clone(),
        val_y=val_y,
        loss=Loss.MSE,
        classes=None,
        expected_initial_loss=1.0,
    )


def column(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float32).reshape(-1, 1)


def report(data: TaskData, task: str = "digits") -> DataReport:
    """The report as a reader gets it: through its file."""
    found = looked_decoder.decode(msgspec.json.encode(describe_data(TASKS[task], data)))
    assert isinstance(found, DataReport)
    return found


def test_sound_data_have_nothing_to_be_found() -> None:
    found = report(classes())
    assert (found.n_train, found.n_val, found.classes, found.input_shape) == (30, 12, CLASSES, [4])
    assert (found.class_counts, found.val_class_counts) == ([10] * 3, [4] * 3)
    assert (found.repeated, found.contradictory, found.val_in_train) == (0, 0, 0)
    assert (found.non_finite_inputs, found.non_finite_targets) == (0, 0)
    assert (found.looked_at, found.compared, found.val_compared) == (30, 30, 12)
    assert found.neighbour_score == 1.0 and found.chance == pytest.approx(1 / 3)
    assert found.uniform_loss == pytest.approx(math.log(3)) and found.constant_loss == pytest.approx(math.log(3))
    assert found.target_mean is None and found.target_variance is None


def test_duplicates_are_counted_each_in_their_way() -> None:
    data = classes()
    data.train_x[20] = data.train_x[2]  # of the same class
    data.train_x[22] = data.train_x[2]  # of another class
    data.train_x[7] = data.train_x[4]  # a pair that agrees
    data.val_x[3], data.val_x[4] = data.train_x[2], data.train_x[9]
    found = report(data)
    assert (found.repeated, found.contradictory, found.val_in_train) == (3, 3, 2)


def test_zero_and_minus_zero_are_the_same_and_a_bit_more_is_not() -> None:
    data = classes()
    data.train_x[0], data.train_x[3] = torch.zeros(4), -torch.zeros(4)
    data.train_x[6] = torch.full((4,), 1e-30)
    assert report(data).repeated == 1


def test_imbalance_moves_the_marks_of_knowing_nothing() -> None:
    train_y = torch.tensor([0] * 24 + [1] * 6)
    val_y = torch.tensor([0] * 9 + [1] * 3)
    found = report(classes(train_y=train_y, val_y=val_y))
    assert (found.class_counts, found.val_class_counts) == ([24, 6, 0], [9, 3, 0])
    assert found.constant_loss == pytest.approx(-0.75 * math.log(0.8) - 0.25 * math.log(0.2))
    assert found.uniform_loss == pytest.approx(math.log(3))
    assert found.chance == 0.75


def test_a_class_that_only_the_validation_has_costs_no_infinity() -> None:
    found = report(classes(train_y=torch.zeros(30, dtype=torch.long)))
    assert found.constant_loss == pytest.approx(-(math.log(31 / 33) + 2 * math.log(1 / 33)) / 3)


def test_the_constant_answer_for_mse_on_classes_is_what_the_loss_says() -> None:
    data = classes(loss=Loss.MSE, train_y=torch.tensor([0] * 15 + [1] * 9 + [2] * 6))
    share = torch.tensor([0.5, 0.3, 0.2])
    expected = nn.functional.mse_loss(share.expand(12, 3), nn.functional.one_hot(data.val_y, 3).float())
    found = report(data)
    assert found.constant_loss == pytest.approx(float(expected))
    assert found.uniform_loss == pytest.approx(1 / 3)


def test_inputs_that_are_not_normalised_show() -> None:
    data = classes()
    data.train_x[:, 0] = 7.0
    data.train_x[:, 1] = 1000 + 50 * torch.arange(30).float()
    found = report(data).inputs
    assert found is not None
    assert (found.features, found.constant_features) == (4, 1)
    assert found.maximum == 1000 + 50 * 29
    assert found.largest_feature_mean == pytest.approx(1000 + 50 * 14.5)
    assert found.largest_feature_deviation == pytest.approx(50 * math.sqrt((30**2 - 1) / 12))
    assert float(found.smallest_feature_deviation or 0) < 1.5
    assert float(found.mean) == pytest.approx(float(data.train_x.double().mean()))
    assert float(found.deviation) == pytest.approx(float(data.train_x.double().std(correction=0)))


def test_bytes_are_described_as_the_network_sees_them() -> None:
    x = torch.arange(60, dtype=torch.uint8).reshape(15, 1, 2, 2)
    scaling = Scaling(mean=torch.full((1, 1, 1), 29.5), deviation=torch.full((1, 1, 1), 10.0))
    found = report(
        classes(train_x=x, train_y=torch.arange(15) % 3, val_x=x[:6], val_y=torch.arange(6) % 3, scaling=scaling)
    )
    assert found.inputs is not None
    assert (found.inputs.minimum, found.inputs.maximum) == (pytest.approx(-2.95), pytest.approx(2.95))
    assert found.val_in_train == 6 and found.neighbour_score == 1.0


def test_numbers_that_are_none_are_counted_and_harm_no_other_number() -> None:
    data = classes()
    data.train_x[0, 0], data.train_x[1, 2], data.val_x[2, 3] = math.nan, math.inf, -math.inf
    found = report(data)
    assert found.non_finite_inputs == 3
    assert found.inputs is not None and math.isfinite(float(found.inputs.mean)) and float(found.inputs.maximum) < 3
    assert found.neighbour_score is not None


def test_data_of_which_nothing_is_finite() -> None:
    found = report(classes(train_x=torch.full((30, 4), math.nan)))
    assert found.non_finite_inputs == 120
    assert found.inputs is not None and found.inputs.mean == "nan" and found.inputs.largest_feature_mean is None


def test_a_regression_is_measured_by_its_targets() -> None:
    found = report(numbers(column(1, 2, 3, 4, 5, 6), column(2.5, 4.5)), "polynomial")
    assert found.kind == "regression" and found.class_counts is None
    assert (found.target_mean, found.target_variance) == (3.5, pytest.approx(35 / 12))
    assert found.uniform_loss == pytest.approx((2.5**2 + 4.5**2) / 2)
    assert found.constant_loss == 1.0 and found.chance == 0.0
    assert found.neighbour_score == pytest.approx(0.75)  # the five nearest have the means 3 and 4


def test_targets_that_are_none_and_targets_that_are_all_alike() -> None:
    found = report(numbers(column(1, math.nan, 3), column(2, math.inf)), "polynomial")
    assert found.non_finite_targets == 2
    assert (found.target_mean, found.constant_loss) == (2.0, 0.0)
    assert report(numbers(column(1, 2, 3), column(2, 2)), "polynomial").neighbour_score is None


def test_a_text_is_measured_by_its_characters() -> None:
    x = torch.tensor([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1]])
    data = classes(train_x=x, train_y=1 - x, val_x=x[:1], val_y=torch.tensor([[0, 0, 0, 1]]), classes=2)
    found = report(data, "text")
    assert found.inputs is None and found.neighbour_score is None and found.class_counts is None
    assert (found.repeated, found.contradictory, found.val_in_train) == (1, 0, 1)
    assert found.constant_loss == pytest.approx(math.log(2)) and found.chance == 0.75


def test_large_data_are_looked_at_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MOST_VALUES", 40)
    monkeypatch.setattr(duplicates, "MOST_SAMPLES", 20)
    monkeypatch.setattr(neighbours, "MOST_TRAIN", 9)
    monkeypatch.setattr(neighbours, "MOST_VAL", 5)
    found = report(classes())
    assert (found.looked_at, found.compared, found.val_compared) == (10, 20, 12)
    assert found.class_counts == [10] * 3 and found.neighbour_score == 1.0


def test_the_samples_looked_at_lie_evenly_spread() -> None:
    assert places(10, 5).tolist() == [0, 2, 4, 6, 8]
    assert places(3, 5).tolist() == [0, 1, 2]
    chosen = places(1000, 333)
    assert len(chosen.unique()) == 333 and int(chosen.diff().max()) <= 4
    assert evenly(torch.arange(7), 7).tolist() == list(range(7))


def test_a_network_is_built_measured_and_left_to_itself() -> None:
    found = measure_model("moons", {"batch_size": "100"}, {"layers": "1"})
    assert found.settings == {"layers": "1"} and not found.error
    assert found.parameters == found.trainable == 32 * 3 + 33 * 2
    assert not found.frozen and not found.unmoved
    assert found.steps == 25 and found.steps_per_epoch == 10
    assert found.step_s > 0 and found.validation_s > 0
    assert found.epoch_s == pytest.approx(10 * found.step_s + found.validation_s)


def test_settings_that_stretch_a_training_do_not_stretch_the_measuring() -> None:
    settings = {"schedule": "one_cycle", "warmup_steps": "1000", "epochs": "1", "early_stop_patience": "1"}
    found = measure_model("digits", settings, {})
    assert found.steps == 25 and not found.unmoved
    often = measure_model("text", {"context": "8", "train_size": "320", "eval_every": "10"}, {"layers": "1"})
    assert often.epoch_s == pytest.approx(20 * often.step_s + 2 * often.validation_s)


def test_frozen_layers_and_those_that_stand_still_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from dltui_trainers.tasks import digits

    real = digits.build_model

    def faulty(hparams: object, data: TaskData) -> nn.Module:
        model = real(hparams, data)  # type: ignore[arg-type]
        first, second, *_ = [each for each in model.modules() if isinstance(each, nn.Linear)]
        first.weight.requires_grad_(False)
        second.register_forward_hook(lambda module, inputs, output: output.detach())
        return model

    monkeypatch.setattr(digits, "build_model", faulty)
    found = measure_model("digits", {}, {})
    assert len(found.frozen) == 1 and found.trainable == found.parameters - 64 * 64
    assert len(found.unmoved) == 3 and not {*found.frozen} & {*found.unmoved}


@pytest.mark.parametrize(
    ("added", "error"),
    [
        ({"layers": "x"}, "layers = x is not a whole number"),
        ({"nothing": "1"}, "There is no hyperparameter 'nothing'"),
        ({"model": "gru", "norm": "batch"}, "norm = batch does not exist"),
    ],
)
def test_a_network_that_cannot_be_is_a_sentence(added: dict[str, str], error: str) -> None:
    found = measure_model("digits", {}, added)
    assert error in found.error and found.parameters == 0


def test_a_network_that_is_too_large_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")

    monkeypatch.setattr("dltui_trainers.tasks.digits.build_model", full)
    looked = look_at("digits", {}, [{}, {"layers": "1"}])
    assert isinstance(looked, DataReport)
    assert all("out of memory" in each.error and "smaller network" in each.error for each in looked.models)


def test_a_network_with_other_data_gets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = look_at("digits", {"train_size": "640"}, [{}, {"train_size": "128"}, {"loss": "mse"}, {"layers": "1"}])
    assert isinstance(looked, DataReport)
    assert [each.steps_per_epoch for each in looked.models] == [10, 2, 10, 10]
    assert not any(each.error for each in looked.models)


@pytest.mark.parametrize("task", ["digits", "mnist1d", "moons", "polynomial", "text"])
def test_the_built_in_tasks(task: str) -> None:
    looked = look_at(task, {}, [{}])
    assert isinstance(looked, DataReport)
    assert looked.task == task and looked.kind == TASKS[task].kind
    assert not looked.non_finite_inputs and not looked.contradictory and not looked.val_in_train
    assert not looked.models[0].error and not looked.models[0].unmoved
    assert float(looked.constant_loss) <= float(looked.uniform_loss) * 1.01
    if looked.neighbour_score is not None:
        assert float(looked.neighbour_score) > looked.chance + 0.3


def test_a_table_of_the_user(tmp_path: Path) -> None:
    rows = [f"{i % 7},{i % 5},{'yes' if i % 7 > 3 else 'no'}" for i in range(140)]
    (tmp_path / "table.csv").write_text("\n".join(["a,b,y", *rows]))
    looked = look_at("tabular", {"data": str(tmp_path / "table.csv")}, [{}])
    assert isinstance(looked, DataReport) and looked.kind == "classification" and looked.classes == 2
    assert looked.repeated > 50 and looked.val_in_train > 20 and looked.contradictory == 0
    regression = look_at(
        "tabular",
        {"data": str(tmp_path / "table.csv"), "target": "a", "target_kind": "numbers", "text_columns": "one_hot"},
    )
    assert isinstance(regression, DataReport) and regression.kind == "regression" and regression.classes is None
    assert regression.contradictory > 50


def test_images_of_the_user(tmp_path: Path) -> None:
    looked = look_at("images", {"data": str(write_idx(tmp_path))}, [{}, {"model": "mlp"}])
    assert isinstance(looked, DataReport) and looked.input_shape == [1, 6, 8] and looked.classes == 4
    assert looked.class_counts == [10] * 4 and looked.inputs is not None
    assert abs(float(looked.inputs.mean)) < 1e-4 and float(looked.inputs.deviation) == pytest.approx(1, abs=1e-3)
    assert looked.val_in_train == 20  # the file of test images begins as that of training images does
    assert not any(each.error for each in looked.models)


def test_what_cannot_be_looked_at_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = look_at("digts", {})
    assert isinstance(wrong, LookFailed) and wrong.usage and "Did you mean 'digits'" in wrong.error
    missing = look_at("tabular", {"data": str(tmp_path / "none.csv")})
    assert isinstance(missing, LookFailed) and missing.usage and "is not there" in missing.error
    monkeypatch.setattr("dltui_trainers.tasks.digits.load", lambda hparams: sys.exit(3))
    assert look_at("digits", {}) == LookFailed(error="SystemExit: 3", usage=False)


def test_words_are_no_measurements() -> None:
    found = report(classes(train_x=torch.arange(120).view(30, 4), val_x=torch.arange(48).view(12, 4)))
    assert found.inputs is None and found.neighbour_score is None and found.val_in_train == 12


def test_a_loss_of_ones_own_has_no_marks() -> None:
    own = OwnLoss("mse", lambda output, target: (output - target).square().mean())
    data = replace(numbers(column(1, 2, 3), column(2, 4)), loss=own, expected_initial_loss=None)
    found = report(data, "polynomial")
    assert found.own_loss and found.loss == "mse" and not found.takes_squares
    assert [found.uniform_loss, found.constant_loss, found.expected_initial_loss] == ["nan"] * 3


def test_targets_that_are_whole_images_are_not_looked_up() -> None:
    data = replace(numbers(torch.rand(40, 200, 200), torch.rand(20, 200, 200)), train_x=torch.rand(40, 3))
    assert report(replace(data, val_x=torch.rand(20, 3)), "polynomial").neighbour_score is None
