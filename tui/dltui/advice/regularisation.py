"""Remedies that tie a model down, or let it loose."""

from dltui.advice.case import Case
from dltui.advice.change import Change
from dltui.advice.round import nice
from dltui.diagnosis.finding import Finding
from dltui_trainers.choices import Augmentation, Model, Norm, Optimizer
from dltui_trainers.configure import as_text

DROPOUT_STEP = 0.3
DROPOUT_WITH_BATCH_NORM = 0.1
"""Batch norm regularises by itself, and dropout shifts the variance it has learned (Li et al. 2018)."""
MOST_DROPOUT = 0.5
LITTLE_DROPOUT = 0.15
"""Half of this is hardly any."""
DECAY, DECOUPLED_DECAY = 1e-4, 1e-2
"""CS231n's grid begins at 1e-4; AdamW's default is 1e-2, because the learning rate scales it."""
DECAY_OF_TRANSFORMERS = 0.1
"""Decoupled: Brown et al. 2020 (arXiv:2005.14165), appendix B."""
DECAY_FACTOR = 5.0
LEAST_DECAY = 1e-6
MOST_DECAY, MOST_DECOUPLED_DECAY = 1e-2, 0.3
SMOOTHING = 0.1
STRENGTH = 0.5
"""Crop and scale of that strength take 35 to 45 % off the lowest validation loss of an MLP that overfits digits or
mnist1d; of 0.2, 15 to 45 %."""
LEAST_STRENGTH = 0.2


def more_dropout(case: Case, finding: Finding) -> Change | None:
    """From nothing to 0.3 (0.1 with batch norm), or a third more of what is kept, up to one half."""
    with_norm = case.word("norm") == Norm.BATCH
    step = DROPOUT_WITH_BATCH_NORM if with_norm else DROPOUT_STEP
    most = 2 * DROPOUT_WITH_BATCH_NORM if with_norm else MOST_DROPOUT
    if shares := case.shares("layer_dropout"):
        more = tuple(max(each, min(most, nice(each + step))) for each in shares)
        return _each_layer(case, finding, more, "dropout_up", go_back=True) if more != shares else None
    if not case.takes("dropout"):
        return None
    dropout = case.number("dropout") or 0.0
    to = min(most, nice(dropout + step))
    return case.change(finding, "dropout", to, "dropout_up", go_back=True) if to > dropout else None


def less_dropout(case: Case, finding: Finding) -> Change | None:
    """Half of it, in each layer."""
    shares = case.shares("layer_dropout")
    if any(shares):
        return _each_layer(case, finding, tuple(map(_half, shares)), "dropout_down")
    dropout = case.number("dropout")
    return case.change(finding, "dropout", _half(dropout), "dropout_down") if dropout else None


def less_input_dropout(case: Case, finding: Finding) -> Change | None:
    """Half of it."""
    dropout = case.number("input_dropout")
    return case.change(finding, "input_dropout", _half(dropout), "dropout_down") if dropout else None


def _half(dropout: float) -> float:
    return 0.0 if dropout <= LITTLE_DROPOUT else nice(dropout / 2)


def _each_layer(case: Case, finding: Finding, shares: tuple[float, ...], key: str, *, go_back: bool = False) -> Change:
    return case.change(finding, "layer_dropout", as_text(shares), key, go_back=go_back)


def more_weight_decay(case: Case, finding: Finding) -> Change | None:
    """The usual start where there is none, else five times as much."""
    if not case.takes("weight_decay"):
        return None
    decoupled = case.word("optimizer") == Optimizer.ADAMW
    decay = case.number("weight_decay") or 0.0
    start, most = (DECOUPLED_DECAY, MOST_DECOUPLED_DECAY) if decoupled else (DECAY, MOST_DECAY)
    if decoupled and case.word("model") == Model.TRANSFORMER:
        start = DECAY_OF_TRANSFORMERS
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
    """Small shifts and scales where the task can augment at all, or twice the strength of what is on.

    A running training goes on with it: no weight is spoilt, and what was learnt by heart is not asked any more.
    """
    return _stronger_augmentation(case, finding) if _augments(case) else _shifts(case, finding)


def _shifts(case: Case, finding: Finding) -> Change | None:
    # no flips: a mirrored digit or letter is another one, and nobody has said what the images are
    kinds = (Augmentation.CROP, Augmentation.SCALE)
    shape = case.run.data.input_shape if case.run.data else []
    fitting = set(kinds) <= set(case.task.augmentations) if case.task else len(shape) >= 3
    if not case.takes("augment") or not fitting:
        return None
    with_ = {"augment_strength": STRENGTH} if case.values.get("augment_strength") == 0 else {}
    return case.change(finding, "augment", ",".join(kinds), "augment_on", go_back=not case.alive, with_=with_)


def _stronger_augmentation(case: Case, finding: Finding) -> Change | None:
    strength = case.number("augment_strength")
    if strength is None or case.values.get("augment") == Augmentation.FLIP:  # there is no flip by half
        return None
    to = min(1.0, nice(2 * strength)) or STRENGTH
    if to <= strength:
        return None
    return case.change(finding, "augment_strength", to, "augment_on", go_back=not case.alive)


def less_augmentation(case: Case, finding: Finding) -> Change | None:
    """Half of its strength, or none of it."""
    strength = case.number("augment_strength")
    if not _augments(case) or strength == 0:
        return None
    if strength is None or strength <= LEAST_STRENGTH or case.values.get("augment") == Augmentation.FLIP:
        return case.change(finding, "augment", "none", "augment_less")
    return case.change(finding, "augment_strength", nice(strength / 2), "augment_less")


def _augments(case: Case) -> bool:
    return case.values.get("augment") not in (None, "none", "")


def _is_regression(case: Case) -> bool:
    """Whether the targets are numbers; a log of others that has no accuracy is taken for one."""
    if case.run.data is not None:
        return case.run.data.classes is None
    return not len(case.run.metric("val_accuracy")) and not len(case.run.metric("train_accuracy"))
