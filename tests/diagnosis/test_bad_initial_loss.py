"""The very first loss is not that of guessing."""

import math

import numpy as np
import pytest
from diagnosis.curves import Values, evidence, falling, found, plan, run, silent

from dltui.diagnosis.finding import Severity, Symptom

LN_10 = math.log(10)


def starting_at(first: float) -> Values:
    """A curve of a value each step whose first value is ``first``."""
    return np.concatenate([[first], falling(599)])


@pytest.mark.parametrize(
    ("factor", "severity"),
    [
        (0.3, Severity.INFO),
        (0.55, None),
        (1.0, None),
        (1.4, None),
        (1.7, Severity.WARNING),
        (2.9, Severity.WARNING),
        (3.2, Severity.CRITICAL),
        (1000.0, Severity.CRITICAL),
    ],
)
def test_how_far_from_guessing(factor: float, severity: Severity | None) -> None:
    state = run(starting_at(factor * LN_10), falling(60), manifest=plan(expected_initial_loss=LN_10))
    if severity is None:
        assert silent(state, Symptom.BAD_INITIAL_LOSS)
        return
    finding = found(state, Symptom.BAD_INITIAL_LOSS)
    told = evidence(finding, "initial_loss")
    assert (finding.severity, finding.since_step) == (severity, 1)
    assert told.value == pytest.approx(factor)
    assert told.numbers == pytest.approx({"loss": factor * LN_10, "expected": LN_10})


def test_a_validation_before_the_first_step_counts_more() -> None:
    val = np.concatenate([[5 * LN_10], falling(60)])
    steps = np.arange(61) * 10
    state = run(falling(600), val, val_step=steps, manifest=plan(expected_initial_loss=LN_10))
    assert evidence(found(state, Symptom.BAD_INITIAL_LOSS), "initial_loss").value == pytest.approx(5)


def test_the_mean_of_a_first_epoch_is_not_the_initial_loss() -> None:
    train = np.concatenate([[9 * LN_10], falling(59)])
    assert silent(run(train, falling(60), manifest=plan(expected_initial_loss=LN_10)), Symptom.BAD_INITIAL_LOSS)


@pytest.mark.parametrize("expected", [None, 0.0, -1.0])
def test_without_an_expected_loss_nothing_is_said(expected: float | None) -> None:
    state = run(starting_at(90.0), falling(60), manifest=plan(expected_initial_loss=expected))
    assert silent(state, Symptom.BAD_INITIAL_LOSS)


@pytest.mark.parametrize("first", [np.nan, np.inf])
def test_a_first_loss_that_is_no_number_is_another_matter(first: float) -> None:
    state = run(starting_at(first), falling(60), manifest=plan(expected_initial_loss=LN_10))
    assert silent(state, Symptom.BAD_INITIAL_LOSS)
