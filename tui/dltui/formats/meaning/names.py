"""What a column's name says: which quantity it is, and of which part of the data. Pure text, no values."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Quantity(StrEnum):
    """What a column may be, as far as its name tells."""

    LOSS = "loss"
    ERROR = "error"
    """A measure that is used as a loss (``mse``); it counts as one where nothing is called a loss."""
    ACCURACY = "accuracy"
    QUALITY = "quality"
    """Another fraction that grows as the model gets better (``mIoU``, ``f1``)."""
    PRECISION = "precision"
    RECALL = "recall"
    PERPLEXITY = "perplexity"
    R2 = "r2"
    LR = "lr"
    GRAD_NORM = "grad_norm"
    STEP = "step"
    EPOCH = "epoch"
    TIME = "time"
    OTHER = "other"


MEASURES = frozenset(
    {Quantity.LOSS, Quantity.ERROR, Quantity.ACCURACY, Quantity.QUALITY, Quantity.PRECISION, Quantity.RECALL}
    | {Quantity.PERPLEXITY, Quantity.R2}
)
"""What tells how well the model does."""


class Split(StrEnum):
    """The part of the data that a name speaks of."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"
    UNSAID = ""


SPLITS = {
    **dict.fromkeys(("train", "training", "trn"), Split.TRAIN),
    **dict.fromkeys(("val", "valid", "validation", "vali", "eval", "evaluation", "dev"), Split.VAL),
    **dict.fromkeys(("test", "testing", "tst"), Split.TEST),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """``rank`` orders the names of one quantity, 0 is the most usual. ``part``: of what sum, empty for the total."""

    quantity: Quantity
    split: Split = Split.UNSAID
    rank: int = 0
    part: str = ""


_OTHER = Meaning(quantity=Quantity.OTHER)

_ALIASES = {  # names of llm.c: training loss, test loss (of held-out text), step
    "trl": Meaning(quantity=Quantity.LOSS, split=Split.TRAIN),
    "tel": Meaning(quantity=Quantity.LOSS, split=Split.VAL),
    "s": Meaning(quantity=Quantity.STEP),
}
_JOINED = re.compile(r"(train|training|val|valid|validation|test|eval)_?(loss|acc|accuracy|mse)")
_WORDS = re.compile(r"[a-z]+|\d+")
_LOSS_WORDS = frozenset({"loss", "losses"})
_NO_MEASURE = frozenset(
    {"best", "min", "max", "lowest", "highest", "std", "var", "prev", "previous", "delta", "diff", "ratio", "target"}
    | {"scale", "scaler", "scaling", "weight", "weights", "unscaled", "threshold", "patience", "counter"}
)
"""With one of these a name speaks about a loss or an accuracy, but is not one of the values along the training."""
_PLAIN_WORDS = frozenset(
    {"avg", "average", "mean", "total", "running", "smooth", "smoothed", "overall", "current", "cur", "per", "meter"}
    | {"epoch", "step", "batch", "iter", "iteration", "global", "categorical", "sparse", "binary", "top", "1"}
)
"""Words that say how something was averaged: what is left names a part of a sum (``box``, ``cls``)."""
_PREFIXES = frozenset({"metrics", "metric", "trainer", "coco", "bbox", "segm"})
_HEADS = frozenset({"b", "m"})
"""How YOLO marks what a metric is of, boxes or masks, at the end of its name."""
_ERRORS = ("mse", "nll", "crossentropy", "ce", "bce", "logloss", "xent", "error", "err")
_ACCURACY_WORDS = frozenset({"acc", "accuracy"})
_PERPLEXITY_WORDS = frozenset({"ppl", "perplexity"})
_R2 = frozenset({"r2", "r2score", "rsquared", "rsquare", "rsq"})
"""As the words of the name are joined: ``r2_score``, ``R²``, ``r_squared``."""
_QUALITIES = (
    "top1",
    "miou",
    "meaniou",
    "iou",
    "map5095",
    "map05095",
    "map",
    "ap",
    "map50",
    "map05",
    "dice",
    "f1",
    "auc",
    "macc",
)
_QUALITY_STEMS = ("dice", "f1", "miou", "iou", "top1")
_LR = frozenset({"lr", "learningrate"})
_GRAD_NORM = frozenset({"gradnorm", "gradientnorm", "gnorm", "norm", "totalnorm", "globalgradnorm", "totalgradnorm"})
_STEPS = ("globalstep", "step", "steps", "iteration", "iterations", "iter", "iters", "it", "numupdates", "updates")
_BATCHES = ("update", "batch", "batches", "batchidx", "minibatch")
_EPOCHS = ("epoch", "epochs", "ep", "epochnum", "epochnumber", "currentepoch")
_TIMES = (
    "timestamp",
    "walltime",
    "elapsed",
    "elapsedtime",
    "timeelapsed",
    "runtime",
    "relativetime",
    "totaltime",
    "time",
)


@lru_cache(maxsize=4096)
def meaning_of(name: str) -> Meaning:
    """Return what the name says. Case, separators and ``camelCase`` make no difference."""
    plain = name.strip().strip("\"'").lower()
    if plain in _ALIASES:
        return _ALIASES[plain]
    words = _words(name)
    split = next((SPLITS[word] for word in words if word in SPLITS), Split.UNSAID)
    rest = [word for word in words if word not in SPLITS and word not in _PREFIXES]
    if len(rest) > 1 and rest[-1] in _HEADS:
        rest.pop()
    if not rest or len(rest) > 8:
        return _OTHER
    return _measure(rest, split) or _axis_or_setting(rest, split)


def _words(name: str) -> list[str]:
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.replace("²", "2"))
    apart = _JOINED.sub(r"\1 \2", apart.lower()) if "_" not in name else apart.lower()
    return _WORDS.findall(apart)


