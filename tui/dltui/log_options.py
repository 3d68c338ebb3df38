"""What a column of a log may be used as, and what a person tells about a log that its names do not."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a column is used as."""

    TRAIN_LOSS = "train_loss"
    VAL_LOSS = "val_loss"
    VAL_ACCURACY = "val_accuracy"
    VAL_PRECISION = "val_precision"
    VAL_RECALL = "val_recall"
    VAL_PERPLEXITY = "val_perplexity"
    VAL_R2 = "val_r2"
    TRAIN_ACCURACY = "train_accuracy"
    LR = "lr"
    GRAD_NORM = "grad_norm"
    STEP = "step"
    EPOCH = "epoch"
    TIME = "time"
    UNUSED = ""


ROLES = tuple(str(role) for role in Role if role)
"""What a person may say that a column is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOptions:
    """``roles``: which column is what, role -> name of the column (``--map train_loss=col``). ``pattern``: a regular
    expression for the lines of a text log, whose named groups are its columns (``--pattern``).
    """

    roles: tuple[tuple[str, str], ...] = ()
    pattern: str = ""


AS_IT_IS = LogOptions()
"""Nothing was told."""
