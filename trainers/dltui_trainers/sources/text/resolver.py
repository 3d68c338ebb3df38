"""The task ``text`` without torch: which characters a model learns, and how many windows of them there are.

The last ``val_share`` of the text is the validation, in one piece: were it picked here and there, what stands around
each piece would have been learned. The vocabulary is that of the training part.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dltui_trainers.errors import DataError
from dltui_trainers.hparams import Hparams
from dltui_trainers.registry import TaskInfo
from dltui_trainers.sources.text.characters import BLOCK, Characters, looked_up, read_characters

MOST_CLASSES = 4096
"""Characters that are told apart, the most frequent ones: as many as a Chinese newspaper needs, and a step of 32
windows of 64 characters can still hold its outputs."""
MOST_UNKNOWN = 0.05
"""If a larger part of a text than this would be unknown characters, little is left to learn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text cut in two, each character its place in the ``vocabulary``; those that it lacks stand behind its end."""

    vocabulary: str
    training: NDArray[Any]
    validation: NDArray[Any]

    @property
    def classes(self) -> int:
        """The characters of the vocabulary, and one for all others."""
        return len(self.vocabulary) + 1


def resolve(task: TaskInfo, hparams: Hparams) -> tuple[TaskInfo, dict[str, str]]:
    """Return the task with its number of training windows, and the settings that change: the path is absolute.

    Raises :class:`DataError` for what is no text, and for a text that is too short or says nothing.
    """
    characters, path = read_characters(hparams.data)
    size = _checked_size(characters, hparams)
    _vocabulary(characters, size)
    return replace(task, n_train=windows(size, hparams.context)), {"data": path} if path else {}


def read_text(hparams: Hparams) -> Text:
    """Return the text that ``hparams`` names. Raises :class:`DataError`."""
    characters, _ = read_characters(hparams.data)
    size = _checked_size(characters, hparams)
    known = _vocabulary(characters, size)
    # Signed where one byte is too little: torch has nothing else in two.
    places = np.full(len(characters.alphabet), len(known), np.uint8 if len(known) < 256 else np.int16)
    places[known] = np.arange(len(known))
    codes = looked_up(places, characters.codes)
    return Text(
        vocabulary="".join(map(chr, characters.alphabet[known])), training=codes[:size], validation=codes[size:]
    )


def windows(size: int, context: int) -> int:
    """Return how many windows there are in ``size`` characters: of each, the next one must be known too."""
    return max(0, (size - 1) // context)


def _checked_size(characters: Characters, hparams: Hparams) -> int:
    """Return how many characters are trained on. Raises :class:`DataError` where they, or the others, are too few."""
    total = len(characters.codes)
    if not total:
        raise DataError(f"{characters.name} is empty: there is nothing to learn.")
    size = training_size(total, hparams.val_share)
    if windows(size, hparams.context) and windows(total - size, hparams.context):
        return size
    raise DataError(
        f"{characters.name} has {total} characters, and context = {hparams.context} with val_share ="
        f" {hparams.val_share:g} needs {needed(hparams.context, hparams.val_share)}, or"
        f" {needed(hparams.context, hparams.val_share, hparams.batch_size)} for one batch of {hparams.batch_size}: take"
        " a longer text or a smaller context."
    )


def training_size(total: int, val_share: float) -> int:
    """Return how many of ``total`` characters are trained on."""
    return total - int(total * val_share)


def needed(context: int, val_share: float, batch_size: int = 1) -> int:
    """Return how long a text must be for ``batch_size`` windows to train on, and one for the validation."""
    training, validation = batch_size * context + 1, context + 1
    total = max(training + validation, math.floor((training - 1) / (1 - val_share)) - 1)
    while training_size(total, val_share) < training or total - training_size(total, val_share) < validation:
        total += 1
    return total


@lru_cache(maxsize=1)
def _vocabulary(characters: Characters, size: int) -> NDArray[np.int64]:
    """Return the places in the alphabet of the characters to learn, sorted. Raises :class:`DataError`."""
    counts = np.zeros(len(characters.alphabet), np.int64)
    for start in range(0, size, BLOCK):
        counts += np.bincount(characters.codes[start : min(start + BLOCK, size)], minlength=len(counts))
    known = np.flatnonzero(counts)
    if len(known) == 1:
        only = ascii(chr(characters.alphabet[known[0]]))
        raise DataError(f"{characters.name} repeats one character, {only}, over and over: there is nothing to learn.")
    if len(known) <= MOST_CLASSES:
        return known
    known = np.sort(np.argsort(-counts, kind="stable")[:MOST_CLASSES])
    unknown = 1 - counts[known].sum() / size
    if unknown > MOST_UNKNOWN:
        raise DataError(
            f"{characters.name} has {np.count_nonzero(counts)} different characters, and {unknown:.0%} of it are others"
            f" than the {MOST_CLASSES} most frequent: that is no text of one script."
        )
    return known
