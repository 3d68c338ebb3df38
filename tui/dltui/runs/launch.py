"""Starts a training in a process and a session of its own, which outlive the interface and its terminal."""

import fcntl
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from dltui.errors import RunsFolderError, TorchMissingError, UsageError
from dltui_trainers.origin import Origin as Origin  # who launches names it, too
from dltui_trainers.plan import plan, read_parent
from dltui_trainers.runlog import CHECKPOINTS, METRICS, STDOUT
from dltui_trainers.taskfile.names import folder_stem

FREE_BYTES = 1 << 20
"""Less room than this on the disk and a training is not begun: its checkpoints alone need more."""
_NAME = re.compile(r"[\w][\w.+-]{0,99}")
_NUMBERED = re.compile(r"(.+)-([1-9][0-9]{0,2})")
"""What a child is called: its parent's name and a number. The end of a default name has four digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """A training that was started.

    ``warnings``: what is unusual about its configuration. ``told``: from which run it starts, and how, as a sentence;
    empty for one that starts from nothing.
    """

    folder: Path
    pid: int
    warnings: tuple[str, ...]
    process: subprocess.Popen[bytes]
    told: str = ""


def launch(
    root: Path,
    task: str,
    settings: dict[str, str],
    name: str | None = None,
    parent: Origin | None = None,
    processes: int | None = None,
) -> Launched:
    """Start a training of ``task`` and return at once; its folder in ``root`` tells the rest.

    With a ``parent``, ``settings`` are the changes to the settings of that run. ``processes``: so many train together;
    None: as many as that of the parent, or one. Everything that can be known to be wrong is refused before anything is
    made: raises :class:`TrainerError` for the task, the hyperparameters, the parent and the number of processes,
    :class:`TorchMissingError`, :class:`RunsFolderError`, :class:`UsageError` (name).
    """
    planned = plan(task, settings, parent)
    processes = processes_of(processes, parent)
    if find_spec("torch") is None:
        raise TorchMissingError("Training needs PyTorch, which is not installed here: pip install 'torch>=2.4'.")
    folder = make_folder(root, task, name, parent.run if parent else None)
    try:
        log = open_locked(folder / METRICS)
        try:
            process = _spawn(folder, task, settings, parent, log, processes)
        finally:
            os.close(log)  # the child has its own copy, and with it the lock
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise folder_error(folder, error) from error
    told = f"It {planned.beginning}." if planned.beginning else ""
    return Launched(folder=folder, pid=process.pid, warnings=planned.warnings, process=process, told=told)


def processes_of(wanted: int | None, parent: Origin | None) -> int:
    """Return how many processes train: as many as are wanted, else as many as trained the parent.

    Raises :class:`ProcessesError` for a number that this machine cannot take.
    """
    if wanted is None:
        wanted = read_parent(parent).processes if parent is not None else 1
    if wanted != 1:
        from dltui_trainers.distributed.count import refuse  # it asks the driver of the GPUs

        refuse(wanted)
    return wanted


def make_folder(root: Path, task: str, name: str | None, parent: str | None = None) -> Path:
    """Make the folder of a new run in ``root``, called ``name``, else after the run ``parent``, else after ``task``.

    Raises :class:`RunsFolderError`, or :class:`UsageError` for the name.
    """
    if name is not None:
        check_name(name)
    try:
        if shutil.disk_usage(existing_parent(root)).free < FREE_BYTES:
            raise RunsFolderError(f"The disk of {root} is full; free some space or choose another place with --runs.")
        root.mkdir(parents=True, exist_ok=True)
        folder = root / (name or (_child_name(root, parent) if parent else None) or _new_name(task))
        folder.mkdir(mode=0o700)
        (folder / CHECKPOINTS).mkdir(mode=0o700)
    except FileExistsError as error:
        if name is not None and (root / name).exists():
            raise UsageError(f"There is already a run '{name}' in {root}; choose another --name.") from error
        raise RunsFolderError(f"{root} is not a folder; choose another place with --runs.") from error
    except OSError as error:
        raise folder_error(root, error) from error
    return folder


def check_name(name: str) -> None:
    """Raise :class:`UsageError` for a name that a run's folder cannot have."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"'{name}' cannot be a run's name: use letters, digits and . _ + - (at most 100).")


def existing_parent(folder: Path) -> Path:
    """The nearest parent that is there."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())


def _child_name(root: Path, parent: str) -> str | None:
    """The parent's name with the next number that is free; None where its name is none that we would give."""
    numbered = _NUMBERED.fullmatch(parent)
    stem, number = (numbered[1], int(numbered[2])) if numbered else (parent, 1)
    name = next(name for each in count(number + 1) if not (root / (name := f"{stem}-{each}")).exists())
    return name if _NAME.fullmatch(name) else None


def _new_name(task: str) -> str:
    return f"{folder_stem(task)}-{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def folder_error(folder: Path, error: OSError) -> RunsFolderError:
    """Return what to say where a run's folder cannot be written to."""
    reason = error.strerror or str(error)
    return RunsFolderError(f"Cannot write to {folder}: {reason}. Choose another place with --runs or $DLTUI_RUNS.")


def open_locked(path: Path) -> int:
    """Open the log and take its lock. It belongs to the open file, so the child inherits it and holds it to its end."""
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(log, fcntl.LOCK_EX)
    return log


def _spawn(
    folder: Path, task: str, settings: dict[str, str], parent: Origin | None, log: int, processes: int
) -> subprocess.Popen[bytes]:
    # -P: a torch.py in the folder where it is started is not the one that we import.
    words = [sys.executable, "-P", "-m", "dltui_trainers.worker", str(folder.resolve()), task, "--log-fd", str(log)]
    words += ["--command-json", json.dumps(["dltui", *sys.argv[1:]])]
    words += ["--nproc", str(processes)] if processes > 1 else []
    if parent is not None:
        words += ["--from", str(parent.folder.resolve())]
        words += [] if parent.step is None else ["--at", str(parent.step)]
    for name, value in settings.items():
        words += ["--set", f"{name}={value}"]
    output = os.open(folder / STDOUT, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(log,),
            start_new_session=True,  # no terminal of ours can hang it up
        )
    finally:
        os.close(output)
