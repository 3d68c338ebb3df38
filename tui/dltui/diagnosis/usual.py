"""Which values are usual: the first guess of everybody who has no other evidence."""

from collections.abc import Mapping
from dataclasses import dataclass

from dltui_trainers.choices import Model, Optimizer
from dltui_trainers.configure import without_effect
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
_TRANSFORMER = UsualRange(1e-4, 3e-4, 1e-3)
"""Vaswani et al. 2017 (arXiv:1706.03762) rise to 7e-4 and Brown et al. 2020 (arXiv:2005.14165, table 2.1) to 6e-4 for
their smallest model, all with Adam; nanoGPT takes 1e-3 for its small network of characters."""
_CLIPPED_RECURRENT = UsualRange(0.01, 1.0, 30.0)
"""SGD with clipped gradients: Zaremba et al. 2014 (arXiv:1409.2329) begin at 1, Merity et al. 2017 (arXiv:1708.02182)
at 30. Beyond the cliffs that clipping takes away, such losses are flat (Pascanu et al. 2013, arXiv:1211.5063)."""

DESCENTS = frozenset({Optimizer.SGD, Optimizer.MOMENTUM, Optimizer.NESTEROV})
"""What scales the steps of all weights alike."""
ADAMS = frozenset({Optimizer.ADAM, Optimizer.ADAMW})

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
    """Return the usual range for the optimiser and the network of the run.

    None if the log does not tell the optimiser, or for one with which hardly anybody trains such a network.
    """
    optimizer, model = (str(hparams.get(name, "")).lower() for name in ("optimizer", "model"))
    if model == Model.TRANSFORMER:
        return _TRANSFORMER if optimizer in ADAMS else None
    if model == Model.GRU and optimizer == Optimizer.SGD and hparams.get("grad_clip") not in (None, 0):
        return _CLIPPED_RECURRENT
    return USUAL.get(optimizer)


MOST_DROPOUT = 0.5
"""Of hidden units and of inputs; of these a fifth is usual (Srivastava et al. 2014)."""
MOST_L1 = 1e-3
MOST_LABEL_SMOOTHING = 0.25
MOST_STRENGTH = 0.5
"""Half of what the random changes of the inputs can do, which is also where a person begins."""
MOST_DECAY, MOST_DECOUPLED_DECAY = 1e-2, 0.3
"""Beyond these a regulariser holds most networks down. Weight decay that is added to the gradient works far more
strongly than AdamW's, which the learning rate scales down (Loshchilov and Hutter 2019)."""


REGULARISERS = ("dropout", "input_dropout", "weight_decay", "l1", "label_smoothing", "augment_strength")
"""Those that are one number."""


def most_regularisation(hparams: Mapping[str, Value]) -> dict[str, float]:
    """Return the largest usual value of each regulariser, name -> value."""
    decoupled = str(hparams.get("optimizer", "")).lower() == "adamw"
    strength = {"augment_strength": MOST_STRENGTH} if augments(hparams) else {}
    return {
        "dropout": MOST_DROPOUT,
        "layer_dropout": MOST_DROPOUT,
        "input_dropout": MOST_DROPOUT,
        "weight_decay": MOST_DECOUPLED_DECAY if decoupled else MOST_DECAY,
        "l1": MOST_L1,
        "label_smoothing": MOST_LABEL_SMOOTHING,
        **strength,
    }


def strengths(hparams: Mapping[str, Value]) -> dict[str, float]:
    """Return how strong each regulariser is that is at work, name -> value; of several layers that of the strongest."""
    idle = without_effect(hparams)
    found = {}
    for name in REGULARISERS:
        value = hparams.get(name)
        if name not in idle and isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
            found[name] = float(value)
    strongest = max(shares_in(hparams.get("layer_dropout")), default=0.0)
    if strongest > 0 and "layer_dropout" not in idle:
        found["layer_dropout"] = strongest
    return found


def shares_in(value: Value) -> tuple[float, ...]:
    """Return the numbers of a text such as ``0.1,0.2``; none of one that is another."""
    try:
        return tuple(float(word) for word in value.split(",")) if isinstance(value, str) else ()
    except ValueError:
        return ()


def augments(hparams: Mapping[str, Value]) -> bool:
    """Return whether the inputs are changed at random: the training loss is then that of harder samples."""
    return hparams.get("augment") not in (None, "none", "") and hparams.get("augment_strength") != 0
