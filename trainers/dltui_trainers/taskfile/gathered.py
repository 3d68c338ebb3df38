"""Gathers the samples of a ``torch`` Dataset into two tensors, which our batches are cut from.

A random change that the Dataset makes is drawn once for each sample; those that are to be new in each epoch are our
hyperparameter ``augment``.
"""

import time
from collections.abc import Sized
from typing import Any

import numpy as np
import psutil
import torch
from torch import Tensor
from torch.utils.data import Dataset

from dltui_trainers.errors import TaskFileError
from dltui_trainers.output import say

TELL_EVERY_S = 5.0
PROBED = 8
"""The first samples tell how much memory all of them will take."""
MOST_OF_FREE = 0.8


def gather(dataset: Dataset[Any], name: str) -> tuple[Tensor, Tensor]:
    """Return all samples of ``dataset``. Raises :class:`TaskFileError` where they are none or do not fit in memory."""
    if not isinstance(dataset, Sized):
        raise TaskFileError(f"load: the {name} Dataset has no length (__len__), so its samples cannot be gathered.")
    count = len(dataset)
    if not count:
        raise TaskFileError(f"load: the {name} Dataset has no samples.")
    first = [_sample(dataset, index, name) for index in range(min(PROBED, count))]
    _refuse_too_large(first, count, name)
    (x, y), tell_at = first[0], time.monotonic() + TELL_EVERY_S
    xs, ys = x.new_empty((count, *x.shape)), y.new_empty((count, *y.shape))
    for index in range(count):
        x, y = first[index] if index < len(first) else _sample(dataset, index, name)
        _refuse_other_shape(x, xs, index, name)
        _refuse_other_shape(y, ys, index, name)
        xs[index], ys[index] = x, y
        if time.monotonic() >= tell_at:
            tell_at = time.monotonic() + TELL_EVERY_S
            say(f"gathering the {name} samples: {index + 1} of {count}")
    say(f"gathered {count} {name} samples, {(xs.nbytes + ys.nbytes) / 2**20:.0f} MiB")
    return xs, ys


def _sample(dataset: Dataset[Any], index: int, name: str) -> tuple[Tensor, Tensor]:
    sample = dataset[index]
    if not isinstance(sample, (tuple, list)) or len(sample) != 2:
        raise TaskFileError(
            f"load: sample {index} of the {name} Dataset is a {type(sample).__name__}, and must be a pair (x, y)."
        )
    x, y = sample
    return _tensor(x, f"the x of sample {index}", name), _tensor(y, f"the y of sample {index}", name)


def _tensor(value: Any, what: str, name: str) -> Tensor:
    if isinstance(value, Tensor):
        return value.detach().to("cpu")
    try:
        array = np.asarray(value)
        if array.dtype.kind in "biuf":
            return torch.from_numpy(np.array(array))
        reason = f"it is a {type(value).__name__}"
    except (TypeError, ValueError) as error:
        reason = str(error)
    raise TaskFileError(
        f"load: {what} of the {name} Dataset cannot be made a tensor ({reason}); give it a transform that does."
    )


def _refuse_other_shape(part: Tensor, whole: Tensor, index: int, name: str) -> None:
    if part.shape != whole.shape[1:]:
        raise TaskFileError(
            f"load: sample {index} of the {name} Dataset is {_shape(part)}, and the first is {_shape(whole[0])}: all"
            " must have one shape, as after a resize or a padding."
        )
    if part.dtype != whole.dtype:
        raise TaskFileError(
            f"load: sample {index} of the {name} Dataset has {_kind(part)}, and the first {_kind(whole)}: all must be"
            " of one kind."
        )


def _kind(part: Tensor) -> str:
    return f"{str(part.dtype).removeprefix('torch.')} values"


def _shape(part: Tensor) -> str:
    return " x ".join(map(str, part.shape)) or "one number"


def _refuse_too_large(first: list[tuple[Tensor, Tensor]], count: int, name: str) -> None:
    each = sum(x.nbytes + y.nbytes for x, y in first) / len(first)
    needed, free = each * count, psutil.virtual_memory().available
    if needed > MOST_OF_FREE * free:
        raise TaskFileError(
            f"load: the {count} {name} samples would take {needed / 2**30:.1f} GiB, and {free / 2**30:.1f} GiB of"
            " memory are free: return fewer, or smaller ones (bytes take a quarter of floats)."
        )
