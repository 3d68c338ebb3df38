"""Starts torchrun for a training by several processes, and sees to its end. No torch is needed here.

The launcher holds the log, and with it the lock that tells of a training at work, from before torchrun is there until
all is over. A process that is killed does not end the training: torchrun begins all of them again, and they go on from
the last checkpoint (:mod:`.rank`). If the launcher dies itself, torchrun is told to stop.
"""

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import Literal

import msgspec
import psutil

from dltui_trainers.distributed.count import refuse
from dltui_trainers.distributed.failure import read_note, remove_note
from dltui_trainers.distributed.taken_up import traces_in
from dltui_trainers.errors import TrainerError
from dltui_trainers.output import say
from dltui_trainers.plan import plan
from dltui_trainers.runlog import EndRecord
from dltui_trainers.worker import BAD_USAGE, DONE, FAILED, Order
from dltui_trainers.writer import RunWriter

MOST_RESTARTS = 3
"""So often a training goes on after one of its processes was killed; what kills them each time would do so for ever."""
_STOPPING = (signal.SIGTERM, signal.SIGINT)
_STOP_S = 30.0
"""So long torchrun waits, too, for a process that is to stop."""
_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36
"""Of prctl(2), Linux."""


def train_together(order: Order, writer: RunWriter) -> int:
    """Run the training of ``order`` by ``order.processes`` processes into its open log; return the exit code.

    What can be known to be wrong is told before torch is imported anywhere.
    """
    try:
        refuse(order.processes)
        plan(order.task, order.settings, order.origin)
    except TrainerError as error:
        return _end(writer, "failed", str(error), BAD_USAGE)
    with _stopping() as stop:
        try:
            process = _torchrun(order, writer)
        except OSError as error:
            return _end(writer, "failed", f"torchrun cannot be started: {error.strerror or error}.", FAILED)
        stop.to(process)
        status = process.wait()
        _end_orphans()
    return _after(order, writer, status, was_stopped=stop.asked)


class _Stop:
    """Hands the wish to stop on to torchrun, which hands it on to the processes."""

    def __init__(self) -> None:
        self.asked = False
        self._process: subprocess.Popen[bytes] | None = None

    def to(self, process: "subprocess.Popen[bytes]") -> None:
        """Here is torchrun; it may have been asked for before."""
        self._process = process
        if self.asked:
            process.terminate()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if self._process is not None:
            self._process.terminate()


@contextmanager
def _stopping() -> Iterator[_Stop]:
    stop = _Stop()
    before = [(number, signal.signal(number, stop)) for number in _STOPPING]
    before.append((signal.SIGHUP, signal.signal(signal.SIGHUP, signal.SIG_IGN)))
    try:
        yield stop
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _end_orphans() -> None:
    """Stop what a torchrun that was killed has left behind: nothing may write to the log after its last record."""
    left = psutil.Process().children(recursive=True)
    for end in (psutil.Process.terminate, psutil.Process.kill):
        for each in left:
            with suppress(psutil.Error):
                end(each)
        _, left = psutil.wait_procs(left, timeout=_STOP_S)


def _torchrun(order: Order, writer: RunWriter) -> "subprocess.Popen[bytes]":
    """Start torchrun; the one file of ours that reaches its processes is their standard input."""
    _prctl(_SET_CHILD_SUBREAPER, 1)  # its processes are ours, should it be killed
    return subprocess.Popen(
        words(order),
        env=_environment(),
        stdin=writer.fileno(),
        start_new_session=True,
        preexec_fn=partial(_end_with_parent, os.getpid()),
    )


def words(order: Order) -> list[str]:
    """Return the command that trains with ``order.processes`` processes."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={order.processes}"]
    torchrun += [f"--max-restarts={MOST_RESTARTS}", "--monitor-interval=0.1", f"--rdzv-id={secrets.token_hex(4)}"]
    torchrun += ["--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0", "--local-addr=localhost"]
    rank = ["-m", "dltui_trainers.distributed.rank", str(order.folder), order.task]
    rank += ["--command-json", msgspec.json.encode(order.command).decode()]
    if order.origin is not None:
        rank += ["--from", str(order.origin.folder)]
        rank += [] if order.origin.step is None else ["--at", str(order.origin.step)]
    for name, value in order.settings.items():
        rank += ["--set", f"{name}={value}"]
    return torchrun + rank


def _environment() -> dict[str, str]:
    """The environment with what torchrun and its processes should know; what a person has set stays."""
    # A torch.py in the folder where it is started is not the one that we import.
    own = {"PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1", "TORCH_CPP_LOG_LEVEL": "ERROR"}
    loopback = [name for _, name in socket.if_nameindex() if name in ("lo", "lo0")]
    if loopback:  # the name of a machine often leads nowhere
        own["GLOO_SOCKET_IFNAME"] = loopback[0]
    return own | os.environ


def _end_with_parent(parent: int) -> None:
    """In torchrun, before it begins: SIGTERM when the launcher is gone. (Linux; elsewhere it trains on.)"""
    _prctl(_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(FAILED)


def _prctl(option: int, value: int) -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _after(order: Order, writer: RunWriter, status: int, *, was_stopped: bool) -> int:
    """Give the log its last record, if it has none, and return the exit code."""
    traces, failure = traces_in(order.folder), read_note(order.folder)
    remove_note(order.folder)
    if traces.ended:
        writer.close()
        return failure.code if failure else DONE
    if failure is not None:
        return _end(writer, "failed", failure.sentence, failure.code, traces.step)
    if was_stopped:
        return _end(writer, "stopped", None, DONE, traces.step)
    how = f"torchrun itself was ended by signal {-status}" if status < 0 else _REPEATED
    return _end(writer, "failed", f"{how}; go on from its last checkpoint with --from {order.folder.name}.", FAILED)


_REPEATED = f"A process of the training was killed, and again after {MOST_RESTARTS} restarts (see stdout.log)"


def _end(
    writer: RunWriter, status: Literal["stopped", "failed"], error: str | None, code: int, step: int | None = 0
) -> int:
    writer.write(EndRecord(step=step or 0, time=time.time(), status=status, error=error))
    writer.close()
    say(f"{status}: {error}" if error else status)
    return code
