"""What advice may do unasked; apart from the decision, so that words are refused without waiting for numpy."""

from dataclasses import dataclass

BY = "advice"
"""Who asks, in the log."""
CAREFUL = ("lr", "grad_clip", "weight_decay", "dropout")
"""They act within a few steps, so that a verdict soon after is one on them; they take no more memory or time; and they
leave it as it is what the losses mean. A schedule acts on all the rest of a training, ``epochs`` on the bill, label
smoothing and augmentation on the training loss itself."""
EVERY_EPOCHS = 5.0
LEAST_CONFIDENCE = 0.65
"""A finding at the threshold of its rule has 0.5; one with a single sure sign of several has this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be done unasked: which hyperparameters, and at most one change in so many epochs."""

    hparams: tuple[str, ...] = CAREFUL
    every_epochs: float = EVERY_EPOCHS
    least_confidence: float = LEAST_CONFIDENCE
