"""Every schedule against torch's own."""

import itertools
import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
)

from dltui_trainers.choices import Schedule
from dltui_trainers.hparams import Hparams
from dltui_trainers.schedules import PLATEAU_PATIENCE, LearningRate, schedule_factor

STEPS = 200


def rates(schedule: Schedule, steps: int = STEPS, warmup_steps: int = 0) -> list[float]:
    rate = LearningRate.of(Hparams(lr=0.5, schedule=schedule, warmup_steps=warmup_steps), steps)
    return [rate.at(step) for step in range(steps)]


def torch_rates(make: Callable[[Optimizer], LRScheduler]) -> list[float]:
    """What a scheduler of torch sets for each step, when it is stepped after each."""
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler, found = make(optimizer), []
    for _ in range(STEPS):
        found.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return found


def test_constant_and_plateau_stay() -> None:
    assert set(rates(Schedule.CONSTANT)) == set(rates(Schedule.PLATEAU)) == {0.5}


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        (Schedule.CONSTANT, lambda optimizer: ConstantLR(optimizer, factor=1.0)),
        (Schedule.STEP, lambda optimizer: MultiStepLR(optimizer, [STEPS // 2, STEPS * 3 // 4], gamma=0.1)),
        (Schedule.EXPONENTIAL, lambda optimizer: ExponentialLR(optimizer, gamma=0.01 ** (1 / STEPS))),
        (Schedule.COSINE, lambda optimizer: CosineAnnealingLR(optimizer, T_max=STEPS)),
    ],
)
def test_every_schedule_is_torchs(schedule: Schedule, make: Callable[[Optimizer], LRScheduler]) -> None:
    assert rates(schedule) == pytest.approx(torch_rates(make), rel=1e-6, abs=1e-12)


def test_a_cosine_ends_at_zero() -> None:
    assert schedule_factor(Schedule.COSINE, STEPS, STEPS) == 0.0


def test_one_cycle_is_torchs() -> None:
    theirs = torch_rates(lambda each: OneCycleLR(each, max_lr=0.5, total_steps=STEPS + 1, cycle_momentum=False))
    ours = [0.5 * schedule_factor(Schedule.ONE_CYCLE, step, STEPS + 1) for step in range(STEPS)]
    assert ours == pytest.approx(theirs)


def test_a_warm_up_is_torchs() -> None:
    def make(optimizer: Optimizer) -> LRScheduler:
        rise = LinearLR(optimizer, start_factor=0.1, total_iters=9)  # from 1/10 at the first step to 10/10 at the 10th
        return SequentialLR(optimizer, [rise, CosineAnnealingLR(optimizer, T_max=STEPS - 10)], milestones=[10])

    assert rates(Schedule.COSINE, warmup_steps=10) == pytest.approx(torch_rates(make), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("schedule", Schedule)
def test_warm_up_rises_to_the_start_of_the_schedule(schedule: Schedule) -> None:
    found = rates(schedule, warmup_steps=10)
    assert found[:10] == pytest.approx([0.5 * step / 10 for step in range(1, 11)])
    assert found[10:] == pytest.approx(rates(schedule, steps=STEPS - 10))


@pytest.mark.parametrize("schedule", Schedule)
@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_very_short_trainings_have_a_learning_rate(schedule: Schedule, steps: int) -> None:
    assert all(0 <= rate <= 0.5 for rate in rates(schedule, steps=steps))
    assert all(0 <= rate <= 0.5 for rate in rates(schedule, steps=steps, warmup_steps=5))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.1, 3.0), min_size=5, max_size=80))
def test_plateau_drops_where_torchs_does(val_losses: list[float]) -> None:
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    # torch waits until more than `patience` validations were no better, we until they are as many.
    theirs = ReduceLROnPlateau(optimizer, factor=0.1, patience=PLATEAU_PATIENCE - 1, threshold=0.0, eps=0.0)
    rate = LearningRate.of(Hparams(lr=0.5, schedule=Schedule.PLATEAU), STEPS)
    for val_loss in val_losses:
        theirs.step(val_loss)
        rate.validated(val_loss)
        assert rate.at(0) == pytest.approx(optimizer.param_groups[0]["lr"])


def test_a_range_test_rises_by_the_same_factor_to_the_whole_rate() -> None:
    found = rates(Schedule.RANGE_TEST)
    assert found[0] == pytest.approx(0.5e-6) and found[-1] == 0.5
    assert [later / one for one, later in itertools.pairwise(found)] == pytest.approx([10 ** (6 / (STEPS - 1))] * 199)
    assert rates(Schedule.RANGE_TEST, steps=1) == [0.5] and schedule_factor(Schedule.RANGE_TEST, STEPS + 5, STEPS) == 1


def test_a_range_test_goes_on_from_what_is_set() -> None:
    rate = LearningRate.of(Hparams(lr=1.0, schedule=Schedule.CONSTANT), 100)
    rate.set_schedule(40, Schedule.RANGE_TEST, 100)
    assert (rate.at(40), rate.at(99)) == (pytest.approx(1e-6), 1.0)
    rate.set_lr(70, 0.5)
    assert rate.at(70) == pytest.approx(0.5) and rate.at(71) / rate.at(70) == pytest.approx(10 ** (6 / 59))


def test_plateau_drops_after_its_patience_and_again() -> None:
    rate = LearningRate.of(Hparams(lr=1.0, schedule=Schedule.PLATEAU), STEPS)
    assert not rate.validated(2.0)
    drops = [rate.validated(value) for value in [math.nan, 2.0, *[3.0] * (2 * PLATEAU_PATIENCE - 2)]]
    assert [index + 1 for index, drop in enumerate(drops) if drop] == [PLATEAU_PATIENCE, 2 * PLATEAU_PATIENCE]
    assert rate.at(0) == pytest.approx(0.01)
    assert not rate.validated(1.0) and rate.validations_since_best == 0


def test_the_other_schedules_do_not_look_at_validations() -> None:
    rate = LearningRate.of(Hparams(schedule=Schedule.CONSTANT), STEPS)
    assert not any(rate.validated(1.0) for _ in range(100))
