"""The checkpoints of a training by several processes: the first writes them, and tells where that decides something."""

from collections.abc import Callable
from pathlib import Path

from dltui_trainers.checkpoint import Checkpoints, Saved, State
from dltui_trainers.distributed.group import Group


class SharedCheckpoints(Checkpoints):
    """Each process calls the same; only what the first does has an effect."""

    def __init__(self, folder: Path, every: int, group: Group) -> None:
        super().__init__(folder, every)
        self._group = group

    def keep_best(self, state: State) -> None:
        if self._group.is_first:
            super().keep_best(state)

    def write_if_due(self, state: Callable[[], State], step: int) -> str | None:
        return super().write_if_due(state, step) if self._group.is_first else None

    def write(self, state: Callable[[], State]) -> str | None:
        return super().write(state) if self._group.is_first else None

    def write_best(self) -> str | None:
        return super().write_best() if self._group.is_first else None

    def write_asked(self, state: State) -> Path:
        return super().write_asked(state) if self._group.is_first else Path()

    def save_before_change(self, state: State) -> Saved:
        """As before; where it cannot be written no process makes the change. Raises ``OSError`` in each of them."""
        saved: Saved | OSError
        try:
            saved = super().save_before_change(state) if self._group.is_first else OSError()
        except OSError as error:
            saved = error
        saved = self._group.share(saved)
        if isinstance(saved, OSError):
            raise saved
        return saved

    @property
    def last_saved(self) -> Saved | None:
        return self._group.share(super().last_saved)

    def go_back(self, saved: Saved) -> None:
        if self._group.is_first:
            super().go_back(saved)
        self._group.meet()  # before the file is used again

    def close(self) -> None:
        if self._group.is_first:
            super().close()
