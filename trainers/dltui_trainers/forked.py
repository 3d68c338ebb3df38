"""What becomes of a fork of the warm process: it lets go of what was its parent's, and does one order."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from dltui_trainers.job import run
from dltui_trainers.orders import Look, RunJob, Train
from dltui_trainers.output import write_to
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
    write_to(folder / STDOUT)
    return work(Order(folder=folder, task=order.task, settings=order.settings, command=order.command), writer)


def run_job(order: RunJob) -> int:
    """Do as ``python -m dltui_trainers.job`` does; return the exit code."""
    try:
        write_to(Path(order.output))
    except OSError:  # the words of a training are not worth the training
        write_to(Path(os.devnull))
    os.environ.update(order.environment)
    return run(Path(order.spec))


def look(order: Look) -> int:
    """Look at the data, and write the answer; return the exit code."""
    from dltui_trainers.probes.look import answer

    write_to(Path(os.devnull))
    return answer(order)


def _forget_signals() -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
