"""From findings to ranked changes: one table that says what helps against what."""

from collections.abc import Callable
from dataclasses import replace

from dltui.advice import capacity, data, learning_rate, regularisation
from dltui.advice.case import Case
from dltui.advice.change import Change
from dltui.advice.lint import Remark
from dltui.advice.past import Past
from dltui.advice.round import nice
from dltui.diagnosis.finding import Diagnosis, Finding, Severity, Symptom, Verdict
from dltui.series.state import RunState
from dltui_trainers.hparams import CATALOGUE

GENTLY = 10.0
"""An unusual learning rate that works is moved by no more: some problems (convex ones) bear it."""
MOST = 5
"""More advice at once is none."""

Remedy = Callable[[Case, Finding], Change | None]


def _look(key: str) -> Remedy:
    """A remedy outside the configuration: something to look at, or to do by hand."""
    return lambda case, finding: case.change(finding, key, None, key)


_LESS_REGULARISATION: tuple[Remedy, ...] = (
    regularisation.less_dropout,
    regularisation.less_input_dropout,
    regularisation.less_weight_decay,
    regularisation.less_l1,
    regularisation.less_label_smoothing,
    regularisation.less_augmentation,
)

REMEDIES: dict[Symptom, tuple[Remedy, ...]] = {
    Symptom.NON_FINITE: (
        learning_rate.down_after_divergence,
        learning_rate.clip,
        learning_rate.warm_up,
        _look("precision"),
        _look("check_inputs"),
    ),
    Symptom.DIVERGED: (learning_rate.down_after_divergence, learning_rate.clip, learning_rate.warm_up),
    Symptom.VANISHING_GRADIENTS: (
        capacity.relu,
        capacity.init,
        capacity.batch_norm,
        capacity.shallower,
        learning_rate.up,
    ),
    Symptom.NOT_LEARNING: (
        learning_rate.up,
        capacity.init,
        capacity.relu,
        capacity.batch_norm,
        learning_rate.adam,
        *_LESS_REGULARISATION,
        capacity.higher_degree,
        _look("label_check"),
        _look("run_guide"),
    ),
    Symptom.BAD_INITIAL_LOSS: (capacity.init, capacity.batch_norm, _look("check_inputs")),
    Symptom.TRAIN_VAL_MISMATCH: (_look("check_split"),),
    Symptom.OVERFITTING: (
        data.all_samples,
        capacity.lower_degree,
        regularisation.more_dropout,
        regularisation.more_weight_decay,
        regularisation.augmentation,
        regularisation.label_smoothing,
        capacity.narrower,
        data.stop_at_best,
        data.early_stop,
    ),
    Symptom.OVERCONFIDENT: (regularisation.label_smoothing, regularisation.more_weight_decay, data.stop_at_best),
    Symptom.LR_TOO_HIGH: (
        learning_rate.down,
        learning_rate.decay,
        learning_rate.clip,
        data.larger_batch,
    ),
    Symptom.LR_TOO_LOW: (learning_rate.up, learning_rate.momentum, learning_rate.adam, data.more_epochs),
    Symptom.PLATEAU: (
        learning_rate.lower_at_plateau,
        learning_rate.adam,
        capacity.wider,
        capacity.deeper,
        *_LESS_REGULARISATION,
    ),
    Symptom.UNDERFITTING: (
        *_LESS_REGULARISATION,
        capacity.higher_degree,
        capacity.wider,
        capacity.convolution,
        capacity.deeper,
        learning_rate.adam,
        data.smaller_batch,
        data.more_epochs,
    ),
    Symptom.EXPLODING_GRADIENTS: (learning_rate.clip, learning_rate.down, learning_rate.warm_up, capacity.batch_norm),
    Symptom.DEAD_UNITS: (learning_rate.down, capacity.leaky_relu, capacity.init),
    Symptom.SATURATED_UNITS: (capacity.relu, capacity.init, capacity.batch_norm, learning_rate.down),
    Symptom.ZERO_INIT: (capacity.init, _look("check_init")),
    Symptom.NO_GRADIENT: (_look("check_graph"),),
    Symptom.NEVER_UPDATED: (_look("check_optimizer"),),
    Symptom.FROZEN_LAYERS: (_look("check_frozen"),),
    Symptom.UPDATE_RATIO: (learning_rate.by_update_ratio,),
    Symptom.CLASS_IMBALANCE: (_look("class_weights"),),
    Symptom.NOISY_VALIDATION: (learning_rate.decay, data.larger_batch, _look("larger_validation")),
    Symptom.LOSS_SPIKE: (learning_rate.clip, learning_rate.warm_up, learning_rate.down),
    Symptom.STILL_IMPROVING: (data.more_epochs,),
    Symptom.STALLED: (_look("check_loader"),),
    Symptom.INPUT_BOUND: (_look("faster_loader"),),
    Symptom.OUT_OF_MEMORY: (data.batch_that_fits, capacity.smaller),
    Symptom.OPTION_WITHOUT_EFFECT: (_look("check_option"),),
    Symptom.GOOD_FIT: (data.all_samples,),
}
"""What helps against what, the first first. Each returns None where it does not apply: it is done already, the task has
no such hyperparameter, or the log does not tell enough. Learning rate before architecture before batch before optimiser
before regularisation (Google Tuning Playbook; CS231n), except that too much regularisation is taken back first, and
against overfitting it is what is asked for."""

