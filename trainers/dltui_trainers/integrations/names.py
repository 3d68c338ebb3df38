"""What a framework calls a number -> what the run log calls it: ``eval_acc`` is ``val_accuracy``."""

import re
from collections.abc import Iterable
from typing import Any, Literal

Part = Literal["train", "val"]

_PARTS: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "eval": "val",
}
_ALIASES = {
    "acc": "accuracy",
    "accuracy_score": "accuracy",
    "binary_accuracy": "accuracy",
    "categorical_accuracy": "accuracy",
    "sparse_categorical_accuracy": "accuracy",
    "ppl": "perplexity",
    "r2_score": "r2",
}
_APART = re.compile(r"[^a-z0-9]+")
_BATCHED = re.compile(r"_(step|epoch)$")
"""Lightning's ending where a number is logged by step and by epoch."""


def part_of(name: str) -> Part | None:
    """Return the data that a number says it was measured on; None where it does not say."""
    return _PARTS.get(_words(name).partition("_")[0])


def metric_name(name: str, part: Part) -> str:
    """Return the log's name of a number that was measured on ``part``, unless it says otherwise itself."""
    words = _words(name)
    head, _, rest = words.partition("_")
    if head in _PARTS and rest:
        part, words = _PARTS[head], rest
    words = _BATCHED.sub("", words) or words
    return f"{part}_{_ALIASES.get(words, words)}"


def metrics_of(values: Iterable[tuple[str, Any]], part: Part) -> dict[str, float]:
    """Return those of ``values`` that are single numbers, by the names of the log; of two alike the first counts."""
    found: dict[str, float] = {}
    for name, value in values:
        if (one := one_number(value)) is not None:
            found.setdefault(metric_name(str(name), part), one)
    return found


def one_number(value: Any) -> float | None:
    """Return ``value`` as a float, be it of Python, numpy, torch or Keras; None if it is not one number."""
    if isinstance(value, (bool, str, bytes)) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None  # a tensor of several values, a dict of a metric of many


def _words(name: str) -> str:
    return _APART.sub("_", name.strip().lower()).strip("_")
