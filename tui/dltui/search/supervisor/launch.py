"""Begins a study, and puts a supervisor to work on it: a process and a session of its own, which outlive a terminal."""

import os
import sys
import time
from pathlib import Path
from socket import gethostname
from typing import TypeVar

import msgspec

from dltui.errors import SearchError
from dltui.runs.find import short_name
from dltui.search.engines.choose import make_engine
from dltui.search.methods.choose import refuse_impossible
from dltui.search.study.checked import checked
from dltui.search.study.folder import (
    SUPERVISOR_LOG,
    age_of,
    make_study,
    read_study,
    status_of,
    studies_in,
    take_lock,
)
from dltui.search.study.options import SearchOptions, TuneOptions
from dltui.search.study.records import Begun
from dltui.search.study.study import Study
from dltui.supervising import put_to_work
from dltui.text import safe_text
from dltui_trainers.configure import with_data
from dltui_trainers.named_task import find_task
from dltui_trainers.plan import plan
from dltui_trainers.taskfile.names import absolute_task

Options = TypeVar("Options", bound=SearchOptions | TuneOptions)


def launch_study(root: Path, task: str, options: SearchOptions | TuneOptions, name: str | None = None) -> Path:
    """Begin a study of ``task``, put a supervisor to work on it, and return its folder at once.

    Raises what :func:`begin` raises.
    """
    folder = begin(root, task, options, name)
    go_on(folder)
    return folder


def begin(root: Path, task: str, options: SearchOptions | TuneOptions, name: str | None = None) -> Path:
    """Make the folder of a new study that nobody works on yet, and return it.

    Everything that can be known to be wrong is refused before anything is made: raises :class:`UsageError`,
    :class:`SpaceError`, :class:`TrainerError` for the task and the hyperparameters, :class:`EngineError`,
    :class:`RunsFolderError`.
    """
    task = absolute_task(task)
    options = usable(task, options)
    begun = Begun(
        name=name or "",
        task=task,
        time=time.time(),
        command=["dltui", *sys.argv[1:]],
        search=options if isinstance(options, SearchOptions) else None,
        tuning=options if isinstance(options, TuneOptions) else None,
        configurations=_configurations(task, options),
    )
    return make_study(root, begun)


def _configurations(task: str, options: SearchOptions | TuneOptions) -> int:
    if not isinstance(options, SearchOptions):
        return 0
    from dltui.search.methods.size import configurations  # it needs numpy

    return configurations(plan(task, options.settings).task, options)


def usable(task: str, options: Options) -> Options:
    """Return the options as the study is to have them: checked, and with the paths of data absolute.

    Raises what :func:`begin` raises for what cannot be trained.
    """
    checked(options)
    if isinstance(options, SearchOptions):
        refuse_impossible(options)
    plan(task, options.settings)
    _, settings = with_data(find_task(task), options.settings)
    return msgspec.structs.replace(options, settings={name: settings[name] for name in options.settings})


def check_engine(root: Path, options: SearchOptions | TuneOptions) -> None:
    """See that the engine can run jobs, before anything is made. Raises :class:`EngineError`."""
    engine = make_engine(options.engine, root, options.resources)
    try:
        engine.start()
    finally:
        engine.close()


def go_on(folder: Path) -> None:
    """Put a supervisor to work on a study that is there.

    Raises :class:`SearchError` where one is at work on it, or where there is no study that can be read.
    """
    lock = take_up(folder)
    try:
        put_to_work("dltui.search", "supervisor", folder, lock, SUPERVISOR_LOG)
    finally:
        os.close(lock)  # the supervisor has its own copy, and with it the study


def take_up(folder: Path) -> int:
    """Take the study for a supervisor that is about to begin, and return its lock; see :func:`go_on`."""
    study = read_study(folder)
    supervised = study.supervised
    elsewhere = supervised is not None and supervised.host and supervised.host != gethostname()
    if elsewhere and supervised is not None and status_of(folder, study, age_of(folder)).alive:
        host = safe_text(supervised.host)
        raise SearchError(f"A supervisor on {host} works on {short_name(folder.name)} already.")
    return take_lock(folder)


def unfinished(root: Path, task: str, options: SearchOptions | TuneOptions) -> tuple[Path, Study] | None:
    """Return the newest study of ``task`` in ``root`` that was asked for alike and has not ended; None without one."""
    for folder, study in studies_in(root):
        begun, supervised = study.begun, study.supervised
        alike = begun is not None and begun.task == task and options in (begun.search, begun.tuning)
        if alike and (supervised is None or supervised.status != "finished"):
            return folder, study
    return None
