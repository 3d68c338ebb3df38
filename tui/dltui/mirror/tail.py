"""The records of a run's log from a place on, each once."""

import os
from pathlib import Path

import msgspec

from dltui.runs.files import open_regular
from dltui_trainers.runlog import METRICS, AnyRecord, record_decoder

BLOCK_BYTES = 16 << 20
"""A line that is longer than this is no record of ours."""


class Tail:
    """``offset``: where the last whole line that was read ends; handed in, it is where reading begins."""

    def __init__(self, folder: Path, offset: int = 0) -> None:
        self._path = folder / METRICS
        self.offset = offset

    def read(self) -> list[AnyRecord]:
        """Return the records of the whole lines that are new, at most a block of them; none for a log that is gone."""
        try:
            with open_regular(self._path) as file:
                if os.fstat(file.fileno()).st_size < self.offset:  # another log in its place
                    self.offset = 0
                file.seek(self.offset)
                block = file.read(BLOCK_BYTES)
        except OSError:
            return []
        lines, newline, _ = block.rpartition(b"\n")
        if newline:
            self.offset += len(lines) + 1
        elif len(block) == BLOCK_BYTES:
            self.offset += len(block)
        return [record for line in lines.split(b"\n") if (record := _record(line)) is not None]


def _record(line: bytes) -> AnyRecord | None:
    try:
        record: AnyRecord = record_decoder.decode(line)
        return record
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
