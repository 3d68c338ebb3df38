"""Runs one job on the node where Ray has made room for it. Needs no Ray itself."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from dltui.search.engines.engine import Job, command_of
from dltui.search.engines.ray import guard
from dltui.search.engines.ray.records import CANCELLED, FOLDER, Order

LOOK_S = 0.5
"""How often the trial looks whether it is still wanted: a stat of a file on a disk that all nodes share."""
CANCELLED_NOTE = "cancelled"


def run_job(order: Order, study: Path) -> str:
    """Run the job until it has ended; return how, in words, empty where it ended by itself and well.

    Raises ``RuntimeError`` where nobody can tell how it ended: its guard was killed.
    """
    mark = study / FOLDER / CANCELLED / order.handle
    if mark.exists():
        return CANCELLED_NOTE
    job = Job(name=order.job, spec=Path(order.spec), output=Path(order.output))
    # The Python of this node, not of the machine where the search was begun.
    words = [sys.executable, "-P", guard.__file__, order.output, order.folder, *command_of(job)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        is_wanted = True
        while not select.select([process.stdout], [], [], LOOK_S)[0]:
            if is_wanted and mark.exists():
                is_wanted = False
                process.stdin.close()
        told = os.read(process.stdout.fileno(), 64)
    if not told.strip():
        raise RuntimeError(f"the process that guards {order.job} was killed")
    return _note(int(told)) if is_wanted else CANCELLED_NOTE


def _note(status: int) -> str:
    if status >= 0:
        return f"exit status {status}" if status else ""
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"
