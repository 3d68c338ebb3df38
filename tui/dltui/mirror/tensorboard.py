"""A mirror for TensorBoard: event files in a folder, which it finds beneath the one that it is pointed at."""

import os
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from dltui.export.records import purge_record, scalar_records, version_record
from dltui.mirror.scalars import Scalars
from dltui_trainers.runlog import Manifest

FOLDER = "tensorboard"
"""In the run's own folder, where nobody says otherwise: ``tensorboard --logdir runs`` shows all runs then."""


class TensorBoardSink:
    """Appends to a file of its own in ``folder``; one that begins later than another goes on from it."""

    goes_on = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None

    def begin(self, name: str, manifest: Manifest | None) -> None:
        now = time.time()
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"events.out.tfevents.{int(now):010d}.dltui.{os.getpid()}"
        self._file = path.open("ab", buffering=0)
        self._file.write(version_record(now))

    def write(self, scalars: Sequence[Scalars]) -> None:
        assert self._file is not None
        records: list[bytes] = [b""] * len(scalars)
        alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for at, each in enumerate(scalars):
            alike[tuple(each.values)].append(at)
        for tags, places in alike.items():
            some = [scalars[at] for at in places]
            times, steps = (np.array([getattr(each, axis) for each in some], dtype=float) for axis in ("time", "step"))
            columns = [np.array([each.values[tag] for each in some]) for tag in tags]
            for at, record in zip(places, scalar_records(times, steps, list(tags), columns), strict=True):
                records[at] = record
        self._file.write(b"".join(records))

    def go_back(self, step: int, time: float) -> None:
        """TensorBoard leaves out what it has read of later steps."""
        assert self._file is not None
        self._file.write(purge_record(time, step + 1))

    def end(self, failed: bool) -> None:
        if self._file is not None:
            self._file.close()
