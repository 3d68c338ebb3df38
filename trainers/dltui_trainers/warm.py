"""The warm process: ``python -m dltui_trainers.warm`` imports torch once, and then forks a training for each order.

A fresh process pays seconds for its imports before the first step; a fork pays milliseconds. Orders come by standard
input and replies go to standard output, one JSON object a line (:mod:`dltui_trainers.orders`). When there will be no
more orders it exits at once: the trainings that it began are sessions of their own, and end by themselves.

What a fork inherits must be sound, so this process computes nothing: it starts no thread, draws no random number and
never asks for a GPU, not even whether there is one: after that question a forked training could not use it.
"""

import gc
import os
import shutil
import signal
import stat
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from selectors import EVENT_READ, PollSelector

import msgspec

from dltui_trainers.errors import TrainerError
from dltui_trainers.forked import leave, look, run_job, train
from dltui_trainers.job import read_job
from dltui_trainers.orders import (
    NO_ORDER,
    AnyOrder,
    Ended,
    Lines,
    Look,
    Ready,
    Refused,
    Reply,
    RunJob,
    Started,
    Train,
    order_decoder,
    to_line,
)
from dltui_trainers.plan import plan
from dltui_trainers.process_mark import mark_of
from dltui_trainers.registry import TASKS
from dltui_trainers.runlog import CHECKPOINTS
from dltui_trainers.worker import DONE, FAILED, sentence
from dltui_trainers.writer import RunWriter

BLOCK_BYTES = 1 << 16
MOST_REMEMBERED = 64 * 2**20
"""A data file up to this size is read here once; a larger one is read by each training, and can harm that one alone."""
_PARTS = (
    "dltui_trainers.commands",
    "dltui_trainers.manifest",
    "dltui_trainers.prepare",
    "dltui_trainers.resume",
    "dltui_trainers.probes.look",
)
_LATE = ("torch._dynamo", "torch.profiler", "importlib.resources.readers", "encodings.cp437")
"""What torch and Python import only when the first optimiser is made, or the first file of data is read: 1.3 s."""

_CAREFULLY = "PYTORCH_NVML_BASED_CUDA_CHECK"


class Server:
    """Carries out orders, and tells what becomes of them, until there will be no more."""

    def __init__(self, orders: int, replies: int) -> None:
        self._orders, self._replies = orders, replies
        self._lines = Lines()
        self._running: dict[int, int] = {}
        """The order of each process."""
        self._woken, self._wake = os.pipe()

    def serve(self) -> None:
        """Work until the orders end. Raises ``OSError`` where nobody reads the replies any more."""
        self._wake_when_a_child_ends()
        self._tell(Ready(pid=os.getpid()))
        with PollSelector() as selector:
            selector.register(self._orders, EVENT_READ)
            selector.register(self._woken, EVENT_READ)
            goes_on = True
            while goes_on:
                ready = {key.fd for key, _ in selector.select()}
                if self._woken in ready:
                    self._tell_of_the_ended()
                if self._orders in ready:
                    goes_on = self._take_orders()

    def _wake_when_a_child_ends(self) -> None:
        os.set_blocking(self._wake, False)
        os.set_blocking(self._woken, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)

    def _tell(self, reply: Reply) -> None:
        rest = to_line(reply)
        while rest:
            rest = rest[os.write(self._replies, rest) :]

    def _tell_of_the_ended(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._woken, BLOCK_BYTES)
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                self._tell(Ended(id=self._running.pop(pid), status=os.waitstatus_to_exitcode(status)))

    def _take_orders(self) -> bool:
        """Carry out what has come; return whether more may come."""
        block = os.read(self._orders, BLOCK_BYTES)
        for line in self._lines.take(block):
            try:
                order = order_decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                self._tell(Refused(id=NO_ORDER, reason=f"A line is no order: {error}."))
            else:
                self._carry_out(order)
        return bool(block)

    def _carry_out(self, order: AnyOrder) -> None:
        match order:
            case Train():
                _remember_data(order.task, order.settings)
                self._train(order)
            case RunJob():
                _remember_data_of_job(Path(order.spec))
                self._fork(order.id, lambda: run_job(order))
            case Look():
                _remember_data(order.task, order.settings)
                self._fork(order.id, lambda: look(order))

    def _train(self, order: Train) -> None:
        folder = Path(order.folder)
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            self._tell(Refused(id=order.id, reason=f"{folder} exists already; a training needs a new folder."))
            return
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            self._tell(Refused(id=order.id, reason=_cannot_make(folder, error)))
            return
        try:
            (folder / CHECKPOINTS).mkdir(mode=0o700)
            # Locked before there is a process: at no time does the run look like one that was killed.
            writer = RunWriter.create(folder)
        except (OSError, TrainerError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            self._tell(Refused(id=order.id, reason=_cannot_make(folder, error)))
            return
        if not self._fork(order.id, lambda: train(order, writer)):
            shutil.rmtree(folder, ignore_errors=True)
        writer.close()  # the training has its own copy, and with it the lock

    def _fork(self, id: int, work: Callable[[], int]) -> bool:
        """Do ``work`` in a process of its own; return whether there is one."""
        _flush()
        try:
            pid = os.fork()
        except OSError as error:
            self._tell(Refused(id=id, reason=f"The system gives no process for it: {error.strerror}."))
            return False
        if pid == 0:
            leave(work, (self._orders, self._replies, self._woken, self._wake))
        self._running[pid] = id
        self._tell(Started(id=id, pid=pid, mark=mark_of(pid)))
        return True


def main() -> int:
    """Serve until the orders end; return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for who gives the orders
    orders, replies = _take_pipes()
    server = Server(orders, replies)
    try:
        import_all()
    except ImportError as error:
        os.write(replies, to_line(Refused(id=NO_ORDER, reason=sentence(error))))
        return FAILED
    with suppress(BrokenPipeError):
        server.serve()
    return DONE


def import_all() -> None:
    """Import what trainings import, and leave it in a state that can be forked. Raises ``ImportError``."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start a thread for each core
    # Should a version of torch look for a GPU while it is imported: in this way it does not start the driver.
    os.environ[_CAREFULLY] = "1"
    import torch

    torch.set_num_threads(1)
    for name in (*_PARTS, *(task.module for task in TASKS.values())):
        import_module(name)
    for name in (*(task.resolver for task in TASKS.values() if task.resolver), *_LATE):
        with suppress(ImportError):  # another version may have it elsewhere
            import_module(name)
    del os.environ[_CAREFULLY]
    gc.collect()
    gc.freeze()  # a child that collected garbage would copy all the pages that it looks at


def _take_pipes() -> tuple[int, int]:
    """Return standard input and output, and put others in their places: what a library prints must be no reply."""
    orders, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return orders, replies


def _remember_data(task: str, settings: Mapping[str, str]) -> None:
    """Let the task look at its data: what it keeps of them, the training inherits. What is wrong it will say itself."""
    data = settings.get("data", "").strip()
    with suppress(Exception):
        if data:
            found = os.stat(Path(data).expanduser())
            if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_REMEMBERED:
                return
        plan(task, settings)


def _remember_data_of_job(path: Path) -> None:
    with suppress(TrainerError):
        spec = read_job(path).spec
        _remember_data(spec.task, spec.settings)


def _cannot_make(folder: Path, error: Exception) -> str:
    if isinstance(error, TrainerError):
        return str(error)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"The folder {str(folder)!r} cannot be made: {reason}."


def _flush() -> None:
    """What waits in a buffer would be written by the child, too."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()


if __name__ == "__main__":
    os._exit(main())  # without torch's farewell, which takes 0.2 s and has nothing to save
