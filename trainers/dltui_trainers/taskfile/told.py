"""Tells what went wrong in a task file by the person's own lines: ours, and those of libraries, are cut out."""

import os
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType

from dltui_trainers.errors import TaskFileError, TrainerError

MOST_WORDS = 500
MOST_FRAMES = 40
_OURS = str(Path(__file__).resolve().parents[1]) + os.sep


def tell(error: BaseException, file: str) -> TaskFileError | None:
    """Return what to say of ``error``, which a task file caused; None where none of its lines had a part in it.

    The sentence names the last line that is the person's. The traceback has their lines, and the last one of a library.
    """
    told = _cut(traceback.TracebackException.from_exception(error), file)
    where = _place_in(told.stack, file)
    return TaskFileError(f"{where}: {what(error)}", "".join(told.format()).rstrip()) if where else None


def place_of(error: BaseException, file: str = "") -> str:
    """Return the last line of the person's own that led to ``error``: ``train.py:12 in loss``; empty without one."""
    return _place_in(traceback.extract_tb(error.__traceback__), file)


@contextmanager
def calling(file: str) -> Iterator[None]:
    """Let what goes wrong in a function of the task file be a :class:`TaskFileError`."""
    try:
        yield
    except TrainerError:
        raise
    except (Exception, SystemExit) as error:
        found = tell(error, file)
        if found is None:
            raise
        raise found from error


def what(error: BaseException) -> str:
    """Return the error in words, in one line."""
    if isinstance(error, SystemExit):
        return f"it left by sys.exit({'' if error.code is None else repr(error.code)})"
    text = " ".join(str(error).split())[:MOST_WORDS]
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in ("dltui", "dltui_trainers"):
        text += " (that name is this program's own: give the folder another one)"
    name = type(error).__name__
    if isinstance(error, MemoryError) or name == "OutOfMemoryError":
        text = f"{text or 'out of memory'}; try a smaller batch_size or a smaller network"
    return f"{name}: {text}" if text else name


def line_of(frame: FrameType | None, file: str) -> str:
    """Return the line of the task file that ``frame`` comes from, ``task.py line 12``; empty if it comes from none."""
    theirs: FrameType | None = None
    while frame is not None:
        if frame.f_code.co_filename == file:
            return f"{Path(file).name} line {frame.f_lineno}"
        if theirs is None and is_theirs(frame.f_code.co_filename, file):
            theirs = frame
        frame = frame.f_back
    return f"{Path(theirs.f_code.co_filename).name} line {theirs.f_lineno}" if theirs else ""


def is_theirs(filename: str, file: str) -> bool:
    """Return whether a line of code is the person's: neither ours, nor a library's."""
    if filename == file:
        return True
    return not filename.startswith(("<", *_not_theirs()))


@cache
def _not_theirs() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    found = {paths[name] + os.sep for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found |= {each + os.sep for each in sys.path if each.endswith(("site-packages", "dist-packages"))}
    return (*found, *(os.path.realpath(each) + os.sep for each in found), _OURS)


def _place_in(stack: traceback.StackSummary, file: str) -> str:
    place = next((each for each in reversed(stack) if is_theirs(each.filename, file)), None)
    if place is None:
        return ""
    within = "" if place.name == "<module>" else f" in {place.name}"
    return f"{Path(place.filename).name}:{place.lineno}{within}"


def _cut(told: traceback.TracebackException, file: str) -> traceback.TracebackException:
    """Leave what matters in ``told``, and in the errors that led to it."""
    stack = list(told.stack)
    kept = [each for each in stack if is_theirs(each.filename, file)][-MOST_FRAMES:]
    if kept and stack[-1] is not kept[-1] and not stack[-1].filename.startswith(_OURS):
        kept.append(stack[-1])
    told.stack = traceback.StackSummary.from_list(kept)
    for each in (told.__cause__, told.__context__):
        if each is not None:
            _cut(each, file)
    return told
