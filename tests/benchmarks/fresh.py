"""What it costs to read a file in a process of its own: CPU time and memory, imports included."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dltui.cache.folder import CACHE_VARIABLE

_WHOLE = """
import re, sys, time
from pathlib import Path
{read}
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(count, time.process_time(), int(peak[1]) / 1024)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """``count``: what the program says that it has read."""

    count: int
    cpu_s: float
    peak_mb: float


def cost(read: str, path: Path) -> Cost:
    """Run the program ``read``, which finds the path in ``sys.argv[1]`` and leaves what it has read in ``count``."""
    words = [sys.executable, "-c", _WHOLE.format(read=read), str(path)]
    environment = {**os.environ, CACHE_VARIABLE: ""}
    printed = subprocess.run(words, check=True, capture_output=True, text=True, env=environment).stdout
    count, cpu_s, peak_mb = printed.split()
    return Cost(count=int(count), cpu_s=float(cpu_s), peak_mb=float(peak_mb))
