"""Remedies that change how long is trained, in which batches, and on how many samples."""

import math

from dltui.advice.case import Case
from dltui.advice.change import Change
from dltui.advice.round import nice
from dltui.diagnosis.finding import Finding, Symptom
from dltui.diagnosis.progress import train_motion
from dltui_trainers.choices import Optimizer

MORE_EPOCHS = 2.0
PATIENCE_SHARE = 0.1
LEAST_PATIENCE = 5
WIDE_GAP = 0.2
"""A validation loss a fifth above the training loss: more samples would bring them together."""


def more_epochs(case: Case, finding: Finding) -> Change | None:
    """Twice as many, with the gain that the curve promises; or steps, where their number ends the training."""
    move = train_motion(case.run)
    if finding.symptom is Symptom.UNDERFITTING and (move is None or not move.falling):
        return None
    gain = next((each.value for each in finding.evidence if each.name == "predicted_gain"), None)
    numbers = {} if gain is None else {"gain_share": gain}
    epochs, most = case.number("epochs"), case.number("max_steps")
    if most and case.configuration.is_cut:
        return case.change(finding, "max_steps", int(nice(MORE_EPOCHS * most)), "steps_more", numbers=numbers)
    to = "x2" if epochs is None else int(nice(MORE_EPOCHS * epochs))
    return case.change(finding, "epochs", to, "epochs_more", numbers=numbers)


def stop_at_best(case: Case, finding: Finding) -> Change | None:
    """As many epochs as the best validation took: early stopping by hand."""
    best, steps_per_epoch = case.best_step, _steps_per_epoch(case)
    if not best or case.alive:  # a living training has nothing to repeat: it is stopped, and its best is kept
        return None
    if steps_per_epoch is None:
        return case.change(finding, "early_stop_patience", LEAST_PATIENCE, "epochs_best", numbers={"best_step": best})
    epoch = max(1, math.ceil(best / steps_per_epoch))
    numbers = {"best_step": best, "best_epoch": float(epoch)}
    return case.change(finding, "epochs", epoch, "epochs_best", numbers=numbers)


def early_stop(case: Case, finding: Finding) -> Change | None:
    """A patience of a tenth of the validations."""
    if case.number("early_stop_patience") or not case.takes("early_stop_patience"):
        return None
    patience = max(LEAST_PATIENCE, round(PATIENCE_SHARE * case.run.validations))
    return case.change(finding, "early_stop_patience", patience, "early_stop")


def all_samples(case: Case, finding: Finding) -> Change | None:
    """All the training samples that there are, where only some are used."""
    size = case.number("train_size")
    gap = next((each.value for each in finding.evidence if each.name == "gap"), None)
    if finding.symptom is Symptom.GOOD_FIT and (gap is None or gap < WIDE_GAP):
        return None
    if case.number("per_class"):
        return case.change(finding, "per_class", 0, "more_of_each_class")
    if not size or case.task is None:
        return None
    if case.task.resolver:  # how many the user has is not told where only some are used
        return case.change(finding, "train_size", 0, "more_samples")
    if size >= case.task.n_train:
        return None
    return case.change(finding, "train_size", 0, "more_samples", numbers={"all": float(case.task.n_train)})


def larger_batch(case: Case, finding: Finding) -> Change | None:
    """Twice the batch, the learning rate scaled with it: in proportion for SGD, by the root for Adam.

    Against a learning rate that is too high it stays as it is: a larger batch bears it better.
    """
    batch, lr = case.number("batch_size"), case.lr
    samples = case.configuration.samples
    if batch is None or (samples is not None and 16 * batch > samples):
        return None
    scaled = lr is not None and finding.symptom is not Symptom.LR_TOO_HIGH
    with_ = {"lr": nice(lr * _lr_scale(case, 2.0))} if scaled and lr is not None else {}
    return case.change(finding, "batch_size", int(2 * batch), "batch_up", with_=with_)


def batch_that_fits(case: Case, finding: Finding) -> Change | None:
    """A batch of the size that fits into memory at once, the learning rate scaled with it; for faster steps only."""
    parts = next((each for each in finding.evidence if each.name == "memory_parts"), None)
    batch, lr = case.number("batch_size"), case.lr
    if parts is None or batch is None:
        return None
    fits = int(parts.numbers["part"])
    with_ = {} if lr is None or case.run.tests_range else {"lr": nice(lr * _lr_scale(case, fits / batch))}
    return case.change(finding, "batch_size", fits, "batch_fits", with_=with_, numbers={"passes": parts.value})


def smaller_batch(case: Case, finding: Finding) -> Change | None:
    """A quarter of the batch and so four times the steps, the learning rate scaled with it."""
    batch, lr = case.number("batch_size"), case.lr
    if batch is None or batch < 64:
        return None
    with_ = {} if lr is None else {"lr": nice(lr * _lr_scale(case, 0.25))}
    return case.change(finding, "batch_size", int(batch) // 4, "more_steps", with_=with_)


def _lr_scale(case: Case, factor: float) -> float:
    """Goyal et al. 2017 for SGD; Malladi et al. 2022 (arXiv:2205.10287) for what divides by a root of the variance."""
    plain = case.word("optimizer") in (Optimizer.SGD, Optimizer.MOMENTUM, Optimizer.NESTEROV)
    return factor if plain else math.sqrt(factor)


def _steps_per_epoch(case: Case) -> float | None:
    samples, batch = case.configuration.samples, case.number("batch_size")
    return None if samples is None or batch is None else max(1.0, math.ceil(samples / batch))
