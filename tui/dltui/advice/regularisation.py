"""Remedies that tie a model down, or let it loose."""

from dltui.advice.case import Case
from dltui.advice.change import Change
from dltui.advice.round import nice
from dltui.diagnosis.finding import Finding
from dltui_trainers.hparams import Norm, Optimizer

DROPOUT_STEP = 0.3
DROPOUT_WITH_BATCH_NORM = 0.1
"""Batch norm regularises by itself, and dropout shifts the variance it has learned (Li et al. 2018)."""
MOST_DROPOUT = 0.5
DECAY, DECOUPLED_DECAY = 1e-4, 1e-2
"""CS231n's grid begins at 1e-4; AdamW's default is 1e-2, because the learning rate scales it."""
DECAY_FACTOR = 5.0
LEAST_DECAY = 1e-6
MOST_DECAY, MOST_DECOUPLED_DECAY = 1e-2, 0.3
SMOOTHING = 0.1


def more_dropout(case: Case, finding: Finding) -> Change | None:
    """From nothing to 0.3 (0.1 with batch norm), or a third more of what is kept, up to one half."""
    if not case.takes("dropout"):
        return None
    dropout = case.number("dropout") or 0.0
    with_norm = case.word("norm") == Norm.BATCH
    step = DROPOUT_WITH_BATCH_NORM if with_norm else DROPOUT_STEP
    most = 2 * DROPOUT_WITH_BATCH_NORM if with_norm else MOST_DROPOUT
    to = min(most, nice(dropout + step))
    return case.change(finding, "dropout", to, "dropout_up", go_back=True) if to > dropout else None


def less_dropout(case: Case, finding: Finding) -> Change | None:
    """Half of it."""
    dropout = case.number("dropout")
    if not dropout:
        return None
    to = 0.0 if dropout <= 0.15 else nice(dropout / 2)
    return case.change(finding, "dropout", to, "dropout_down")


def more_weight_decay(case: Case, finding: Finding) -> Change | None:
    """The usual start where there is none, else five times as much."""
    if not case.takes("weight_decay"):
        return None
    decoupled = case.word("optimizer") == Optimizer.ADAMW
    decay = case.number("weight_decay") or 0.0
    start, most = (DECOUPLED_DECAY, MOST_DECOUPLED_DECAY) if decoupled else (DECAY, MOST_DECAY)
    to = nice(max(start, DECAY_FACTOR * decay))
    return case.change(finding, "weight_decay", to, "weight_decay_up", go_back=True) if to <= most else None


def less_weight_decay(case: Case, finding: Finding) -> Change | None:
    """A tenth of it."""
    decay = case.number("weight_decay")
    if not decay:
        return None
    to = 0.0 if decay <= LEAST_DECAY else nice(decay / 10)
    return case.change(finding, "weight_decay", to, "weight_decay_down")


def less_l1(case: Case, finding: Finding) -> Change | None:
    """None of it."""
    return case.change(finding, "l1", 0.0, "l1_down") if case.number("l1") else None


def label_smoothing(case: Case, finding: Finding) -> Change | None:
    """A tenth of the probability for the other classes."""
    if not case.takes("label_smoothing") or case.number("label_smoothing") or _is_regression(case):
        return None
    return case.change(finding, "label_smoothing", SMOOTHING, "label_smoothing_up", go_back=True)


def less_label_smoothing(case: Case, finding: Finding) -> Change | None:
    """None of it."""
    smoothing = case.number("label_smoothing")
    return case.change(finding, "label_smoothing", 0.0, "label_smoothing_down") if smoothing else None


def augmentation(case: Case, finding: Finding) -> Change | None:
    """Small shifts and scales for images, where the task can augment at all."""
    shape = case.run.data.input_shape if case.run.data else []
    if not case.takes("augment") or case.values.get("augment") not in (None, "none") or len(shape) < 3:
        return None
    # no flips: a mirrored digit or letter is another one, and nobody has said what the images are
    return case.change(finding, "augment", "crop,scale", "augment_on", go_back=True)


def less_augmentation(case: Case, finding: Finding) -> Change | None:
    """None of it."""
    if case.values.get("augment") in (None, "none", ""):
        return None
    return case.change(finding, "augment", "none", "augment_less")


def _is_regression(case: Case) -> bool:
    """Whether the targets are numbers; a log of others that has no accuracy is taken for one."""
    if case.run.data is not None:
        return case.run.data.classes is None
    return not len(case.run.metric("val_accuracy")) and not len(case.run.metric("train_accuracy"))
