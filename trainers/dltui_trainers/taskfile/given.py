"""Makes tensors of what the ``load`` of a task file returned, and refuses what a training cannot use.

Whoever writes a ``load`` sees the sentences below more than once, so each says what came and what was expected.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from dltui_trainers.errors import TaskFileError
from dltui_trainers.taskfile.gathered import gather

EXPECTED = "it must return (train_x, train_y), (val_x, val_y)"
SPLIT_SEED = 20_261_121
"""The split is part of the data, so it is the same for every ``seed``."""

MOST_CLASSES = 2**17
"""Whole numbers above it are numbers to tell, and no classes: our network would have an output for each."""

Samples = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What ``load`` returned, as tensors. ``split``: it was one set, of which we took the validation."""

    train: Samples
    val: Samples
    split: bool = False


def read_given(value: object, val_share: float) -> Given:
    """Return the samples of what a ``load`` returned. Raises :class:`TaskFileError`."""
    sets = _sets(value)
    if len(sets) == 1:
        x, y = _pair(sets[0], "load's")
        return _split(x, y, val_share)
    train, val = _pair(sets[0], "train"), _pair(sets[1], "val")
    if train[0].shape[1:] != val[0].shape[1:]:
        raise TaskFileError(
            f"load: a sample of train_x is {shape_of(train[0])} and one of val_x {shape_of(val[0])}; they must"
            " be alike."
        )
    if train[1].shape[1:] != val[1].shape[1:] or train[1].dtype != val[1].dtype:
        raise TaskFileError(f"load: train_y holds {kind_of(train[1])} and val_y {kind_of(val[1])}; they must be alike.")
    return Given(train=train, val=val)


def shape_of(x: Tensor) -> str:
    """Return the shape of one sample in words."""
    return " x ".join(map(str, x.shape[1:])) or "one number"


def kind_of(y: Tensor) -> str:
    """Return what the targets are, in words."""
    whole = "numbers" if y.is_floating_point() else "whole numbers"
    return f"{whole} ({str(y.dtype).removeprefix('torch.')}, {len(y)} of {shape_of(y)})"


def _sets(value: object) -> list[Any]:
    """The training and the validation set, or the one set that there is."""
    if value is None:
        raise TaskFileError(f"load returned None (is its return missing?); {EXPECTED}.")
    if isinstance(value, Dataset):
        return [value]
    if isinstance(value, (tuple, list)) and len(value) == 2:
        if all(isinstance(each, Dataset) or _is_pair(each) for each in value):
            return list(value)
        if any(isinstance(each, DataLoader) for each in value):
            raise TaskFileError("load returned a DataLoader; return the datasets themselves, the batches are ours.")
        if all(_is_array(each) for each in value):
            return [tuple(value)]
    if isinstance(value, (tuple, list)) and len(value) == 4:
        raise TaskFileError(f"load returned 4 values; {EXPECTED}: two pairs, with their brackets.")
    if isinstance(value, (tuple, list)):
        kinds = ", ".join(type(each).__name__ for each in value[:4])
        raise TaskFileError(f"load returned {len(value)} values ({kinds}); {EXPECTED}, or (x, y), or two Datasets.")
    raise TaskFileError(f"load returned a {type(value).__name__}; {EXPECTED}, or (x, y), or two Datasets.")


