"""Saves everything that an exact continuation needs, as tensors and plain values: ``torch.load(weights_only=True)``.

``last.pt`` and ``best.pt`` are each written to a temporary file, synced and renamed: whatever happens, they are whole.
"""

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dltui_trainers.atomic import write_whole

State = dict[str, Any]
"""Nested dicts and lists of tensors and plain values, as torch's ``state_dict`` gives them."""

WRITE_EVERY_S = 5.0
COST_LIMIT = 0.01
"""Writing may take this share of the time: a slow disk is written to less often."""


class Checkpoints:
    """The two checkpoints of a run.

    On a small task an epoch takes 10 ms and nearly each is a new best, so the best state is kept in memory and written
    every few seconds and at the end.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._best: State | None = None
        self._next_write = time.monotonic() + WRITE_EVERY_S
        self._failing = False

    def keep_best(self, state: State) -> None:
        """Keep a copy of ``state``, the best so far."""
        self._best = _copy(state)

    def write_if_due(self, state: Callable[[], State]) -> str | None:
        """Write both checkpoints if it is time; return why they could not be written, the first time only."""
        began = time.monotonic()
        if began < self._next_write:
            return None
        failure = self.write(state)
        now = time.monotonic()
        self._next_write = now + max(WRITE_EVERY_S, (now - began) / COST_LIMIT)
        is_news = failure is not None and not self._failing
        self._failing = failure is not None
        return failure if is_news else None

    def write(self, state: Callable[[], State]) -> str | None:
        """Write ``last.pt`` from ``state``, and ``best.pt``; return why they could not be written."""
        return self.write_best() or self._save("last.pt", state())

    def write_best(self) -> str | None:
        """Write ``best.pt`` if there is a best that the disk does not hold; return why it could not be written."""
        if self._best is None:
            return None
        failure = self._save("best.pt", self._best)
        if failure is None:
            self._best = None
        return failure

    def _save(self, name: str, state: State) -> str | None:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            save(self._folder / name, state)
        except OSError as error:
            return f"{name} could not be written: {error.strerror or error}"
        return None


def save(path: Path, state: State) -> None:
    """Write ``state`` to ``path``, whole or not at all. Raises ``OSError``."""
    # In memory first: torch's own writer can abort the process when the disk fills under it.
    serialised = io.BytesIO()
    torch.save(state, serialised)
    write_whole(path, serialised.getbuffer())


def load(path: Path, device: torch.device) -> State:
    """Read a checkpoint. It is data, never code: ``weights_only``."""
    state: State = torch.load(path, map_location=device, weights_only=True)
    return state


def _copy(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: _copy(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_copy(each) for each in value]
    return value
