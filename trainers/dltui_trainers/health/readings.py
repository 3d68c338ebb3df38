"""Numbers that are computed on a device, one by one, and brought from there all at once."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

import torch
from torch import Tensor

Key = TypeVar("Key", bound=Hashable)


class Readings(Generic[Key]):
    """Keeps small tensors by a key until they are read: each device is waited for once, however many there are."""

    def __init__(self) -> None:
        self._keys: defaultdict[torch.device, list[tuple[Key, int]]] = defaultdict(list)
        self._values: defaultdict[torch.device, list[Tensor]] = defaultdict(list)

    def add(self, key: Key, values: Tensor) -> None:
        """Keep the numbers of ``values``, a scalar or a row."""
        self._keys[values.device].append((key, values.numel()))
        self._values[values.device].append(values.detach().reshape(-1))

    def read(self) -> dict[Key, Sequence[float]]:
        """Return the numbers by key, as floats."""
        found: dict[Key, Sequence[float]] = {}
        for device, tensors in self._values.items():
            numbers = torch.cat([each.to(torch.float32) for each in tensors]).tolist()
            at = 0
            for key, count in self._keys[device]:
                found[key] = numbers[at : at + count]
                at += count
        return found
