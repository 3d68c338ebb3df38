"""One metric's file in MLflow's file store: a line ``milliseconds value step`` for each value, as columns."""

import math
from array import array
from pathlib import Path

import numpy as np

from dltui.formats.reading.growing_file import Gain, GrowingFile
from dltui.formats.reading.side_by_side import KeptCurve

_MILLISECOND = 1e-3
_LONGEST_LINE = 1 << 16
"""A longer line is no value; it is not kept until its end."""


class MetricFile:
    """Follows the file. ``skipped``: lines that are no value. Versions of MLflow may write more after the three."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._file = GrowingFile(path)
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.skipped = 0
        self._numbers = array("d")  # time, value, step, time, ...
        self._rest = b""

    def read(self, most: int) -> Gain:
        """Take the lines that are new. Raises LogFormatError if there is no file that may be read."""
        gain = self._file.read(most)
        if gain.anew:
            self._begin_anew()
        whole, _, rest = (self._rest + gain.data).rpartition(b"\n")
        self._rest = rest[:_LONGEST_LINE]
        for line in whole.split(b"\n"):
            self._take_line(line)
        return gain

    def finish(self) -> None:
        """Take the last line although it has no end, if it is whole for all that can be seen."""
        self._take_line(self._rest)
        self._rest = b""

    def curve(self) -> KeptCurve:
        """Return the values so far."""
        time, value, step = np.array(self._numbers, dtype=np.float64).reshape(-1, 3).T
        return KeptCurve(name=self.name, step=step, time=time * _MILLISECOND, value=value)

    def _take_line(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            time, value, step = map(float, (*line.split()[:3], b"0")[:3])  # the oldest versions knew no step
        except ValueError:
            self.skipped += 1
            return
        if math.isfinite(time) and math.isfinite(step):
            self._numbers.extend((time, value, step))
        else:
            self.skipped += 1
