"""What may be said of a guide: each value by itself and together, and what can be changed while it runs."""

import math
from typing import Any

import pytest

from dltui.errors import UsageError
from dltui.guide.options import EDITABLE, Options, changed, checked


def test_the_defaults_are_fine() -> None:
    assert checked(Options()) == Options()


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        ({"budget_s": -1.0}, "budget"),
        ({"budget_s": math.nan}, "budget"),
        ({"budget_s": math.inf}, "budget"),
        ({"budget_s": 1e9}, "budget"),
        ({"workers": -1}, "workers"),
        ({"workers": 65}, "workers"),
        ({"per_class": 0}, "per_class"),
        ({"sweep_steps": 9}, "sweep_steps"),
        ({"coarse_epochs": 0}, "coarse_epochs"),
        ({"refine_epochs": 0}, "refine_epochs"),
        ({"rounds": -1}, "rounds"),
        ({"lr_points": 2}, "lr_points"),
        ({"lr_low": 0.0}, "above 0"),
        ({"lr_low": -1e-3}, "above 0"),
        ({"lr_low": math.nan}, "above 0"),
        ({"lr_high": math.inf}, "above 0"),
        ({"lr_low": 1.0, "lr_high": 1.0}, "lower one first"),
        ({"lr_low": 1e-12, "lr_high": 100.0}, "decades"),
        ({"lr_factors": ()}, "at least one"),
        ({"lr_factors": (0.0,)}, "lr_factors"),
        ({"weight_decays": (-1e-4,)}, "weight_decays"),
        ({"weight_decays": (0.0, 0.0)}, "twice"),
        ({"lr_factors": tuple(0.1 * n for n in range(1, 52))}, "200 trials"),
        ({"skip": (7,)}, "no step 7"),
        ({"skip": (-1,)}, "no step -1"),
        ({"skip": tuple(range(7))}, "nothing is left"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(values: dict[str, Any], hint: str) -> None:
    with pytest.raises(UsageError, match=hint) as caught:
        checked(Options(**values))
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_what_can_be_changed_is_checked_with_the_rest() -> None:
    options = changed(Options(settings={"lr": "0.1"}, skip=(1,)), {"lr_factors": [1, 3.0], "rounds": 2, "budget_s": 90})
    assert (options.lr_factors, options.rounds, options.budget_s) == ((1.0, 3.0), 2, 90.0)
    assert (options.settings, options.skip) == ({"lr": "0.1"}, (1,))
    with pytest.raises(UsageError, match="lower one first"):
        changed(options, {"lr_low": 5.0})


@pytest.mark.parametrize(
    "changes",
    [{"settings": {"lr": "1"}}, {"skip": [1]}, {"dance": 1}, {"rounds": "many"}, {"rounds": 1.5}, {"lr_factors": 1.0}],
)
def test_what_cannot_be_changed(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        changed(Options(), changes)


def test_every_option_but_two_can_be_changed() -> None:
    assert set(Options.__struct_fields__) - set(EDITABLE) == {"settings", "skip"}
