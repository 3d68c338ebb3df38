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


@pytest.mark.parametrize(
    ("classes", "variance", "severity"),
    [
        # outputs of variance v make a squared error of 1 / C + v, and a cross entropy of about ln C + v / 2
        (10, 0.0, None),
        (10, 1.4, None),  # He's initialisation: 15 times 1 / C, and no fault
        (10, 2.2, None),
        (10, 2.4, Severity.WARNING),
        (10, 9.1, Severity.WARNING),
        (10, 9.3, Severity.CRITICAL),
        (2, 0.6, None),
        (2, 0.8, Severity.WARNING),
        (10, -0.06, Severity.INFO),  # less than half of 1 / C
    ],
)
def test_a_squared_error_of_classes_is_judged_by_the_outputs(
    classes: int, variance: float, severity: Severity | None
) -> None:
    squares = plan(expected_initial_loss=1 / classes, classes=classes, loss="mse")
    state = run(starting_at(1 / classes + variance), falling(60), manifest=squares)
    if severity is None:
        assert silent(state, Symptom.BAD_INITIAL_LOSS)
    else:
        assert found(state, Symptom.BAD_INITIAL_LOSS).severity is severity


@pytest.mark.parametrize(
    ("first", "severity"),
    [(1.0, None), (2.9, None), (3.1, Severity.WARNING), (6.1, Severity.CRITICAL), (0.4, Severity.INFO)],
)
def test_a_squared_error_of_numbers_starts_at_up_to_twice_their_variance(
    first: float, severity: Severity | None
) -> None:
    state = run(starting_at(first), falling(60), manifest=plan(expected_initial_loss=1.0, loss="mse"))
    if severity is None:
        assert silent(state, Symptom.BAD_INITIAL_LOSS)
    else:
        assert found(state, Symptom.BAD_INITIAL_LOSS).severity is severity


@pytest.mark.parametrize(("factor", "told"), [(1.0, False), (1.1, False), (1.6, True)])
def test_a_text_starts_at_the_logarithm_of_its_characters(factor: float, told: bool) -> None:
    text = plan(expected_initial_loss=math.log(65), classes=65)
    state = run(starting_at(factor * math.log(65)), falling(60), manifest=text)
    assert silent(state, Symptom.BAD_INITIAL_LOSS) is not told
