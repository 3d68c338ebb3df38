"""How a command ended, as the last record of its log tells it."""

import re
import signal
from contextlib import suppress
from pathlib import Path

from dltui.runs.files import open_regular
from dltui_trainers.runlog import STDOUT

TAIL_BYTES = 256 << 10
LONGEST_ERROR = 500
_TRACEBACK = re.compile(r"^(.*?)Traceback \(most recent call last\):\s*$")
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?::\s.*)?$")
_OF_A_LAUNCHER = ("ChildFailedError", "CalledProcessError")
"""What torchrun and accelerate raise because a process of theirs has failed: it says nothing of why."""
_BY_SIGNAL = 128
"""A shell whose command was ended by a signal has this and the signal's number as its own exit status."""


def why_failed(folder: Path, status: int, is_out_of_memory: bool = False) -> str:
    """Return why the command whose output is kept in ``folder`` failed, in one line.

    ``status``: its exit status, or minus the number of a signal; ``is_out_of_memory``: the kernel has ended processes.
    """
    number = -status if status < 0 else status - _BY_SIGNAL
    name = _signal_name(number)
    if status < 0 or number == signal.SIGKILL:
        how = f"killed by {name}" if status < 0 else f"killed by {name} (exit status {status})"
        memory = number == signal.SIGKILL and is_out_of_memory
        return f"{how}: the machine, or its share of it, ran out of memory" if memory else how
    how = f"exit status {status}"
    error = last_exception(folder)
    return f"{error} ({how})" if error else how


def last_exception(folder: Path) -> str:
    """Return the last line of the last Python traceback in the output, empty if there is none."""
    found = ""
    lines = _last_lines(folder)
    for place, line in enumerate(lines):
        begin = _TRACEBACK.match(line)
        error = _error_after(lines[place + 1 :], begin[1]) if begin else ""
        if error and not (found and error.split(":")[0].endswith(_OF_A_LAUNCHER)):
            found = error
    return found if len(found) <= LONGEST_ERROR else f"{found[: LONGEST_ERROR - 1]}…"


def exit_code(status: int) -> int:
    """Return the exit code as a shell has it: 128 and the number of the signal for what was ended by one."""
    return status if status >= 0 else _BY_SIGNAL - status


def kills_of_the_kernel() -> int:
    """Return how many processes of this control group the kernel has ended for want of memory, 0 if it does not say."""
    with suppress(OSError, ValueError, IndexError):
        group = Path("/proc/self/cgroup").read_text().strip().rpartition(":")[2].lstrip("/")
        for line in (Path("/sys/fs/cgroup") / group / "memory.events").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def _error_after(lines: list[str], prefix: str) -> str:
    """The exception that a traceback ends with. ``prefix`` stands before each of its lines, as in ``[rank0]: ``."""
    for line in lines:
        if not line.startswith(prefix):
            continue
        text = line[len(prefix) :].rstrip()
        if text and not text[0].isspace():
            return text if _EXCEPTION.match(text) else ""
    return ""


def _last_lines(folder: Path) -> list[str]:
    try:
        with open_regular(folder / STDOUT) as file:
            file.seek(max(0, file.seek(0, 2) - TAIL_BYTES))
            return file.read(TAIL_BYTES).decode(errors="replace").split("\n")
    except OSError:
        return []


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
