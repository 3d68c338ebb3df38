"""The loop: the same seed gives the same log, and each hyperparameter does what it says."""

import math
import time
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from dltui_trainers.batches import Batches, batch_sizes
from dltui_trainers.best import Best
from dltui_trainers.checkpoint import load
from dltui_trainers.commands import Commands
from dltui_trainers.configure import configure
from dltui_trainers.control import Control
from dltui_trainers.loop import Training
from dltui_trainers.named_task import find_task
from dltui_trainers.pace import Pace
from dltui_trainers.prepare import prepare
from dltui_trainers.runlog import (
    CHECKPOINTS,
    CONTROL,
    AnyRecord,
    Command,
    EvalRecord,
    EventRecord,
    LayersRecord,
    StepRecord,
    to_line,
)
from dltui_trainers.writer import RunWriter
from trainers.trainings import CPU, ListLog, an_epoch, make_training, read_log


def logged(folder: Path, task: str, pace: Pace | None = None, **hparams: object) -> list[AnyRecord]:
    """Run a training with its log and return the records."""
    info = find_task(task)
    checked, _ = configure(info, {name: str(value) for name, value in hparams.items()})
    bench = prepare(info, checked, CPU)
    bench = replace(bench, pace=pace) if pace else bench
    writer = RunWriter.create(folder)
    bench.training(folder, bench.run_log(writer), Commands(Control(folder))).run()
    writer.close()
    return read_log(folder)


def without_times(records: list[AnyRecord]) -> list[AnyRecord]:
    for record in records:
        record.time = 0.0
        if isinstance(record, StepRecord):
            record.throughput = record.data_wait = None
    return [record for record in records if record.__struct_config__.tag != "system"]


def evaluations(records: list[AnyRecord]) -> list[EvalRecord]:
    return [record for record in records if isinstance(record, EvalRecord)]


@pytest.mark.parametrize("hparams", [{"dropout": 0.3}, {"model": "cnn", "norm": "batch"}], ids=["mlp", "cnn"])
def test_the_same_seed_gives_the_same_log(tmp_path: Path, hparams: dict[str, object]) -> None:
    one, two, other = (
        without_times(logged(tmp_path / name, "digits", epochs=3, train_size=300, seed=seed, **hparams))
        for name, seed in (("one", 5), ("two", 5), ("other", 6))
    )
    assert one == two
    assert one != other


def test_watching_does_not_change_the_training(tmp_path: Path) -> None:
    hparams = {"epochs": 2, "train_size": 300, "dropout": 0.3, "norm": "batch"}
    often = Pace(record_every=1, gradient_every=1, ratio_every=1, layers_every=1, eval_every=1)
    seldom = replace(often, record_every=7, gradient_every=7, ratio_every=7, layers_every=7)
    one = evaluations(without_times(logged(tmp_path / "one", "digits", often, **hparams)))
    two = evaluations(without_times(logged(tmp_path / "two", "digits", seldom, **hparams)))
    assert one == two


def test_the_log_of_a_training(tmp_path: Path) -> None:
    pace = Pace(record_every=2, gradient_every=4, ratio_every=8, layers_every=8, eval_every=1)
    records = logged(tmp_path, "digits", pace, epochs=4, batch_size=100, train_size=400)
    first = records[0]
    assert isinstance(first, EvalRecord) and first.step == 0
    assert float(first.val_loss) == pytest.approx(math.log(10), abs=0.1)
    assert [record.epoch for record in evaluations(records)] == [0, 1, 2, 3, 4]
    steps = [record for record in records if isinstance(record, StepRecord)]
    assert [record.step for record in steps] == [2, 4, 6, 8, 10, 12, 14, 16]
    assert [record.grad_norm is not None for record in steps] == [False, True] * 4
    assert [record.update_ratio is not None for record in steps] == [False, False, False, True] * 2
    assert steps[1].epoch == 1.0 and steps[0].lr < 1e-3
    layers = [record for record in records if isinstance(record, LayersRecord)]
    assert [record.step for record in layers] == [8, 16]
    assert list(layers[0].layers) == ["hidden1.linear", "hidden2.linear", "output"]


def test_a_record_holds_the_mean_loss_since_the_last_one(tmp_path: Path) -> None:
    each = Pace(record_every=1, gradient_every=1, ratio_every=1, layers_every=1, eval_every=1)
    single = logged(tmp_path / "one", "digits", each, epochs=1, train_size=256)
    both = logged(tmp_path / "two", "digits", replace(each, record_every=2), epochs=1, train_size=256)
    losses = [float(record.train_loss) for record in single if isinstance(record, StepRecord)]
    means = [float(record.train_loss) for record in both if isinstance(record, StepRecord)]
    assert means == pytest.approx([(losses[0] + losses[1]) / 2, (losses[2] + losses[3]) / 2])


