"""What becomes of a fork of the warm process: it lets go of what was its parent's, and does one order."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

from dltui_trainers.orders import Look, Train
from dltui_trainers.runlog import STDOUT
from dltui_trainers.worker import FAILED, Order, work
from dltui_trainers.writer import RunWriter


def leave(do: Callable[[], int], not_ours: Iterable[int]) -> NoReturn:
    """Do it in a session of its own, and end this process with the exit code that it returns.

    ``not_ours`` are the parent's open files; its functions that wait for an exit are not called either.
    """
    code = FAILED
    try:
        for fd in not_ours:
            os.close(fd)
        _forget_signals()
        os.setsid()
        code = do()
    except BaseException:  # the top of the process
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        os._exit(code)


def train(order: Train, writer: RunWriter) -> int:
    """Train as ``python -m dltui_trainers.worker`` does; return the exit code."""
    folder = Path(order.folder).absolute()
    _write_to(folder / STDOUT)
    return work(Order(folder=folder, task=order.task, settings=order.settings, command=order.command), writer)


def look(order: Look) -> int:
    """Look at the data, and write the answer; return the exit code."""
    from dltui_trainers.probes.look import answer

    _write_to(Path(os.devnull))
    return answer(order)


def _forget_signals() -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _write_to(path: Path) -> None:
    output = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # a task may print; its lines come at once, in order with ours
