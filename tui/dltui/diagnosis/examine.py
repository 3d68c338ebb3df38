"""All rules over a run: findings, worst first, and the verdict that they come to."""

from dataclasses import replace

import numpy as np

from dltui.diagnosis import (
    bad_initial_loss,
    class_imbalance,
    dead_units,
    diverged,
    exploding_gradients,
    frozen_layers,
    good_fit,
    input_bound,
    loss_spike,
    lr_too_high,
    lr_too_low,
    never_updated,
    no_gradient,
    noisy_validation,
    non_finite,
    not_learning,
    option_without_effect,
    out_of_memory,
    overconfident,
    overfitting,
    plateau,
    saturated_units,
    stalled,
    still_improving,
    train_val_mismatch,
    underfitting,
    update_ratio,
    vanishing_gradients,
    zero_init,
)
from dltui.diagnosis.finding import Diagnosis, Finding, Severity, Symptom, Verdict
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import drop
from dltui.diagnosis.rule import LEAST_VALIDATIONS, PERSISTENCE, Rule
from dltui.series.state import RunState

OF_NETWORK: frozenset[Rule] = frozenset(
    {zero_init.find, never_updated.find, no_gradient.find, frozen_layers.find, input_bound.find}
)
"""They look at how the training is put together, not at how it goes."""

OF_ALL: frozenset[Rule] = OF_NETWORK | frozenset(
    {
        diverged.find_standing,
        bad_initial_loss.find,
        train_val_mismatch.find,
        overfitting.find,
        overconfident.find,
        class_imbalance.find,
        out_of_memory.find,
        stalled.find,
    }
)
"""They look at all of the run, also at what came before its settings were changed: where it began, its best."""

AT_ONCE = OF_ALL | {non_finite.find, out_of_memory.find}
"""What can be told without waiting for validations after a change."""

IN_RANGE_TEST: frozenset[Rule] = OF_NETWORK | frozenset(
    {
        bad_initial_loss.find,
        train_val_mismatch.find,
        class_imbalance.find,
        out_of_memory.find,
        stalled.find,
    }
)
"""What has nothing to do with how the loss went: in a range test it must stand still, fall, and run away."""

RULES: tuple[Rule, ...] = (
    non_finite.find,
    diverged.find_standing,
    never_updated.find,
    zero_init.find,
    no_gradient.find,
    vanishing_gradients.find,
    not_learning.find,
    bad_initial_loss.find,
    train_val_mismatch.find,
    overfitting.find,
    overconfident.find,
    lr_too_high.find,
    lr_too_low.find,
    plateau.find,
    underfitting.find,
    exploding_gradients.find,
    dead_units.find,
    saturated_units.find,
    update_ratio.find,
    class_imbalance.find,
    noisy_validation.find,
    loss_spike.find,
    still_improving.find,
    out_of_memory.find,
    stalled.find,
    input_bound.find,
    frozen_layers.find,
)
"""In the order in which findings of the same severity are told: what explains the others comes first."""

UNPROTECTED = frozenset({Symptom.NON_FINITE, Symptom.BAD_INITIAL_LOSS, Symptom.OUT_OF_MEMORY})
"""A loss that is no number, and a training that failed, are no matters of degree; where a training began is not one of
where it is."""
AT_BEST, COME_DOWN = 0.01, 0.15
"""Within 1 % of its best, and below its first level by more than a first step down."""
TURN = 0.25
TURN_SIGMAS = 4.0
"""A quarter above its best, and far outside the noise: whatever it is, it is no good fit."""

UNDERFITTING = (
    Symptom.NOT_LEARNING,
    Symptom.VANISHING_GRADIENTS,
    Symptom.LR_TOO_HIGH,
    Symptom.LR_TOO_LOW,
    Symptom.PLATEAU,
    Symptom.UNDERFITTING,
)
"""Each of them means that more could be learned than was."""
STANDS_STILL = (Symptom.NEVER_UPDATED, Symptom.ZERO_INIT)
"""So do these, where it is the whole network that learns nothing."""
_CRITICAL = Severity.CRITICAL


def examine(
    state: RunState, at_step: float | None = None, *, now_s: float | None = None, other: RunState | None = None
) -> Diagnosis:
    """Return what is wrong with the run, or that nothing is, or that it cannot be told yet.

    ``at_step`` looks at an earlier moment as if the log ended there. ``now_s`` (Unix seconds) lets a running training
    be found stalled. ``other`` is a run with another configuration whose curve should differ.
    """
    with np.errstate(all="ignore"):  # losses at the end of what a float can hold; each rule looks at its own results
        return _examine(Observed(state, at_step, now_s), None if other is None else Observed(other))


