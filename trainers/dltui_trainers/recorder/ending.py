"""How a script's run comes to its end when nobody calls ``finish``: at the exit, by an exception, in a forked child."""

import atexit
import os
import sys
import traceback
import weakref
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from dltui_trainers.recorder.host import Ending
from dltui_trainers.taskfile.told import place_of

ERROR_LENGTH = 500
Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]

_open: "weakref.WeakSet[Ending]" = weakref.WeakSet()
_is_hooked = False


def watch_over(run: Ending) -> None:
    """End ``run`` with this process, unless it is finished before."""
    global _is_hooked
    _open.add(run)
    if not _is_hooked:
        _is_hooked = True
        atexit.register(_at_exit)
        os.register_at_fork(after_in_child=_in_child)
        sys.excepthook = _chained(sys.excepthook)


def end_by(run: Ending, error: BaseException) -> None:
    """End ``run`` as ``error`` says, which is on its way out of the training."""
    if isinstance(error, KeyboardInterrupt):
        run.finish("stopped")
    elif isinstance(error, SystemExit) and error.code in (None, 0):
        run.finish()
    else:
        run.keep_output("".join(traceback.format_exception(error)))
        run.finish("failed", ": ".join(filter(None, (_place(error), sentence(error)))))


def sentence(error: BaseException) -> str:
    """Return what went wrong in one line."""
    text = ""
    with suppress(Exception):  # the exception's own code
        text = " ".join(str(error).split())[:ERROR_LENGTH]
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def _place(error: BaseException) -> str:
    """The script's own line that led to it."""
    with suppress(Exception):
        return place_of(error)
    return ""


def _at_exit() -> None:
    for run in list(_open):
        run.finish()


def _in_child() -> None:
    for run in list(_open):
        run.let_go()


def _chained(previous: Hook) -> Hook:
    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        # At a prompt an exception ends a line, and not the training.
        if not (hasattr(sys, "ps1") or sys.flags.interactive):
            for run in list(_open):
                with suppress(Exception):
                    end_by(run, error)
        previous(kind, error, trace)

    return hook
