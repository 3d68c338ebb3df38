"""Whether one configuration is better than another beyond the noise between seeds."""

import math

import pytest
from guide import works

from dltui.guide.steps.arm import SIGMAS, Arm, margin, noise


def arm(*losses: float) -> Arm:
    """A configuration whose seeds came to these losses."""
    return Arm(settings={}, outcomes=[works.outcome(works.trained(val=(2.3, loss))) for loss in losses])


def test_its_losses_are_the_best_of_each_seed_and_failures_count_as_infinite() -> None:
    curve = works.outcome(works.trained(val=(2.3, 0.4, 0.9)))
    broken = works.outcome(works.failed(val=(math.nan, math.nan)))
    assert Arm(settings={}, outcomes=[curve]).losses == [0.4]
    assert Arm(settings={}, outcomes=[curve, broken]).mean == math.inf
    assert Arm(settings={}, outcomes=[]).mean == math.inf


def test_a_training_that_only_got_worse_has_not_the_loss_it_began_with() -> None:
    assert arm(9.0).mean == 9.0


def test_the_best_outcome_is_a_finite_one() -> None:
    broken, sound = works.outcome(works.failed(val=(math.nan, math.nan))), works.outcome(works.trained(val=(2.3, 0.4)))
    assert Arm(settings={}, outcomes=[broken, sound]).best is sound
    assert Arm(settings={}, outcomes=[]).best is None


def test_the_noise_is_pooled_and_relative() -> None:
    # deviations of 10 % around 0.5 and around 5: the same share, whatever the level
    one, other = arm(0.45, 0.55), arm(1.8, 2.2)
    assert noise([one, other]) == pytest.approx(math.sqrt(2) * 0.1, rel=1e-6)
    assert noise([arm(0.45, 0.55)]) == pytest.approx(noise([arm(0.045, 0.055)]))


def test_without_two_seeds_the_noise_is_not_known() -> None:
    assert math.isnan(noise([arm(0.4), arm(0.5)]))
    assert math.isnan(noise([]))


def test_two_seeds_that_agree_are_no_proof_of_no_noise() -> None:
    assert noise([arm(0.4, 0.4)]) > 0


@pytest.mark.parametrize(
    ("mine", "theirs", "clear"),
    [
        ((0.40, 0.42), (0.60, 0.62), True),
        ((0.40, 0.42), (0.41, 0.43), False),
        ((0.40, 0.60), (0.55, 0.75), False),  # the same distance as a clear one, with more noise
        ((0.40, 0.42), (math.inf, 0.40), True),
        ((0.60, 0.62), (0.40, 0.42), False),
    ],
)
def test_better_is_what_is_lower_by_more_than_the_noise(
    mine: tuple[float, ...], theirs: tuple[float, ...], clear: bool
) -> None:
    one, other = arm(*mine), arm(*theirs)
    assert (margin(one, other, noise([one, other])) >= SIGMAS) is clear


def test_the_margin_of_two_that_failed_is_nothing() -> None:
    assert margin(arm(math.inf), arm(math.inf), 0.1) == 0


def test_more_seeds_make_the_same_difference_clearer() -> None:
    few, many = margin(arm(0.4), arm(0.5), 0.1), margin(arm(*[0.4] * 4), arm(*[0.5] * 4), 0.1)
    assert many == pytest.approx(2 * few)
