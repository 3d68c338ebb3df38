"""What the parts of a recorder know of the run that they are parts of."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, Protocol

from dltui_trainers.recorder.branch import Branch
from dltui_trainers.recorder.ranks import Ranks
from dltui_trainers.recorder.warn import Warner
from dltui_trainers.runlog import Manifest, Record

Status = Literal["finished", "stopped", "failed"]


class Listener(Protocol):
    """What hears of every step that is logged, in the thread that logs it."""

    def on_log(self, step: int) -> None:
        """Numbers of ``step`` were logged."""

    def close(self) -> None:
        """The run ends; records may still be written."""


class Host(Protocol):
    """One run of a script; see :class:`dltui_trainers.recorder.run.Run`."""

    folder: Path | None
    manifest: Manifest | None
    branch: Branch | None
    warner: Warner
    ranks: Ranks
    step: int
    supply: Callable[[int], Mapping[str, object]] | None
    has_read_hparams: bool
    told: frozenset[str]

    @property
    def is_writing(self) -> bool: ...

    def write(self, record: Record) -> None: ...

    def rewrite_manifest(self, **changes: object) -> None: ...

    def attach(self, listener: Listener) -> None: ...

    def rest(self) -> None: ...


class Ending(Protocol):
    """A run as far as its end is concerned."""

    def finish(self, status: Status | None = None, error: str | None = None) -> None: ...

    def keep_output(self, text: str) -> None: ...

    def let_go(self) -> None: ...