LEARNS_TOO_LITTLE = frozenset(
    {
        Symptom.NON_FINITE,
        Symptom.DIVERGED,
        Symptom.NOT_LEARNING,
        Symptom.VANISHING_GRADIENTS,
        Symptom.BAD_INITIAL_LOSS,
        Symptom.LR_TOO_HIGH,
        Symptom.LR_TOO_LOW,
        Symptom.PLATEAU,
        Symptom.UNDERFITTING,
        Symptom.STILL_IMPROVING,
        Symptom.DEAD_UNITS,
        Symptom.SATURATED_UNITS,
        Symptom.ZERO_INIT,
    }
)
"""Where something unusual in the configuration is the first suspect."""

SUSPECT_CONFIGURATION = LEARNS_TOO_LITTLE | {Symptom.GOOD_FIT, Symptom.OVERFITTING}
"""In a good fit what is unusual may be what is left to gain; an overfitting can come from a rate that jumps too far."""

NOTES: dict[Verdict, frozenset[Symptom]] = {
    Verdict.UNDERFITTING: LEARNS_TOO_LITTLE,
    Verdict.GOOD_FIT: frozenset({Symptom.STILL_IMPROVING, Symptom.OVERCONFIDENT, Symptom.GOOD_FIT}),
}
"""Which mere notes are treated too: those that made the verdict, or leave something to gain."""

OF_RANGE = frozenset({"lr", "schedule", "warmup_steps"})
"""What makes up a range test."""

REMARK_KEYS = {
    "lr_high": "lr_down",
    "lr_low": "lr_up",
    "init_zero": "init_reset",
    "saturating": "activation_relu",
    "deep_without_norm": "norm_layer",
    "narrow": "width_up",
    "few_steps": "more_steps",
    "tiny_batch": "batch_up",
    "momentum_high": "momentum_down",
    "warmup_long": "warmup_shorter",
    "clip_tight": "clip_looser",
    "dropout_with_norm": "dropout_down",
    "dropout_strong": "dropout_down",
    "input_dropout_strong": "dropout_down",
    "attention_sgd": "optimizer_for_attention",
    "decay_strong": "weight_decay_down",
    "l1_strong": "l1_down",
    "smoothing_strong": "label_smoothing_down",
    "few_epochs": "epochs_more",
}
"""A remark of the lint -> the text of the change that it asks for."""


