"""Every schedule against torch's own or its closed form."""

import math

import pytest
import torch
from torch.optim import SGD
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR

from dltui_trainers.hparams import Hparams, Schedule
from dltui_trainers.schedules import PLATEAU_PATIENCE, LearningRate, schedule_factor

STEPS = 200


def rates(schedule: Schedule, steps: int = STEPS, warmup_steps: int = 0) -> list[float]:
    rate = LearningRate.of(Hparams(lr=0.5, schedule=schedule, warmup_steps=warmup_steps), steps)
    return [rate.at(step) for step in range(steps)]


def torch_rates(scheduler: LRScheduler) -> list[float]:
    found = []
    for _ in range(STEPS):
        found.append(float(scheduler.get_last_lr()[0]))
        scheduler.optimizer.step()
        scheduler.step()
    return found


def test_constant_and_plateau_stay() -> None:
    assert set(rates(Schedule.CONSTANT)) == set(rates(Schedule.PLATEAU)) == {0.5}


def test_step() -> None:
    found = rates(Schedule.STEP)
    assert found[99] == 0.5 and found[100] == pytest.approx(0.05)
    assert found[149] == pytest.approx(0.05) and found[150] == pytest.approx(0.005)


def test_exponential() -> None:
    found = rates(Schedule.EXPONENTIAL)
    assert found == pytest.approx([0.5 * 0.01 ** (step / STEPS) for step in range(STEPS)])


def test_cosine_ends_at_zero() -> None:
    found = rates(Schedule.COSINE)
    assert found == pytest.approx([0.25 * (1 + math.cos(math.pi * step / STEPS)) for step in range(STEPS)])
    assert schedule_factor(Schedule.COSINE, STEPS, STEPS) == 0.0


def test_one_cycle_is_torchs() -> None:
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    theirs = torch_rates(OneCycleLR(optimizer, max_lr=0.5, total_steps=STEPS + 1, cycle_momentum=False))
    ours = [0.5 * schedule_factor(Schedule.ONE_CYCLE, step, STEPS + 1) for step in range(STEPS)]
    assert ours == pytest.approx(theirs)


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
