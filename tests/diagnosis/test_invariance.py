"""The same training logged in another way is the same training: each step or each epoch, often or rarely, any unit."""

from typing import Any

import pytest
from diagnosis.curves import EPOCH, TRAININGS, found, plan, warned

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Symptom, Verdict

EXPECTED = {
    "healthy": (Verdict.GOOD_FIT, set[Symptom]()),
    "overfitting": (Verdict.OVERFITTING, {Symptom.OVERFITTING}),
    "stuck": (Verdict.UNDERFITTING, {Symptom.NOT_LEARNING}),
    "too slow": (Verdict.UNDERFITTING, {Symptom.LR_TOO_LOW, Symptom.UNDERFITTING}),
    "diverged": (Verdict.DIVERGED, {Symptom.DIVERGED}),
    "still falling": (Verdict.UNDERFITTING, set[Symptom]()),
    "noisy validation": (Verdict.GOOD_FIT, set[Symptom]()),
}
SEEDS = range(4)
LOGGED: dict[str, dict[str, Any]] = {
    "each step": {},
    "each epoch": {"by": "epoch"},
    "four times the epochs": {"epochs": 240},
    "four times the epochs, each epoch": {"epochs": 240, "by": "epoch"},
    "a quarter of the epochs": {"epochs": 15},
    "a quarter of the epochs, each epoch": {"epochs": 15, "by": "epoch"},
    "four times the steps": {"per_epoch": 4 * EPOCH},
    "a quarter of the steps": {"per_epoch": EPOCH // 4},
    "losses in thousandths": {"scale": 1e-3},
    "losses in thousands": {"scale": 1e3},
    "half the noise": {"noise": 0.5},
    "half the noise, each epoch": {"noise": 0.5, "by": "epoch"},
    "twice the noise": {"noise": 2.0},
    "twice the noise, each epoch": {"noise": 2.0, "by": "epoch"},
}
TOO_FEW = {
    ("stuck", "a quarter of the epochs"),
    ("too slow", "a quarter of the epochs, each epoch"),
}
"""Where the noise is as large as what little there was to see."""


def ways(names: list[str]) -> list[tuple[str, str]]:
    return [(name, way) for name in names for way in LOGGED if (name, way) not in TOO_FEW]


@pytest.mark.parametrize(("name", "way"), ways(list(EXPECTED)))
@pytest.mark.parametrize("seed", SEEDS)
def test_the_verdict_and_the_warnings_stay(name: str, way: str, seed: int) -> None:
    how = LOGGED[way]
    manifest = plan(
        epochs=how.get("epochs", 60),
        steps_per_epoch=how.get("per_epoch", EPOCH),
        expected_initial_loss=2.3 * how.get("scale", 1.0),
    )
    diagnosis = examine(TRAININGS[name].logged(seed=seed, manifest=manifest, **how))
    assert (diagnosis.verdict, warned(diagnosis)) == EXPECTED[name]


@pytest.mark.parametrize(
    "way", [way for way in LOGGED if LOGGED[way].get("by") == "epoch" and "epochs" not in LOGGED[way]]
)
@pytest.mark.parametrize("seed", SEEDS)
def test_oscillation_stays(way: str, seed: int) -> None:
    diagnosis = examine(TRAININGS["oscillating"].logged(seed=seed, **LOGGED[way]))
    assert diagnosis.verdict is Verdict.UNDERFITTING
    assert Symptom.LR_TOO_HIGH in warned(diagnosis)


@pytest.mark.parametrize("name", TRAININGS)
@pytest.mark.parametrize("exponent", [-10, 10])
def test_a_power_of_two_changes_nothing_but_losses(name: str, exponent: int) -> None:
    one, other = (examine(TRAININGS[name].logged(scale=scale)) for scale in (1.0, 2.0**exponent))
    assert (one.verdict, one.confidence) == (other.verdict, other.confidence)
    told = [[(each.symptom, each.severity, each.since_step) for each in both.findings] for both in (one, other)]
    assert told[0] == told[1]


def test_where_overfitting_began_is_told_alike() -> None:
    since = [
        found(TRAININGS["overfitting"].logged(by, seed=3), Symptom.OVERFITTING).since_step for by in ("step", "epoch")
    ]
    assert since[0] == since[1]