def _measure(rest: list[str], split: Split) -> Meaning | None:
    joined = "".join(rest)
    if _NO_MEASURE.intersection(rest):
        return _OTHER if not _LR.intersection(rest) else None
    if _LOSS_WORDS.intersection(rest):
        part = " ".join(word for word in rest if word not in _LOSS_WORDS and word not in _PLAIN_WORDS)
        return Meaning(quantity=Quantity.LOSS, split=split, part=part)
    if joined in _ERRORS:
        return Meaning(quantity=Quantity.ERROR, split=split, rank=_ERRORS.index(joined))
    if joined in _QUALITIES:
        return Meaning(quantity=Quantity.QUALITY, split=split, rank=_QUALITIES.index(joined))
    if _ACCURACY_WORDS.intersection(rest):
        part = " ".join(word for word in rest if word not in _ACCURACY_WORDS and word not in _PLAIN_WORDS)
        return Meaning(quantity=Quantity.ACCURACY, split=split, part=part, rank=int(bool(part)))
    if _PERPLEXITY_WORDS.intersection(rest):
        part = " ".join(word for word in rest if word not in _PERPLEXITY_WORDS and word not in _PLAIN_WORDS)
        return Meaning(quantity=Quantity.PERPLEXITY, split=split, part=part, rank=int(bool(part)))
    if joined in _R2:
        return Meaning(quantity=Quantity.R2, split=split)
    if joined in ("precision", "recall"):
        return Meaning(quantity=Quantity(joined), split=split)
    if joined.startswith(_QUALITY_STEMS):
        return Meaning(quantity=Quantity.QUALITY, split=split, rank=len(_QUALITIES))
    return None


def _axis_or_setting(rest: list[str], split: Split) -> Meaning:
    joined = "".join(rest)
    if joined in _LR:
        return Meaning(quantity=Quantity.LR, split=split)
    if "lr" in rest or joined.startswith("learningrate") or joined.endswith("learningrate"):  # lr/pg0, x/lr1, lr-Adam
        return Meaning(quantity=Quantity.LR, split=split, rank=1)
    if joined in _GRAD_NORM:
        return Meaning(quantity=Quantity.GRAD_NORM, split=split)
    if split in (Split.VAL, Split.TEST):  # how long a validation took, how often there is one
        return _OTHER
    for quantity, names in ((Quantity.STEP, _STEPS + _BATCHES), (Quantity.EPOCH, _EPOCHS), (Quantity.TIME, _TIMES)):
        if joined in names:
            return Meaning(quantity=quantity, split=split, rank=names.index(joined))
    return _OTHER
