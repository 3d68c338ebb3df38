"""The learning rate of a user's script set live: the next rate is the new one, and every schedule goes on from it."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import SGD, Optimizer
from torch.optim import lr_scheduler as schedulers

from dltui_trainers.recorder.optimizer_dials import OptimizerDials
from dltui_trainers.recorder.user_schedules import schedules_of

LR, SET, STEPS, AT = 0.1, 0.02, 40, 13
Make = Callable[[Optimizer], Any]


def sequential(optimizer: Optimizer) -> Any:
    warm = schedulers.LinearLR(optimizer, 0.1, total_iters=20)
    return schedulers.SequentialLR(optimizer, [warm, schedulers.CosineAnnealingLR(optimizer, 20)], milestones=[20])


SCHEDULES: dict[str, Make] = {
    "StepLR": lambda o: schedulers.StepLR(o, 10, 0.5),
    "MultiStepLR": lambda o: schedulers.MultiStepLR(o, [5, 20], 0.1),
    "ExponentialLR": lambda o: schedulers.ExponentialLR(o, 0.95),
    "CosineAnnealingLR": lambda o: schedulers.CosineAnnealingLR(o, STEPS),
    "CosineAnnealingLR with a floor": lambda o: schedulers.CosineAnnealingLR(o, 15, eta_min=0.01),
    "LambdaLR": lambda o: schedulers.LambdaLR(o, lambda step: 1 / (1 + step)),
    "OneCycleLR": lambda o: schedulers.OneCycleLR(o, LR, total_steps=STEPS + 1),
    "CyclicLR": lambda o: schedulers.CyclicLR(o, 0.01, LR, step_size_up=7, cycle_momentum=False),
    "CosineAnnealingWarmRestarts": lambda o: schedulers.CosineAnnealingWarmRestarts(o, 9, eta_min=0.001),
    "PolynomialLR": lambda o: schedulers.PolynomialLR(o, STEPS + 1),
    "SequentialLR": sequential,
    "ChainedScheduler": lambda o: schedulers.ChainedScheduler(
        [schedulers.ConstantLR(o, 0.5, 20), schedulers.ExponentialLR(o, 0.97)], optimizer=o
    ),
}


def rates(make: Make, set_at: int | None = None) -> tuple[list[list[float]], str]:
    """The rates of both groups before each step, and what was said of the change."""
    weights = [nn.Parameter(torch.ones(2)) for _ in range(2)]
    optimizer = SGD([{"params": [weights[0]]}, {"params": [weights[1]], "lr": LR / 4}], lr=LR, momentum=0.9)
    schedule, note, found = make(optimizer), "", []
    dials = OptimizerDials([], [optimizer])
    for step in range(STEPS):
        if step == set_at:
            note = dials.turn({"lr": SET})
            assert dials.present("lr") == SET
            assert schedule.get_last_lr()[0] == SET  # scripts log it
        found.append([float(group["lr"]) for group in optimizer.param_groups])
        optimizer.step()
        schedule.step()
    return found, note


@pytest.mark.filterwarnings("ignore:Detected call of")
@pytest.mark.parametrize("name", SCHEDULES)
def test_every_later_rate_is_what_it_would_have_been_times_one_factor(name: str) -> None:
    before, _ = rates(SCHEDULES[name])
    after, note = rates(SCHEDULES[name], set_at=AT)
    assert after[:AT] == before[:AT] and after[AT][0] == SET
    shares = [
        now / then
        for old, new in zip(before[AT:], after[AT:], strict=True)
        for then, now in zip(old, new, strict=True)
        if then
    ]
    assert shares == pytest.approx([shares[0]] * len(shares), rel=1e-6)
    assert f"{name.split()[0]} goes on from there" in note
    assert ("its lowest rate in proportion" in note) == (
        name in ("CosineAnnealingLR with a floor", "CosineAnnealingWarmRestarts")
    )


def test_a_plateau_lowers_the_rate_that_was_set() -> None:
    optimizer = SGD([nn.Parameter(torch.ones(2))], lr=LR)
    schedule = schedulers.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, min_lr=0.04)
    dials = OptimizerDials([], [optimizer])
    assert "ReduceLROnPlateau goes on from there, its lowest rate in proportion" in dials.turn({"lr": SET})
    seen = []
    for _ in range(8):
        schedule.step(1.0)
        seen.append(optimizer.param_groups[0]["lr"])
    assert SET / 2 in seen and seen[-1] == pytest.approx(0.04 * SET / LR)  # no rate of before comes back


def test_the_rate_of_a_warm_up_that_begins_at_nothing_can_be_set() -> None:
    optimizer = SGD([nn.Parameter(torch.ones(2))], lr=LR)
    schedule = schedulers.LambdaLR(optimizer, lambda step: min(1.0, step / 10))
    note = OptimizerDials([], [optimizer]).turn({"lr": SET})
    assert "It was 0 here" in note and optimizer.param_groups[0]["lr"] == SET
    for _ in range(10):
        optimizer.step()
        schedule.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(SET)


def test_only_the_schedules_of_this_optimiser_are_touched() -> None:
    mine, other = (SGD([nn.Parameter(torch.ones(2))], lr=LR) for _ in range(2))
    schedule, others = schedulers.StepLR(mine, 1, 0.5), schedulers.StepLR(other, 1, 0.5)
    assert schedules_of(mine) == [schedule]
    OptimizerDials([], [mine]).turn({"lr": SET})
    assert others.base_lrs == [LR] and schedule.base_lrs == [SET]


def test_a_rate_that_is_a_tensor_stays_the_same_tensor() -> None:
    optimizer = torch.optim.Adam([nn.Parameter(torch.ones(2))], lr=torch.tensor(LR))
    rate = optimizer.param_groups[0]["lr"]
    OptimizerDials([], [optimizer]).turn({"lr": SET})
    assert optimizer.param_groups[0]["lr"] is rate and float(rate) == pytest.approx(SET)


def test_without_a_schedule_nothing_is_said_of_one() -> None:
    optimizer = SGD([nn.Parameter(torch.ones(2))], lr=LR)
    assert OptimizerDials([], [optimizer]).turn({"lr": SET}) == ""