def test_the_last_steps_are_told_even_if_no_record_was_due(tmp_path: Path) -> None:
    each = Pace(record_every=1, gradient_every=1, ratio_every=1, layers_every=1, eval_every=1)
    single = logged(tmp_path / "one", "digits", each, epochs=1, train_size=320)
    third = logged(tmp_path / "two", "digits", replace(each, record_every=3), epochs=1, train_size=320)
    every = [record for record in single if isinstance(record, StepRecord)]
    steps = [record for record in third if isinstance(record, StepRecord)]
    assert [record.step for record in steps] == [3, 5]
    assert float(steps[-1].train_loss) == pytest.approx(sum(float(each.train_loss) for each in every[3:]) / 2)
    assert steps[-1].grad_norm is None and steps[-1].lr == every[-1].lr


def test_early_stopping_ends_and_tells(tmp_path: Path) -> None:
    log = ListLog()
    training = make_training(tmp_path, "digits", log, epochs=50, train_size=64, lr=1e-9, early_stop_patience=3)
    training.best = Best(val_loss=-1.0, step=0, bar=-1.0)  # no cross entropy is ever below 0
    assert training.run() == "finished"
    assert training.epoch == 2 and training.best.validations_since == 3
    last = log.records[-1]
    assert isinstance(last, EventRecord) and last.name == "early_stop" and "3 validations" in last.reason


@pytest.mark.parametrize(
    ("eval_every", "steps"), [(0, [0, 4, 8, 12]), (3, [0, 3, 6, 9, 12]), (5, [0, 5, 10, 12]), (8, [0, 8, 12])]
)
def test_validations_fall_on_the_steps_that_are_asked_for(tmp_path: Path, eval_every: int, steps: list[int]) -> None:
    log = ListLog()
    make_training(tmp_path, "digits", log, epochs=3, train_size=64, batch_size=16, eval_every=eval_every).run()
    evals = [each for each in log.records if isinstance(each, EvalRecord)]
    assert [each.step for each in evals] == steps
    assert [each.epoch for each in evals] == [step / 4 for step in steps]


