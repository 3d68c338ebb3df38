"""Validation is better than training, and nothing in the configuration explains it."""

from collections.abc import Mapping

import numpy as np

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.rule import LEAST_VALIDATIONS
from dltui.diagnosis.statistics import confidence, noise
from dltui.diagnosis.usual import augments, strengths
from dltui_trainers.runlog import Value

BELOW = 0.10
"""A tenth below the training loss, with everything off that burdens only the training."""
ONLY_IN_TRAINING = ("dropout", "layer_dropout", "input_dropout", "label_smoothing", "l1")
"""What makes the training loss higher than that of the same network in evaluation."""


def find(run: Observed) -> Finding | None:
    """The validation loss lies clearly below the training loss though no regularisation is at work.

    With dropout, augmentation or label smoothing that is the normal picture (they burden only training), and without
    knowing the configuration nothing can be said. Otherwise: duplicates in both sets, a validation set that is easier,
    a split by the wrong key. The training loss is taken at the same moment as the validation, not as the mean of the
    epoch before.
    Source: UMLAUT (Schoop et al. 2021), leakage check; Karpathy 2019.
    """
    if run.validations < 2 * LEAST_VALIDATIONS or not run.comparable or run.on_error:
        return None
    if "dropout" not in run.hparams or _explains(run.hparams):
        return None
    half = len(run.val) // 2
    val, train = run.val_smooth[half:], run.train_at_val_smooth[half:]
    level = float(np.median(train))
    below = float(np.median(train - val)) / level if level > 0 else 0.0
    error = max(noise(val), run.val_noise) / level if level > 0 else 1.0
    if below < max(BELOW, 2 * error):
        return None
    numbers = {"train": float(train[-1]), "val": float(val[-1])}
    return Finding(
        symptom=Symptom.TRAIN_VAL_MISMATCH,
        severity=Severity.WARNING,
        confidence=confidence(below, BELOW, max(error, BELOW / 3)),
        since_step=float(run.val.step[half]),
        evidence=(Evidence(name="val_below_train", value=below, unit=Unit.RATIO, numbers=numbers),),
        guide_step=2,
    )


def _explains(hparams: Mapping[str, Value]) -> bool:
    """Whether something burdens only the training, or lets the validation average its answers."""
    noisy = hparams.get("label_noise") not in (None, 0)
    averaged = hparams.get("test_crops") not in (None, "none")
    return noisy or averaged or augments(hparams) or not strengths(hparams).keys().isdisjoint(ONLY_IN_TRAINING)