def prescribe(state: RunState, diagnosis: Diagnosis) -> tuple[Change, ...]:
    """Return what to change, best first, at most five; empty where all is well or nothing can be told.

    One change a hyperparameter: the first finding that asks for it counts, others that it serves are named in
    ``also_for``. What was set while it ran is not set again before its effect is known, nor back unless
    it hurt.
    """
    if diagnosis.verdict is Verdict.INCONCLUSIVE and not _urgent(diagnosis):
        return ()
    case, past = Case(state, diagnosis), Past(state, diagnosis.at_step)
    changes: dict[str, Change] = {}
    for finding in _treated(diagnosis):
        for change in _for_finding(case, finding):
            if not _is_possible(change) or past.forbids(change) or _ends_range_test(case, change):
                continue
            known = changes.get(change.hyperparameter)
            if known is None:
                changes[change.hyperparameter] = change
            elif known.symptom is not finding.symptom and finding.symptom not in known.also_for:
                changes[change.hyperparameter] = _also(known, finding.symptom)
    return tuple(changes.values())[:MOST]


def _is_possible(change: Change) -> bool:
    """Whether the change changes something, and each of its numbers lies where it can work."""
    if change.to == change.from_ and change.to is not None:
        return False
    for name, value in change.settings.items():
        hparam = CATALOGUE[name]
        if isinstance(value, (int, float)) and not hparam.choices and not hparam.low <= value <= hparam.high:
            return False
    return True


def _ends_range_test(case: Case, change: Change) -> bool:
    """Whether it would set the learning rate that a range test is there to find."""
    return case.run.tests_range and not OF_RANGE.isdisjoint(change.settings)


def _urgent(diagnosis: Diagnosis) -> bool:
    return any(finding.severity is not Severity.INFO for finding in diagnosis.findings)


def _treated(diagnosis: Diagnosis) -> list[Finding]:
    """The findings that ask for a change: all that are more than a note, and what made the verdict."""
    wanted = NOTES.get(diagnosis.verdict, frozenset())
    return [each for each in diagnosis.findings if each.severity is not Severity.INFO or each.symptom in wanted]


def _for_finding(case: Case, finding: Finding) -> list[Change]:
    found = []
    if finding.symptom in SUSPECT_CONFIGURATION:
        suspects = sorted(case.suspects, key=lambda remark: not _is_named(finding, remark))
        found += [_of_remark(case, finding, remark) for remark in suspects if _fits(finding.symptom, remark)]
    found += [change for remedy in REMEDIES[finding.symptom] if (change := remedy(case, finding)) is not None]
    return found


def _of_remark(case: Case, finding: Finding, remark: Remark) -> Change:
    key, to = REMARK_KEYS[remark.key], remark.to
    if finding.symptom is Symptom.GOOD_FIT and remark.hyperparameter == "lr" and case.lr:
        to = nice(case.lr / GENTLY if remark.key == "lr_high" else case.lr * GENTLY)
    return case.change(finding, remark.hyperparameter, to, key, with_=dict(remark.with_), numbers=remark.numbers)


def _is_named(finding: Finding, remark: Remark) -> bool:
    """Whether the evidence of the finding names the hyperparameter of the remark already."""
    return any(each.name == f"strong_{remark.hyperparameter}" for each in finding.evidence)


def _fits(symptom: Symptom, remark: Remark) -> bool:
    """A learning rate that is too low has never made a loss diverge, nor too few epochs an overfitting."""
    if symptom is Symptom.OVERFITTING:
        return remark.key == "lr_high"
    ran_away = symptom in (Symptom.NON_FINITE, Symptom.DIVERGED)
    if ran_away:
        return remark.key in ("lr_high", "momentum_high", "decay_strong", "l1_strong")
    return True


def _also(change: Change, symptom: Symptom) -> Change:
    return replace(change, also_for=(*change.also_for, symptom))
