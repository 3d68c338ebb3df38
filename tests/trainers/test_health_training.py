"""Our own trainings tell of every parameter, of the waiting for data, and of where a number broke."""

from pathlib import Path

from dltui_trainers.runlog import AnyRecord, EventRecord, ParametersRecord, StepRecord
from trainers.test_loop import logged


def parameters_of(records: list[AnyRecord]) -> list[ParametersRecord]:
    found = [each for each in records if isinstance(each, ParametersRecord)]
    for each in found:
        each.time = 0.0
    return found


def test_every_parameter_is_told_from_the_first_record_on_and_alike_for_a_seed(tmp_path: Path) -> None:
    runs = [logged(tmp_path / name, "digits", epochs=4, layers=2, width=16, train_size=640) for name in "ab"]
    steps = [each for each in runs[0] if isinstance(each, StepRecord)]
    one, other = map(parameters_of, runs)
    assert one == other and len(one) >= 4
    assert one[0].step == steps[0].step
    names = [
        f"{layer}.{part}" for layer in ("hidden1.linear", "hidden2.linear", "output") for part in ("weight", "bias")
    ]
    assert all(list(each.parameters) == names for each in one)
    assert all(stats.grad_norm and stats.update_norm for each in one for stats in each.parameters.values())
    outputs = one[0].outputs
    assert list(outputs)[-1] == "output" and outputs["hidden1.linear"].dead is not None
    assert one[0].noise_scale is None and any(each.noise_scale for each in one)


def test_the_share_of_waiting_is_one(tmp_path: Path) -> None:
    steps = [each for each in logged(tmp_path, "digits", epochs=1) if isinstance(each, StepRecord)]
    assert steps and all(0 <= float(each.data_wait or 0) <= 1 and each.data_wait is not None for each in steps)


def test_a_training_that_explodes_says_where(tmp_path: Path) -> None:
    records = logged(tmp_path, "polynomial", epochs=300, optimizer="sgd", lr=1000, schedule="constant")
    (event,) = [each for each in records if isinstance(each, EventRecord)]
    first = next(each.step for each in records if isinstance(each, StepRecord) and isinstance(each.train_loss, str))
    assert event.name == "non_finite" and event.to in ("output", "loss", "gradient", "weights")
    assert event.step <= first and event.reason
