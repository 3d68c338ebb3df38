"""What a change did, beside what the luck of single validations can do."""

import numpy as np
import pytest
from diagnosis.curves import falling, jittered, run

from dltui.interventions.verdict import Outcome
from dltui.search.study.options import Objective
from dltui.tune.judge import judge, margin_of


@pytest.mark.parametrize(
    ("value", "before", "rises", "expected"),
    [
        (0.5, 1.0, False, Outcome.HELPED),
        (1.0, 0.5, False, Outcome.HURT),
        (0.95, 1.0, False, Outcome.NO_CLEAR_EFFECT),
        (1.05, 1.0, False, Outcome.NO_CLEAR_EFFECT),
        (0.9, 0.5, True, Outcome.HELPED),
        (0.5, 0.9, True, Outcome.HURT),
        (-2.0, -1.0, False, Outcome.HELPED),
        (0.5, None, False, Outcome.HELPED),
        (None, 0.5, False, Outcome.HURT),
        (None, None, False, Outcome.NO_CLEAR_EFFECT),
    ],
)
def test_beyond_the_margin(value: float | None, before: float | None, rises: bool, expected: Outcome) -> None:
    assert judge(value, before, 0.1, rises=rises) is expected


def test_the_margin_is_the_scatter_of_the_curves() -> None:
    still = run(val=falling(60), accuracy=1 - falling(60) / 3)
    noisy = run(val=jittered(falling(60), 0.05), accuracy=1 - falling(60) / 3)
    val_loss = Objective()
    assert margin_of(val_loss, still) < 0.005 < margin_of(val_loss, noisy) < 0.05
    assert margin_of(val_loss, still, noisy) >= margin_of(val_loss, noisy)
    assert margin_of(Objective(metric="val_accuracy", rises=True), noisy) < 0.005


def test_curves_that_tell_nothing_have_no_margin() -> None:
    assert margin_of(Objective(), None, run(val=np.full(5, np.nan)), run()) == 0.0