def _examine(run: Observed, other: Observed | None) -> Diagnosis:
    found = _found(run)
    if other is not None and (same := option_without_effect.find(run, other)) is not None:
        found.append(same)
    verdict, confidence, reason = _verdict(run, {finding.symptom: finding for finding in found})
    if verdict is Verdict.GOOD_FIT:
        found.append(good_fit.find(run))
    found = [_protected(run, finding) for finding in found]
    if run.on_error:
        found = [_of_error(finding) for finding in found]
    # sorted() keeps the order of the rules among findings of the same severity
    findings = tuple(sorted(found, key=lambda finding: finding.severity.rank))
    return Diagnosis(verdict=verdict, confidence=confidence, findings=findings, at_step=run.last_step, reason=reason)


def _protected(run: Observed, finding: Finding) -> Finding:
    """The finding, no worse than a warning while validation has come down and is at its best.

    After BTTackler (arXiv:2602.23630), which never kills one of the best trials.
    """
    if finding.severity is not Severity.CRITICAL or finding.symptom in UNPROTECTED:
        return finding
    level = run.val_smooth
    at_best = len(level) > 0 and float(level[-1]) <= float(level.min()) + AT_BEST * abs(float(level.min()))
    return replace(finding, severity=Severity.WARNING) if at_best and drop(run.val) > COME_DOWN else finding


def _found(run: Observed) -> list[Finding]:
    """What the rules find: most of them only in how it trains since its settings were changed last."""
    too_early = run.present.validations < min(PERSISTENCE, run.validations)
    rules = [rule for rule in RULES if rule in AT_ONCE or not too_early]
    if run.tests_range:
        rules = [rule for rule in rules if rule in IN_RANGE_TEST]
    found = [finding for rule in rules if (finding := rule(run if rule in OF_ALL else run.present)) is not None]
    # a loss that ran away before the last change, and stands still since, has its name
    ran_away = any(finding.symptom is Symptom.DIVERGED for finding in found)
    return [finding for finding in found if not (ran_away and finding.symptom is Symptom.NOT_LEARNING)]


def _of_error(finding: Finding) -> Finding:
    """The finding, its evidence marked as being of errors."""
    return replace(finding, evidence=tuple(replace(each, of_error=True) for each in finding.evidence))


def _verdict(run: Observed, found: dict[Symptom, Finding]) -> tuple[Verdict, float, str]:
    """The one word, how sure it is, and why it is inconclusive if it is."""
    lost = found.get(Symptom.NON_FINITE)
    if lost is not None and lost.severity is Severity.CRITICAL:
        return Verdict.DIVERGED, lost.confidence, ""
    if Symptom.DIVERGED in found:
        return Verdict.DIVERGED, found[Symptom.DIVERGED].confidence, ""
    if Symptom.NOT_LEARNING in found:
        return Verdict.UNDERFITTING, found[Symptom.NOT_LEARNING].confidence, ""
    reason = _cannot_tell(run)
    too_little = _learned_too_little(run, found)
    if reason == "too_few_validations" and too_little:
        return Verdict.UNDERFITTING, too_little, ""
    if reason:
        return Verdict.INCONCLUSIVE, 1.0, reason
    if Symptom.OVERFITTING in found:
        return Verdict.OVERFITTING, found[Symptom.OVERFITTING].confidence, ""
    if too_little:
        return Verdict.UNDERFITTING, too_little, ""
    if run.present.validations < min(LEAST_VALIDATIONS, run.validations):
        return Verdict.INCONCLUSIVE, 1.0, "changed"
    if Symptom.OVERCONFIDENT not in found and _has_just_turned(run):
        return Verdict.INCONCLUSIVE, 1.0, "just_turned"
    return Verdict.GOOD_FIT, _good_confidence(run), ""


def _learned_too_little(run: Observed, found: dict[Symptom, Finding]) -> float:
    """How sure it is that more could be learned than was; 0 if nothing says so."""
    sure = [found[symptom].confidence for symptom in UNDERFITTING if symptom in found]
    sure += [found[each].confidence for each in STANDS_STILL if each in found and found[each].severity is _CRITICAL]
    if Symptom.STILL_IMPROVING in found and still_improving.is_early_end(run.present):
        sure.append(found[Symptom.STILL_IMPROVING].confidence)
    return max(sure, default=0.0)


def _cannot_tell(run: Observed) -> str:
    """Why there is too little to judge, as a key of the texts; empty if there is enough."""
    if run.tests_range:
        return "range_test"
    if not len(run.train) and not len(run.val):
        return "no_loss"
    if not len(run.val):
        return "no_validation"
    if run.validations < LEAST_VALIDATIONS:
        return "restarted" if run.restarts else "too_few_validations"
    if not run.comparable:
        return "no_training_loss"
    return ""


def _has_just_turned(run: Observed) -> bool:
    """Whether validation stands far above its best, but not for long enough to call it a turn."""
    level = run.val_smooth
    best, end = float(level.min()), float(level[-1])
    return end - best > max(TURN * abs(best), TURN_SIGMAS * run.val_noise)


def _good_confidence(run: Observed) -> float:
    """More validations, more certainty: from 0.6 for the fewest to 0.95."""
    return min(0.95, 0.6 + 0.35 * (run.validations - LEAST_VALIDATIONS) / 24)
