"""Stands between a trial of Ray and its training: ``python guard.py OUTPUT FOLDER COMMAND ...``, on the trial's node.

Ray ends the processes of a trial by force, and those that they started with them, or not at all where it is killed
itself. A training is to be asked first, so that it saves where it is, and is never to go on where nobody knows of it.
The guard is a process that Ray does not know of: when its standard input ends, because the trial has closed it or is
gone, it ends the training. On its standard output stands, in the end, the exit status. It needs nothing but Python.
"""

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress

GRACE_S = 15.0
"""So long a training may take to save where it is."""
LOOK_S = 0.1


def main(words: list[str]) -> int:
    """Run the command of ``words`` until it ends or nobody wants it any more."""
    output, folder, *command = words
    if os.fork():
        return 0  # the parent of what goes on here is then nobody that Ray knows
    os.setsid()
    log = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, sys.stderr.fileno())
    status = _watched(command, log, folder if os.path.isdir(folder) else None)
    with suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), b"%d\n" % status)
    return 0


def _watched(command: list[str], log: int, folder: str | None) -> int:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd=folder,
        start_new_session=True,  # a signal to its group reaches all of it, and not the guard
    )
    while process.poll() is None:
        if select.select([sys.stdin], [], [], LOOK_S)[0] and not os.read(sys.stdin.fileno(), 1):
            _end(process)
    return process.returncode


def _end(process: subprocess.Popen[bytes]) -> None:
    _signal(process, signal.SIGTERM)
    until = time.monotonic() + GRACE_S
    while process.poll() is None and time.monotonic() < until:
        time.sleep(LOOK_S)
    _signal(process, signal.SIGKILL)  # also what of its group is still there
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
