"""Saves everything that an exact continuation needs, as tensors and plain values: ``torch.load(weights_only=True)``.

Each file is written to a temporary one, synced and renamed: whatever happens, it is whole. There are ``last.pt`` and
``best.pt``, and one for each step to which somebody may want to return.
"""

import io
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dltui_trainers.atomic import write_whole
from dltui_trainers.errors import RunFolderError
from dltui_trainers.stepwise import MOST_BYTES, StepFiles, link, put, size_of

State = dict[str, Any]
"""Nested dicts and lists of tensors and plain values, as torch's ``state_dict`` gives them."""

WRITE_EVERY_S = 5.0
COST_LIMIT = 0.01
"""Writing may take this share of the time: a slow disk is written to less often."""
MOST_CHANGES = 10
"""So many changes can be undone, one after the other."""
MOST_ASKED, FEWEST_ASKED = 50, 5
"""So many checkpoints may be asked for, and so many in any case: with large states fewer than the most."""
LAST, BEST = "last.pt", "best.pt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A place to go back to: the checkpoint before a change, and the best one as it was then."""

    path: Path
    step: int
    best: Path | None


class Checkpoints:
    """The checkpoints of a run.

    On a small task an epoch takes 10 ms and nearly each is a new best, so the best state is kept in memory and written
    every few seconds and at the end. ``every``: steps between two checkpoints that stay, 0 for each that is written
    anyway; they are thinned, so that no training fills the disk.
    """

    def __init__(self, folder: Path, every: int = 0) -> None:
        self.every = every
        self._folder = folder
        self._best: State | None = None
        self._next_write = time.monotonic() + WRITE_EVERY_S
        self._failing = False
        self._steps = StepFiles(folder)
        self._saved: list[Saved] = []
        self._asked: list[Path] = []

    def keep_best(self, state: State) -> None:
        """Keep a copy of ``state``, the best so far."""
        self._best = copy_of(state)

    def write_if_due(self, state: Callable[[], State], step: int) -> str | None:
        """Write both checkpoints if it is time; return why they could not be written, the first time only.

        One that falls due by its ``step`` is kept beside them under a name of its own.
        """
        began = time.monotonic()
        due_by_step = 0 < self.every <= step - self._steps.newest
        if began < self._next_write and not due_by_step:
            return None
        failure = self.write(state)
        if failure is None and (due_by_step or not self.every):
            self._steps.keep(self._folder / LAST, step)
        now = time.monotonic()
        self._next_write = now + max(WRITE_EVERY_S, (now - began) / COST_LIMIT)
        is_news = failure is not None and not self._failing
        self._failing = failure is not None
        return failure if is_news else None

    def write(self, state: Callable[[], State]) -> str | None:
        """Write ``last.pt`` from ``state``, and ``best.pt``; return why they could not be written."""
        return self.write_best() or self._save(LAST, state())

    def write_best(self) -> str | None:
        """Write ``best.pt`` if there is a best that the disk does not hold; return why it could not be written."""
        if self._best is None:
            return None
        failure = self._save(BEST, self._best)
        if failure is None:
            self._best = None
        return failure

    def write_and_keep(self, state: State, step: int) -> str | None:
        """Write ``last.pt``, and keep it by the way under the name of its step; return why it could not be written."""
        failure = self._save(LAST, state)
        if failure is None:
            self._steps.keep(self._folder / LAST, step)
        return failure

    def write_step(self, state: State) -> Path:
        """Write a checkpoint of the present step, which stays, and return its path. Raises ``OSError``."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._steps.free_path(state["step"])
        save(path, state)
        return path

    def write_asked(self, state: State) -> Path:
        """Write a checkpoint that somebody asked for; it stays until somebody deletes it, so there are not too many.

        Raises :class:`RunFolderError` where there are, and ``OSError``.
        """
        self._asked = [path for path in self._asked if path.exists()]
        too_large = sum(map(size_of, self._asked)) > MOST_BYTES and len(self._asked) >= FEWEST_ASKED
        if len(self._asked) >= MOST_ASKED or too_large:
            raise RunFolderError(f"{len(self._asked)} checkpoints were asked for already: delete some of them first")
        path = self.write_step(state)
        self._asked.append(path)
        return path

    def save_before_change(self, state: State) -> Saved:
        """Write a place to go back to with :meth:`go_back`. Raises ``OSError``, and then nothing has changed."""
        failure = self.write_best()
        if failure:
            raise OSError(failure)
        path = self.write_step(state)
        try:
            saved = Saved(path=path, step=state["step"], best=self._link_best(path))
        except OSError:
            path.unlink(missing_ok=True)
            raise
        self._saved.append(saved)
        while len(self._saved) > MOST_CHANGES or (len(self._saved) > 1 and self._saved_bytes() > MOST_BYTES):
            self._forget(self._saved.pop(0))
        return saved

    @property
    def last_saved(self) -> Saved | None:
        """The newest place to go back to."""
        return self._saved[-1] if self._saved else None

    def go_back(self, saved: Saved) -> None:
        """The training has gone back to ``saved``, the newest place: let the checkpoints of what is undone go."""
        self._saved.remove(saved)
        self._best = None
        with suppress(OSError):
            if saved.best is None:
                (self._folder / BEST).unlink(missing_ok=True)
            else:
                os.replace(saved.best, self._folder / BEST)
                saved.best.unlink(missing_ok=True)  # where both names are one file, nothing was replaced
        with suppress(OSError):  # a kill before the next one is written must not bring back what was undone
            put(saved.path, self._folder / LAST)
        self._steps.discard_after(saved.step)
        self._steps.adopt(saved.path, saved.step)

    def forget_change(self, saved: Saved) -> None:
        """There was no change after all."""
        self._saved.remove(saved)
        self._forget(saved)

    def close(self) -> None:
        """The training is over: nothing will be undone any more."""
        for saved in self._saved:
            if saved.best is not None:
                with suppress(OSError):
                    saved.best.unlink(missing_ok=True)

    def _forget(self, saved: Saved) -> None:
        for path in (saved.path, saved.best):
            if path is not None:
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    def _saved_bytes(self) -> int:
        return sum(size_of(each.path) for each in self._saved)

    def _link_best(self, path: Path) -> Path | None:
        """Let the best checkpoint of now survive the next one."""
        target = path.with_name(f".best-{path.name}")
        try:
            link(self._folder / BEST, target)
        except FileNotFoundError:
            return None
        return target

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


def copy_of(value: Any, device: torch.device | None = None) -> Any:
    """Return a copy of a state that training on does not change; on ``device`` or where its tensors are."""
    if isinstance(value, Tensor):
        return value.detach().to(device or value.device, copy=True)
    if isinstance(value, dict):
        return {key: copy_of(each, device) for key, each in value.items()}
    if isinstance(value, list):
        return [copy_of(each, device) for each in value]
    return value
