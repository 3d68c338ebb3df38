"""What it costs to open TensorBoard's event files, beside TensorBoard's own reader (``pip install -e .[bench]``).

CPU time of whole processes, imports included, the medians of runs that alternate; each reads all scalars of the file.
Ours is what :func:`dltui.formats.open_log` does but for the cache, which would be read the second time.
"""

import math
import random
import statistics
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from eventlogs import VERSION, event_bytes, simple

from benchmarks.result import Result
from dltui.formats.tensorboard.crc import masked_crc32c_of

SCALARS = 1_000_000
TAGS = ("Loss/train", "Accuracy/train", "train/learning_rate", "train/grad_norm")
ROUNDS = 3
_AT_ONCE = 50_000

_COST = """
import re, sys, time
from pathlib import Path
{read}
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(count, time.process_time(), int(peak[1]) / 1024)
"""
OURS = """
from dltui.formats.saved import from_table
from dltui.formats.tensorboard.log import NAME, tail
from dltui.log_options import AS_IT_IS
log = tail(Path(sys.argv[1]), AS_IT_IS)
while log.advance().more:
    pass
log.finish()
batch = from_table(Path(sys.argv[1]), NAME, log.table()).batch
count = 4 * len(batch.steps)
assert not batch.skipped
"""
THEIRS = """
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
log = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0}).Reload()
count = sum(len(log.Scalars(tag)) for tag in log.Tags()["scalars"])
"""


def measure() -> list[Result]:
    """Write a file as PyTorch does, and read it by turns."""
    compared = find_spec("tensorboard") is not None
    if not compared:
        print("tensorboard is not installed (pip install -e .[bench]): ours alone is measured", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.out.tfevents.1700000000.host.1.0"
        _write(path)
        costs = [(_cost(OURS, path), _cost(THEIRS, path) if compared else None) for _ in range(ROUNDS)]
    ours = statistics.median(own.cpu_s for own, _ in costs)
    peak = max(own.peak_mb for own, _ in costs)
    theirs = statistics.median(other.cpu_s for _, other in costs if other) if compared else math.nan
    results = [
        Result("event file of 1e6 scalars opened whole", ours, "s CPU", 1.5),
        Result("event file of 1e6 scalars, memory", peak, "MB", 250),
    ]
    if compared:
        results += [
            Result("the same by tensorboard's EventAccumulator", theirs, "s CPU", math.inf),
            Result("EventAccumulator / ours", theirs / ours, "x", 10, lower_is_better=False),
        ]
    return results


class _Cost:
    def __init__(self, printed: str) -> None:
        count, cpu_s, peak_mb = printed.split()
        assert int(count) == SCALARS
        self.cpu_s = float(cpu_s)
        self.peak_mb = float(peak_mb)


def _cost(read: str, path: Path) -> _Cost:
    words = [sys.executable, "-c", _COST.format(read=read), str(path)]
    return _Cost(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def _write(path: Path) -> None:
    with path.open("wb") as file:
        events = _events()
        while records := list(islice(events, _AT_ONCE)):
            file.write(_framed(records))


def _events() -> Iterator[bytes]:
    chance = random.Random(0)
    yield VERSION
    for at in range(SCALARS):
        time = 1.7e9 + at * 0.0025 + chance.random() * 1e-3
        yield event_bytes(at // len(TAGS), simple(TAGS[at % len(TAGS)], chance.random()), time=time)


def _framed(records: list[bytes]) -> bytes:
    lengths = [struct.pack("<Q", len(record)) for record in records]
    checksums = [[struct.pack("<I", each) for each in masked_crc32c_of(parts).tolist()] for parts in (lengths, records)]
    return b"".join(part for frame in zip(lengths, checksums[0], records, checksums[1], strict=True) for part in frame)
