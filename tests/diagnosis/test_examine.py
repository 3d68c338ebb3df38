"""All rules together: the verdict, its reason, the order of what is told."""

from typing import Literal

import numpy as np
import pytest
from diagnosis.curves import EPOCH, Training, Values, falling, jittered, plan, run, turning, warned

from dltui.diagnosis.examine import RULES, examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict
from dltui.series.state import RunState

LN_10 = 2.3026


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (RunState(), "no_loss"),
        (run([np.nan, 1.0][1:0]), "no_loss"),
        (run(falling(60)), "no_validation"),
        (run(falling(5), falling(5)), "too_few_validations"),
        (run(None, falling(60)), "no_training_loss"),
        (run(falling(10), falling(60), train_step=np.arange(591, 601)), "no_training_loss"),
    ],
)
def test_too_little_to_judge(state: RunState, reason: str) -> None:
    diagnosis = examine(state)
    assert (diagnosis.verdict, diagnosis.reason, diagnosis.confidence) == (Verdict.INCONCLUSIVE, reason, 1.0)


@pytest.mark.parametrize("end", [0.3, 50.0, np.nan])
def test_a_range_test_is_no_training(end: float) -> None:
    train, val = falling(600), falling(60)
    train[500:], val[50:] = end, end
    found = examine(run(train, val, hparams={"schedule": "range_test"}))
    assert (found.verdict, found.reason, found.findings) == (Verdict.INCONCLUSIVE, "range_test", ())


def test_six_validations_are_enough() -> None:
    assert examine(run(falling(6), falling(6))).verdict is Verdict.GOOD_FIT


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (run(falling(60), falling(60)), Verdict.GOOD_FIT),
        (run(falling(60, last=0.05, rate=5), turning(60)), Verdict.OVERFITTING),
        (run([LN_10] * 60, [LN_10] * 60), Verdict.UNDERFITTING),
        (run([1.0, *[np.nan] * 5]), Verdict.DIVERGED),
    ],
)
def test_a_verdict_has_no_reason_but_its_findings(state: RunState, verdict: Verdict) -> None:
    diagnosis = examine(state)
    assert (diagnosis.verdict, diagnosis.reason) == (verdict, "")
    assert diagnosis.findings
    assert 0.5 <= diagnosis.confidence <= 1


def test_the_worst_comes_first_and_what_explains_comes_before_what_follows() -> None:
    # a curve that runs into NaN, with bad initial loss, ragged validation and rare classes
    train, val = jittered(falling(600), 0.02), jittered(falling(60, last=0.8), 0.4)
    train[0] = 10 * LN_10
    train[550:] = np.nan
    state = run(train, val, manifest=plan(expected_initial_loss=LN_10, class_counts=[100, 1]))
    diagnosis = examine(state)
    ranks = [each.severity.rank for each in diagnosis.findings]
    assert ranks == sorted(ranks)
    symptoms = [each.symptom for each in diagnosis.findings]
    assert symptoms[:3] == [Symptom.NON_FINITE, Symptom.BAD_INITIAL_LOSS, Symptom.NOISY_VALIDATION]
    assert symptoms[-1] is Symptom.CLASS_IMBALANCE
    assert diagnosis.at_step == 600


def test_a_sound_run_with_everything_measured_has_no_warning() -> None:
    steps = jittered(falling(600), 0.05)
    state = run(
        steps,
        jittered(falling(60, last=0.35), 0.01),
        accuracy=0.95 - falling(60) / 4,
        lr=1e-3,
        grad_norm=jittered(np.full(600, 1.0), 0.3),
        update_ratio=1e-3,
        manifest=plan(hparams={"optimizer": "adam", "dropout": 0.0}, expected_initial_loss=2.3),
    )
    assert warned(examine(state)) == set()
    assert examine(state).verdict is Verdict.GOOD_FIT


def test_a_note_is_never_the_verdict_diverged_or_overfitting() -> None:
    for finding in examine(run(falling(60, rate=4), falling(60, rate=4))).findings:
        assert finding.severity is Severity.INFO


def test_each_finding_is_of_a_step_of_the_guide_and_of_the_log() -> None:
    state = run(jittered([LN_10] * 60, 0.001), turning(60), manifest=plan(expected_initial_loss=0.1))
    for finding in examine(state).findings:
        assert 1 <= finding.guide_step <= 6
        assert EPOCH <= finding.since_step <= 60 * EPOCH
    assert len(RULES) == len(set(RULES))


@pytest.mark.parametrize(
    "curve", [np.r_[falling(58), 5.0, 5.0], np.r_[1.6, 0.9, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 3.3, 3.4]]
)
def test_an_end_far_above_the_best_is_no_good_fit(curve: Values) -> None:
    diagnosis = examine(run(curve, curve))
    assert diagnosis.verdict is Verdict.INCONCLUSIVE and diagnosis.reason == "just_turned"


@pytest.mark.parametrize("by", ["step", "epoch"])
def test_a_first_step_in_the_log_does_not_change_the_verdict(by: Literal["step", "epoch"]) -> None:
    training = Training(
        lambda t: 1.4 + 0.9 * np.exp(-20 * t) - 0.2 * t, lambda t: 1.5 + 0.8 * np.exp(-20 * t) + 0.5 * t
    )
    assert examine(training.logged(by)).verdict is Verdict.OVERFITTING


def test_what_is_told_of_accuracies_is_told_as_errors() -> None:
    right = falling(60, first=0.6, last=0.05)
    diagnosis = examine(run(None, None, accuracy=1 - right, train_accuracy=1 - right))
    assert diagnosis.findings and all(each.of_error for found in diagnosis.findings for each in found.evidence)
    losses = examine(run(right, right))
    assert losses.findings and not any(each.of_error for found in losses.findings for each in found.evidence)


@pytest.mark.parametrize(
    ("val", "severity"),
    [(falling(60, last=1.5), Severity.WARNING), (turning(60, lowest=1.5, end=1.8), Severity.CRITICAL)],
)
def test_nothing_is_critical_while_validation_comes_down_to_its_best(val: Values, severity: Severity) -> None:
    manifest = plan(expected_initial_loss=2.3)
    state = run(falling(60, last=1.5), val, grad_norm=np.full(60, 1e-9), manifest=manifest)
    finding = examine(state).find(Symptom.VANISHING_GRADIENTS)
    assert finding is not None and finding.severity is severity
