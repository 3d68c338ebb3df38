"""Begins a guide, and puts an engine to work on it: a process and a session of its own, which outlive a terminal."""

import os
import shutil
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from socket import gethostname

import msgspec

from dltui.errors import GuideError, TorchMissingError
from dltui.guide.folder import ENGINE_LOG, STATE, make_folder, read_guide, take_lock, write_guide
from dltui.guide.follow import status_of
from dltui.guide.options import Options, checked
from dltui.guide.state import Guide, new_guide
from dltui.runs.find import short_name
from dltui.supervising import put_to_work
from dltui.text import safe_text
from dltui_trainers.configure import with_data
from dltui_trainers.named_task import find_task
from dltui_trainers.plan import plan
from dltui_trainers.taskfile.names import absolute_task


def launch_guide(root: Path, task: str, options: Options, name: str | None = None, keep_going: bool = False) -> Path:
    """Begin a guide of ``task``, put an engine to work on it, and return its folder at once.

    ``keep_going``: whatever fault a step finds. Raises what :func:`begin` raises.
    """
    folder = begin(root, task, options, name, keep_going)
    go_on(folder)
    return folder


def go_on(folder: Path, keep_going: bool = False) -> None:
    """Put an engine to work on a guide that is there. A fault that was found is looked for again.

    Raises :class:`GuideError` where an engine is at work on it, or where there is no guide that can be read.
    """
    lock = take_up(folder, keep_going)
    try:
        put_to_work("dltui.guide", "engine", folder, lock, ENGINE_LOG)
    finally:
        os.close(lock)  # the engine has its own copy, and with it the guide


def take_up(folder: Path, keep_going: bool = False) -> int:
    """Take the guide for an engine that is about to begin, and return its lock; see :func:`go_on`."""
    _refuse_elsewhere(folder, read_guide(folder))
    lock = take_lock(folder)
    try:
        guide = read_guide(folder)
        if keep_going and not guide.keep_going:
            write_guide(folder, msgspec.structs.replace(guide, keep_going=True))
    except BaseException:
        os.close(lock)
        raise
    return lock


def _refuse_elsewhere(folder: Path, guide: Guide) -> None:
    """Refuse a guide at which an engine on another machine is at work: its lock may not be seen from here."""
    is_open = bool(guide.pid) and guide.host != gethostname()
    if is_open and status_of(folder, guide, time.time() - (folder / STATE).stat().st_mtime).alive:
        raise GuideError(f"An engine on {safe_text(guide.host)} works on {short_name(folder.name)} already.")


def begin(root: Path, task: str, options: Options, name: str | None = None, keep_going: bool = False) -> Path:
    """Make the folder of a new guide that no engine works on yet, and return it.

    Everything that can be known to be wrong is refused before anything is made: raises :class:`UsageError`,
    :class:`TrainerError` for the task and the hyperparameters, :class:`TorchMissingError`, :class:`RunsFolderError`.
    """
    task = absolute_task(task)
    options = usable(task, options)
    folder = make_folder(root, task, name)
    guide = new_guide(
        name=folder.name,
        task=task,
        options=options,
        command=["dltui", *sys.argv[1:]],
        began=time.time(),
        keep_going=keep_going,
    )
    try:
        write_guide(folder, guide)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def usable(task: str, options: Options) -> Options:
    """Return the options as the guide is to have them: checked, and with the paths of data absolute.

    Raises what :func:`begin` raises for what cannot be trained.
    """
    checked(options)
    plan(task, options.settings)
    if find_spec("torch") is None:
        raise TorchMissingError("Training needs PyTorch, which is not installed here: pip install 'torch>=2.4'.")
    _, settings = with_data(find_task(task), options.settings)
    data = {name: settings[name] for name in options.settings}
    return msgspec.structs.replace(options, settings=data)
