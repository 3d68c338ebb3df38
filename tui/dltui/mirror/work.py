"""The work of a mirror: from the beginning of the log, or from where it was, to the end of the training."""

import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from dltui.mirror.scalars import Scalars, scalars_of
from dltui.mirror.sink import Sink
from dltui.mirror.state import Progress, read_progress, state_file, write_progress
from dltui.mirror.tail import Tail
from dltui.mirror.tensorboard import FOLDER, TensorBoardSink
from dltui.mirror.wandb import WandbSink
from dltui.mirror.wanted import Wanted
from dltui.runs.liveness import judge
from dltui.runs.reader import read_manifest
from dltui.runs.update import is_undo
from dltui_trainers.runlog import METRICS, AnyRecord, EndRecord, EventRecord

LOOK_EVERY_S = 0.5
"""A dashboard is looked at now and then: a second more or less is nothing."""


def sink_of(folder: Path, wanted: Wanted, run_id: str) -> Sink:
    """Return what that mirror writes to."""
    if wanted.kind == "wandb":
        return WandbSink(folder, run_id, wanted.where)
    return TensorBoardSink(Path(wanted.where).expanduser() / folder.name if wanted.where else folder / FOLDER)


def _size(folder: Path) -> int:
    try:
        return (folder / METRICS).stat().st_size
    except OSError:
        return 0


def _new_id(name: str) -> str:
    """A name that no other run has. Most signs stand for something in an address, and W&B refuses them in an id."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)[:100]}-{secrets.token_hex(3)}"


class Mirror:
    """One mirror of the run in ``folder``. Between two looks the sink has all that was read."""

    def __init__(self, folder: Path, wanted: Wanted, sink: Callable[[Path, Wanted, str], Sink] = sink_of) -> None:
        self._folder = folder
        self._state = state_file(folder, wanted)
        kept = read_progress(self._state)
        self._id = kept.id or _new_id(folder.name)
        self._sink = sink(folder, wanted, self._id)
        whole = kept.ended and kept.offset == _size(folder)
        self._tail = Tail(folder, kept.offset if whole or self._sink.goes_on else 0)
        self._begun = False
        self._end: EndRecord | None = None

    def work(self) -> None:
        """Return when the training has ended and everything is mirrored."""
        while True:
            alive = judge(self._folder, read_manifest(self._folder), None).alive  # before what it wrote last is read
            while self._look():
                pass
            if not alive:
                break
            time.sleep(LOOK_EVERY_S)
        if self._begun:
            self._sink.end(self._end is None or self._end.status == "failed")
            self._note(ended=True)

    def _note(self, *, ended: bool) -> None:
        write_progress(self._state, Progress(offset=self._tail.offset, ended=ended, id=self._id))

    def _look(self) -> bool:
        """Mirror what is new; return whether there was anything."""
        before = self._tail.offset
        records = self._tail.read()
        if self._tail.offset == before:
            return False
        if not self._begun:
            self._sink.begin(self._folder.name, read_manifest(self._folder))
            self._begun = True
        self._take(records)
        self._note(ended=False)
        return True

    def _take(self, records: list[AnyRecord]) -> None:
        waiting: list[Scalars] = []
        for record in records:
            if isinstance(record, EndRecord):
                self._end = record
            if isinstance(record, EventRecord) and is_undo(record):
                self._sink.write(waiting)
                waiting = []
                self._sink.go_back(record.step, record.time)
            scalars = scalars_of(record)
            if scalars is not None:
                waiting.append(scalars)
        if waiting:
            self._sink.write(waiting)