@pytest.mark.parametrize(
    ("max_steps", "eval_every", "steps"),
    [
        (6, 0, [0, 4, 6]),
        (8, 0, [0, 4, 8]),
        (6, 3, [0, 3, 6]),
        (8, 4, [0, 4, 8]),
        (7, 3, [0, 3, 6, 7]),
        (1, 1, [0, 1]),
        (12, 5, [0, 5, 10, 12]),
        (13, 0, [0, 4, 8, 12]),
    ],
)
def test_a_number_of_steps_ends_the_training_like_its_epochs(
    tmp_path: Path, max_steps: int, eval_every: int, steps: list[int]
) -> None:
    log = ListLog()
    settings = {"epochs": 3, "train_size": 64, "batch_size": 16, "eval_every": eval_every, "max_steps": max_steps}
    training = make_training(tmp_path, "digits", log, **settings)
    assert training.run() == "finished"
    assert [each.step for each in log.records if isinstance(each, EvalRecord)] == steps
    assert (training.step, training.epochs_done) == (steps[-1], steps[-1] / 4)
    last = load(tmp_path / CHECKPOINTS / "last.pt", CPU)
    assert (last["step"], last["epoch"]) == (steps[-1], steps[-1] // 4)


def test_the_schedule_covers_the_steps_that_there_are(tmp_path: Path) -> None:
    settings = {"epochs": 30, "max_steps": 100, "lr": 1, "schedule": "range_test"}
    training = make_training(tmp_path, "digits", **settings)
    assert training.learning_rate.at(99) == 1 > training.learning_rate.at(98)
    assert training.dials.end(training.hparams, step=0, epoch=0) == 100
    assert training.dials.end(replace(training.hparams, epochs=2), step=0, epoch=0) == 46


def test_early_stopping_ends_within_an_epoch(tmp_path: Path) -> None:
    log = ListLog()
    settings = {"epochs": 50, "train_size": 64, "batch_size": 16, "eval_every": 1, "early_stop_patience": 3}
    training = make_training(tmp_path, "digits", log, **settings)
    training.best = Best(val_loss=-1.0, step=0, bar=-1.0)
    assert training.run() == "finished"
    assert (training.step, training.epoch) == (2, 0)
    last = log.records[-1]
    assert isinstance(last, EventRecord) and (last.name, last.step) == ("early_stop", 2)


def test_stop_takes_effect_at_the_next_step(tmp_path: Path) -> None:
    log = ListLog()
    training = make_training(tmp_path, "digits", log, epochs=10**5)
    (tmp_path / CONTROL).write_bytes(to_line(Command(id=1, time=time.time(), command="stop")))
    assert training.run() == "stopped"
    assert training.step == 0
    assert [type(record) for record in log.records] == [EvalRecord, EventRecord]


class Broken(nn.Module):
    """Has no finite answer."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((64, 10), math.nan))

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1) @ self.weight


def test_a_loss_that_is_not_finite_is_logged_and_does_not_crash(tmp_path: Path) -> None:
    task = find_task("digits")
    hparams, _ = configure(task, {"epochs": "2", "train_size": "64", "grad_clip": "1", "schedule": "plateau"})
    bench = replace(prepare(task, hparams, CPU), model=Broken())
    writer = RunWriter.create(tmp_path)
    training = bench.training(tmp_path, bench.run_log(writer), Commands(Control(tmp_path)))
    assert training.run() == "finished"
    writer.close()
    assert training.best.step is None
    records = read_log(tmp_path)
    assert [record.val_loss for record in evaluations(records)] == ["nan"] * 3
    assert {record.train_loss for record in records if isinstance(record, StepRecord)} == {"nan"}


def test_the_best_is_the_lowest_and_never_nan() -> None:
    best = Best()
    assert [best.improves(loss, step) for step, loss in enumerate([3.0, 2.0, math.nan, 2.0])] == [
        True,
        True,
        False,
        False,
    ]
    assert (best.val_loss, best.step, best.validations_since) == (2.0, 1, 2)


def one_step(training: Training) -> None:
    training._train_step(*next(an_epoch(training.batches)))


def test_grad_clip_bounds_the_update(tmp_path: Path) -> None:
    training = make_training(tmp_path, "digits", optimizer="sgd", lr=1, grad_clip=0.01, schedule="constant")
    before = [each.detach().clone() for each in training.model.parameters()]
    one_step(training)
    after = training.model.parameters()
    moved = math.hypot(*[(new - old).norm().item() for new, old in zip(after, before, strict=True)])
    assert moved == pytest.approx(0.01, rel=1e-3)


def test_l1_pulls_the_weights_and_stays_out_of_the_logged_loss(tmp_path: Path) -> None:
    plain, pulled = (make_training(tmp_path, "digits", optimizer="sgd", lr=0.1, l1=l1) for l1 in (0.0, 0.5))
    start = plain.model.state_dict()["output.weight"].clone()
    one_step(plain)
    one_step(pulled)
    difference = plain.model.state_dict()["output.weight"] - pulled.model.state_dict()["output.weight"]
    assert torch.allclose(difference, 0.1 * 0.5 * start.sign(), atol=1e-5)
    assert plain.losses.take() == pulled.losses.take()


def test_the_learning_rate_moves_with_every_step(tmp_path: Path) -> None:
    training = make_training(tmp_path, "digits", epochs=1, warmup_steps=10, schedule="constant")
    seen = []
    for x, y in an_epoch(training.batches):
        training._train_step(x, y)
        seen.append(training.optimizer.param_groups[0]["lr"])
    assert seen[:11] == pytest.approx([*(1e-4 * step for step in range(1, 11)), 1e-3])


def test_plateau_tells_of_its_drop(tmp_path: Path) -> None:
    log = ListLog()
    training = make_training(tmp_path, "polynomial", log, schedule="plateau", lr=0.1)
    for _ in range(11):
        training._follow_plateau(1.0)
    (event,) = log.records
    assert isinstance(event, EventRecord) and event.name == "lr_drop"
    assert (event.from_, event.to) == (pytest.approx(0.1), pytest.approx(0.01))


def test_batches_hold_every_sample_once_in_a_new_order() -> None:
    x = torch.arange(10).float().reshape(10, 1)
    batches = Batches(x, x[:, 0], batch_size=4, seed=1)
    epochs = [[y.tolist() for _, y in an_epoch(batches)] for _ in range(2)]
    assert [[len(batch) for batch in epoch] for epoch in epochs] == [[4, 4, 2]] * 2
    assert all(sorted(chain(*epoch)) == list(range(10)) for epoch in epochs)
    assert epochs[0] != epochs[1]
    again = Batches(x, x[:, 0], batch_size=4, seed=1)
    assert [y.tolist() for _, y in an_epoch(again)] == epochs[0]


@pytest.mark.parametrize(
    ("n", "size", "two", "sizes"),
    [
        (9, 4, False, [4, 4, 1]),
        (9, 4, True, [4, 5]),
        (10, 4, True, [4, 4, 2]),
        (8, 4, True, [4, 4]),
        (3, 4, True, [3]),
        (1, 4, True, [1]),
    ],
)
def test_a_lone_sample_joins_the_batch_before_it_where_it_must(n: int, size: int, two: bool, sizes: list[int]) -> None:
    assert batch_sizes(n, size, at_least_two=two) == sizes
