"""Which values are usual: the first guess of everybody who has no other evidence."""

from collections.abc import Mapping
from dataclasses import dataclass

from dltui_trainers.runlog import Value


@dataclass(frozen=True, slots=True)
class UsualRange:
    """Where most published trainings have their learning rate; ``start`` is the one to try first."""

    low: float
    start: float
    high: float


_SGD = UsualRange(0.01, 0.1, 1.0)
_MOMENTUM = UsualRange(0.003, 0.03, 0.3)
_ADAPTIVE = UsualRange(1e-4, 1e-3, 1e-2)
_RMSPROP = UsualRange(3e-5, 3e-4, 3e-3)
_ADAGRAD = UsualRange(0.003, 0.01, 0.1)

USUAL: dict[str, UsualRange] = {
    "sgd": _SGD,
    "momentum": _MOMENTUM,
    "nesterov": _MOMENTUM,
    "adam": _ADAPTIVE,
    "adamw": _ADAPTIVE,
    "rmsprop": _RMSPROP,
    "adagrad": _ADAGRAD,
}
"""Sources: Karpathy 2019 (Adam 3e-4), the defaults of Kingma and Ba 2015 (Adam 1e-3), Goyal et al. 2017 (SGD with
momentum 0.1 for batches of 256), CS231n (try 1e-1 to 1e-4), Duchi et al. 2011 as in torch (Adagrad 1e-2)."""


def usual_lr(hparams: Mapping[str, Value]) -> UsualRange | None:
    """Return the usual range for the optimiser of the run, None if the log does not tell which that is."""
    return USUAL.get(str(hparams.get("optimizer", "")).lower())


MOST_DROPOUT = 0.5
MOST_L1 = 1e-3
MOST_LABEL_SMOOTHING = 0.25
MOST_STRENGTH = 0.5
"""Half of what the random changes of the inputs can do, which is also where a person begins."""
MOST_DECAY, MOST_DECOUPLED_DECAY = 1e-2, 0.3
"""Beyond these a regulariser holds most networks down. Weight decay that is added to the gradient works far more
strongly than AdamW's, which the learning rate scales down (Loshchilov and Hutter 2019)."""


def most_regularisation(hparams: Mapping[str, Value]) -> dict[str, float]:
    """Return the largest usual value of each regulariser, name -> value."""
    decoupled = str(hparams.get("optimizer", "")).lower() == "adamw"
    strength = {"augment_strength": MOST_STRENGTH} if augments(hparams) else {}
    return {
        "dropout": MOST_DROPOUT,
        "weight_decay": MOST_DECOUPLED_DECAY if decoupled else MOST_DECAY,
        "l1": MOST_L1,
        "label_smoothing": MOST_LABEL_SMOOTHING,
        **strength,
    }


def augments(hparams: Mapping[str, Value]) -> bool:
    """Return whether the inputs are changed at random: the training loss is then that of harder samples."""
    return hparams.get("augment") not in (None, "none", "") and hparams.get("augment_strength") != 0
