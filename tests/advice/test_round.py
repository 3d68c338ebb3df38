"""Numbers that a person would choose."""

import math

import numpy as np
import pytest

from dltui.advice.round import nice


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (0.000312, 0.0003),
        (1270, 1300),
        (1.27, 1.3),
        (0.19, 0.19),
        (0.21, 0.2),
        (1.96, 2.0),
        (9.6, 10.0),
        (0.096, 0.1),
        (3e-9, 3e-9),
        (1 / 3, 0.3),
        (-270.0, -300.0),
        (7, 7),
        (0, 0),
        (0.0, 0.0),
        (math.inf, math.inf),
        (-math.inf, -math.inf),
    ],
)
def test_one_digit_or_two_after_a_one(value: float, rounded: float) -> None:
    assert nice(value) == rounded


def test_what_is_no_number_stays_none() -> None:
    assert math.isnan(nice(math.nan))


def test_it_moves_a_value_little_and_only_once() -> None:
    for value in 10 ** np.random.default_rng(0).uniform(-12, 12, 500):
        rounded = nice(float(value))
        assert abs(rounded / value - 1) < 0.25
        assert nice(rounded) == rounded
        assert len(f"{rounded:.6g}".replace(".", "").split("e")[0].strip("0")) <= 2
