"""How long a task file may take: to import it a limit, to load its data none, but it is told where it stands.

The import of a file should take seconds. Where it does not end, the training that waits for it would look as if it were
at work for ever.
"""

import faulthandler
import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from dltui_trainers.output import say
from dltui_trainers.taskfile.told import line_of

VARIABLE = "DLTUI_IMPORT_LIMIT_S"
IMPORT_LIMIT_S = 120.0
TELL_EVERY_S = 10.0
AGAIN_S = 1.0
MOST_TIMES = 3
"""So often the import is broken off, one second after the other; one that catches even that ends with the process."""
LAST_S = 10.0
"""So long after the limit the process ends in any case."""
STDERR = 2

GiveUp = Callable[[str], None]
"""Told why there is nothing more to be done, it ends the process."""


class TookTooLong(BaseException):
    """The import took too long; no ``Exception``, so that few who catch errors catch it."""


def import_limit_s() -> float:
    """Return how long an import may take: what the environment says, if it is a number above 0."""
    try:
        limit = float(os.environ.get(VARIABLE, ""))
    except ValueError:
        return IMPORT_LIMIT_S
    return limit if 0 < limit < math.inf else IMPORT_LIMIT_S


@contextmanager
def limited(file: str, give_up: GiveUp | None = None) -> Iterator[None]:
    """Break off what takes longer than the limit: raises :class:`TookTooLong` with a sentence, in the main thread."""
    if threading.current_thread() is not threading.main_thread():  # only there signals are heard
        yield
        return
    limit, times = import_limit_s(), 0

    def break_off(number: int, frame: FrameType | None) -> None:
        nonlocal times
        times += 1
        sentence = _sentence(file, line_of(frame, file), limit)
        if times > MOST_TIMES and give_up is not None:
            give_up(sentence)
        raise TookTooLong(sentence)

    before = signal.signal(signal.SIGALRM, break_off)
    signal.setitimer(signal.ITIMER_REAL, limit, AGAIN_S)
    # Code in C that never comes back hears no signal: this ends the process, and tells where it was.
    faulthandler.dump_traceback_later(limit + LAST_S, exit=True, file=STDERR)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _sentence(file: str, line: str, limit: float) -> str:
    where = f"; it is at {line}" if line else ""
    return (
        f"The import of {os.path.basename(file)} has not ended after {limit:g} s{where}. Does it compute, or wait for"
        f" something, outside of load? ${VARIABLE} sets another limit, in seconds."
    )


@contextmanager
def telling(file: str, every_s: float = TELL_EVERY_S) -> Iterator[None]:
    """Say now and then at which line the work of this thread is, for as long as it lasts."""
    thread, done = threading.get_ident(), threading.Event()

    def tell() -> None:
        while not done.wait(every_s):
            line = line_of(sys._current_frames().get(thread), file)
            say(f"still loading: {line or os.path.basename(file)}")

    teller = threading.Thread(target=tell, name="dltui-loading", daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


@contextmanager
def noticing_exit(file: str, tell: Callable[[str], None]) -> Iterator[None]:
    """Let ``tell`` hear it before something in the task file ends this process by ``os._exit``."""
    real, process = os._exit, os.getpid()

    def leave(status: int) -> None:
        if os.getpid() == process:  # a child that was forked leaves in this way
            line = line_of(sys._getframe(1), file)
            tell(f"{line or os.path.basename(file)}: it ended the process by os._exit({status}).")
        real(status)

    vars(os)["_exit"] = leave
    try:
        yield
    finally:
        vars(os)["_exit"] = real