def _is_pair(value: object) -> bool:
    """A list of two lists may also be two samples; a tuple is a pair."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        return False
    return all(_is_array(each) and (isinstance(value, tuple) or not isinstance(each, list)) for each in value)


def _is_array(value: object) -> bool:
    return isinstance(value, (Tensor, np.ndarray, list, tuple)) or hasattr(value, "to_numpy")


def _pair(value: object, name: str) -> Samples:
    if isinstance(value, IterableDataset):
        raise TaskFileError(f"load: the {name} set is an IterableDataset; it must have a length and be indexed.")
    if isinstance(value, TensorDataset) and len(value.tensors) == 2:
        value = value.tensors
    if isinstance(value, Dataset):
        value = gather(value, name)
    assert isinstance(value, (tuple, list))
    prefix = "" if name == "load's" else f"{name}_"
    x, y = (_tensor(each, f"{prefix}{letter}") for each, letter in zip(value, "xy", strict=True))
    if len(x) != len(y):
        raise TaskFileError(f"load: {prefix}x has {len(x)} samples and {prefix}y has {len(y)}.")
    if not len(x):
        raise TaskFileError(f"load: {prefix}x and {prefix}y have no samples.")
    for array, letter in ((x, "x"), (y, "y")):
        _refuse_non_finite(array, f"{prefix}{letter}")
    return x, y


def _tensor(value: Any, name: str) -> Tensor:
    """Numbers as torch computes with them: floats of 32 bits, whole numbers of 64, bytes as bytes."""
    try:
        found = _as_tensor(value)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        reason = " ".join(str(error).split())[:200]
        raise TaskFileError(f"load: {name} cannot be made a tensor of numbers ({reason}).") from error
    if found.ndim == 0:
        raise TaskFileError(f"load: {name} is a single number, and must hold one entry a sample.")
    if found.is_complex():
        raise TaskFileError(f"load: {name} holds complex numbers, which our loop cannot learn from.")
    found = found.detach().to("cpu")
    if found.is_floating_point():
        return found.float().contiguous()
    return found.contiguous() if found.dtype is torch.uint8 else found.long().contiguous()


def _as_tensor(value: Any) -> Tensor:
    if isinstance(value, Tensor):
        return value.to_dense() if value.is_sparse else value
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    if isinstance(value, (list, tuple)) and value and all(isinstance(each, Tensor) for each in value):
        return torch.stack(list(value))
    array = np.asarray(value)
    if array.dtype == object or array.dtype.kind in "USMm":
        raise TypeError(f"it holds {array.dtype.name if array.dtype != object else 'objects'}, not numbers")
    if array.dtype.kind == "u" and array.dtype != np.uint8:
        array = array.astype(np.int64)
    return torch.from_numpy(np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="))))


def _refuse_non_finite(array: Tensor, name: str) -> None:
    if not array.is_floating_point():
        return
    bad = [int((~part.isfinite()).sum()) for part in torch.split(array, _part(array))]
    if not any(bad):
        return
    first = next(index for index, count in enumerate(bad) if count) * _part(array)
    rows = ~array[first : first + _part(array)].isfinite().flatten(1 if array.ndim > 1 else 0)
    first += int((rows.any(1) if array.ndim > 1 else rows).nonzero()[0])
    several = sum(bad)
    values = "1 value that is" if several == 1 else f"{several} values that are"
    raise TaskFileError(
        f"load: {name} has {values} not finite (NaN or infinite), the first in sample {first}: leave such samples out,"
        " or fill them."
    )


def _part(array: Tensor) -> int:
    """So many samples are looked at in one go: the answer takes as much memory as they do."""
    return max(1, 2**22 // max(1, array[0].numel()))


def _split(x: Tensor, y: Tensor, share: float) -> Given:
    if len(x) < 2:
        raise TaskFileError("load returned one sample, and a validation needs another.")
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(SPLIT_SEED))
    n_val = min(max(1, round(share * len(x))), len(x) - 1)
    val, train = order[:n_val], order[n_val:]
    return Given(train=(x[train], y[train]), val=(x[val], y[val]), split=True)


def refuse_kinds(x: Tensor, y: Tensor, own_loss: bool) -> None:
    """Refuse inputs and targets that only something of the person's own could use."""
    if x.ndim < 2:
        raise TaskFileError(
            f"load: x is {tuple(x.shape)}, and a sample needs a dimension of its own: write x[:, None] where it is one"
            " number."
        )
    if own_loss:
        return
    if not y.is_floating_point() and y.ndim > 1:
        hint = "; write y.squeeze(1)" if y.ndim == 2 and y.shape[1] == 1 else ""
        raise TaskFileError(
            f"load: y holds {kind_of(y)}; classes are one whole number a sample{hint}. Anything else needs a loss of"
            " your own: loss(output, target)."
        )
    if y.is_floating_point() and y.ndim > 1 and tuple(y.shape[1:]) != (1,):
        raise TaskFileError(
            f"load: y holds {kind_of(y)}; a regression has one number a sample. Anything else needs a loss of your own:"
            " loss(output, target)."
        )


def class_count(parts: Iterable[Tensor]) -> int:
    """Return how many classes the targets name: one more than the largest. Raises :class:`TaskFileError`."""
    found = [(int(part.min()), int(part.max())) for part in parts]
    lowest, highest = min(low for low, _ in found), max(high for _, high in found)
    if lowest < 0:
        raise TaskFileError(f"load: y has the class {lowest}; classes are counted from 0.")
    if highest >= MOST_CLASSES:
        raise TaskFileError(
            f"load: y has whole numbers up to {highest}, which would be so many classes; for numbers to tell, return"
            " floats (y.float())."
        )
    return highest + 1
