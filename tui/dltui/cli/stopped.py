"""Ctrl-C while a command has work of its own under way: it ends well, and leaves what can be gone on with."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopped_by_signals(stop: Callable[[], None], what: str) -> Iterator[None]:
    """Let the first Ctrl-C, or a SIGTERM, call ``stop``, which ends ``what``; the second Ctrl-C ends at once."""

    def heard(number: int, frame: FrameType | None) -> None:
        stop()
        if number == signal.SIGINT:
            print(f"stopping {what}; Ctrl-C again leaves at once", file=sys.stderr, flush=True)
            signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {each: signal.signal(each, heard) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
