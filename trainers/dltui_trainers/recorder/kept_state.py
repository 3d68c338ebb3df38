"""The checkpoints of a user's script: what it hands over is kept as those of our own loop are, and found by the same.

A file holds ``step epoch task settings`` as ours do, and in ``state`` whatever the script gave, as long as it can be
read again without running code: tensors, numbers, texts, and lists and dicts of them.
"""

import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec
import torch

from dltui_trainers.checkpoint import Checkpoints, State
from dltui_trainers.errors import RunFolderError
from dltui_trainers.recorder.script_commands import NO_STATE
from dltui_trainers.runlog import Value

Given = Mapping[str, Any] | Callable[[], Any]
MOST_SETTINGS = 4000
"""Bytes of the hyperparameters in the head of a checkpoint, of which a reader takes 8 kB."""
MOST_DEPTH = 40
_PLAIN = (bool, int, float, complex, str, bytes, bytearray, type(None))
_TENSORS = (torch.Tensor, torch.Size, torch.dtype, torch.device)
_NESTED = (list, tuple, set)
ONLY_ITSELF = "the script writes its checkpoints itself; one can be asked for where run.checkpoint is given a function"


class Head(msgspec.Struct, kw_only=True):
    """Where a script is, for a person who looks for a checkpoint."""

    step: int
    epoch: float
    task: str
    hparams: dict[str, Value]


class KeptState:
    """What a script hands over to be kept: a state now, or a function that returns it whenever one is wanted."""

    def __init__(self, folder: Path, head: Callable[[], Head]) -> None:
        self._checkpoints = Checkpoints(folder)
        self._head = head
        self._give: Callable[[], Any] | None = None
        self._has_given = self._is_broken = False

    def take(self, given: Given) -> str | None:
        """Keep a state at once, or the function for later; return why that could not be done."""
        if callable(given):
            self._give, self._is_broken = given, False
            return None
        self._has_given = True
        try:
            state = self._framed(given)
        except RunFolderError as error:
            return str(error)
        return self._checkpoints.write_and_keep(state, state["step"])

    def write_if_due(self) -> str | None:
        """Write a checkpoint if it is time; return why it could not be written, the first time only."""
        if self._give is None or self._is_broken:
            return None
        try:
            return self._checkpoints.write_if_due(self._state, self._head().step)
        except RunFolderError as error:
            self._is_broken = True  # it would fail again and again, each time in the middle of the training
            return str(error)

    def write_asked(self) -> str:
        """Write one that somebody asked for, and return its name.

        Raises :class:`RunFolderError` with the reason why not, and ``OSError``.
        """
        if self._give is None:
            raise RunFolderError(ONLY_ITSELF if self._has_given else NO_STATE)
        return self._checkpoints.write_asked(self._state()).name

    def write_before_change(self) -> None:
        """Write the place that a change leaves, if the script can. Raises like :meth:`write_asked`."""
        if self._give is not None:
            self._checkpoints.save_before_change(self._state())

    def write_now(self) -> str | None:
        """Write the newest state, at a pause and at the end; return why it could not be written."""
        if self._give is None:
            return None
        try:
            return self._checkpoints.write(self._state)
        except RunFolderError as error:
            return str(error)

    def close(self) -> None:
        """Nothing more will be kept."""
        self._checkpoints.close()

    def _state(self) -> State:
        assert self._give is not None
        try:
            given = self._give()
        except Exception as error:  # the script's own code: anything may happen there
            raise RunFolderError(f"the function given to run.checkpoint failed ({_short(error)})") from error
        return self._framed(given)

    def _framed(self, state: Any) -> State:
        """The state with its head in front, as :func:`dltui_trainers.kept.read_head` looks for it."""
        foreign = foreign_in(state)
        if foreign:
            raise RunFolderError(f"{foreign}: a checkpoint keeps tensors, numbers, texts, and lists and dicts of them")
        head = self._head()
        settings = msgspec.json.encode(head.hparams).decode()
        if len(settings) > MOST_SETTINGS:
            settings = "{}"
        epoch = int(head.epoch) if head.epoch == head.epoch and abs(head.epoch) < 1e15 else 0
        return {"step": head.step, "epoch": epoch, "task": head.task, "settings": settings, "state": state}


def foreign_in(state: Any, path: str = "state", depth: int = 0) -> str:
    """Return what in ``state`` could not be read again, as ``state['args'] is a Namespace``; nothing if all can."""
    kind = type(state)
    if depth > MOST_DEPTH:
        return f"{path} is nested too deeply"
    if isinstance(state, _TENSORS) or kind in _PLAIN or _of_numpy(state):
        return ""
    if kind in (dict, OrderedDict):
        inner = (
            foreign_in(each, f"{path}[{key!r}]", depth + 1) or foreign_in(key, f"a key of {path}", depth + 1)
            for key, each in state.items()
        )
        return next(filter(None, inner), "")
    if kind in _NESTED:
        inner = (foreign_in(each, f"{path}[{i}]", depth + 1) for i, each in enumerate(state))
        return next(filter(None, inner), "")
    return f"{path} is a {kind.__name__}"


def read_state(path: Path, map_location: Any = "cpu") -> Any:
    """Return the state in the checkpoint ``path``. Data, never code. Raises :class:`RunFolderError`."""
    try:
        with _numpy_allowed():
            found = torch.load(path, map_location=map_location, weights_only=True)
        return found["state"]
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, EOFError, pickle.UnpicklingError) as error:
        raise RunFolderError(f"The checkpoint {path} cannot be read ({_short(error)}).") from error


def _of_numpy(value: Any) -> bool:
    """Whether it is an array, or one of its numbers; those of objects are refused."""
    dtype = getattr(value, "dtype", None)
    return type(value).__module__ == "numpy" and getattr(dtype, "kind", "O") not in "OV"


def _numpy_allowed() -> Any:
    """Lets numpy's arrays be read: what makes them runs no code of the file."""
    allow = getattr(torch.serialization, "safe_globals", None)
    if allow is None:  # an old torch
        return nullcontext()
    import numpy as np

    multiarray = getattr(np, "_core", None) or np.core
    kinds = {type(np.dtype(letter)) for letter in "?bBhHiIlLqQefdFDSUmM"}
    return allow(
        [
            multiarray.multiarray._reconstruct,
            multiarray.multiarray.scalar,
            (multiarray.multiarray._reconstruct, "numpy.core.multiarray._reconstruct"),
            (multiarray.multiarray.scalar, "numpy.core.multiarray.scalar"),
            np.ndarray,
            np.dtype,
            *kinds,
            _encode(),
        ]
    )


def _encode() -> Any:
    import _codecs

    return _codecs.encode


def _short(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
