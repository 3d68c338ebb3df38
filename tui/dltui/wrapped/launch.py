"""Starts a command of a person as a run, in a process and a session of its own that follow it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from dltui.errors import UsageError
from dltui.log_options import AS_IT_IS, LogOptions
from dltui.runs.launch import Launched, folder_error, make_folder, open_locked
from dltui.text import safe_text
from dltui.wrapped.order import STARTED, Order
from dltui.wrapped.supervise import script_of
from dltui_trainers.errors import TrainerError
from dltui_trainers.runlog import METRICS, STDOUT, Parent

_NOT_OF_A_NAME = re.compile(r"[^\w.+-]+")
_LONGEST_STEM = 60
_LONGEST_SHOWN = 200
_ANSWER_BYTES = 4096


def launch_command(
    root: Path,
    words: Sequence[str],
    *,
    name: str | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    parent: Parent | None = None,
    watch: Sequence[str] = (),
    options: LogOptions = AS_IT_IS,
    prepare: Callable[[Path], Mapping[str, str]] | None = None,
) -> Launched:
    """Run ``words`` as they are, no shell between, in ``cwd``; return once the command runs.

    ``env`` is added to the environment, and what ``prepare`` returns, which is given the new run's folder. ``parent``:
    the run that it goes on from. ``watch``: where its logs are beside those beneath ``cwd``; ``options``: how its
    output is to be read. Raises :class:`UsageError` for a command that cannot be run or a name that cannot be,
    :class:`RunsFolderError`, and what ``prepare`` raises; then nothing is left behind.
    """
    folder_of_work = Path.cwd() if cwd is None else cwd
    environment = {**os.environ, **(env or {})}
    _refuse_unrunnable(words, folder_of_work, environment)
    folder = make_folder(root, _stem(words), name, parent.run if parent else None).resolve()
    try:
        environment |= prepare(folder) if prepare is not None else {}
        process = _start(folder, words, folder_of_work, environment, parent, watch, options)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise folder_error(folder, error) from error
    except (UsageError, TrainerError):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Launched(folder=root / folder.name, pid=process.pid, warnings=(), process=process)


def _start(
    folder: Path,
    words: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    parent: Parent | None,
    watch: Sequence[str],
    options: LogOptions,
) -> subprocess.Popen[bytes]:
    """Start the process that follows the command, and wait until it has started that. Raises UsageError, OSError."""
    log = open_locked(folder / METRICS)
    answer, answer_fd = os.pipe()
    order = Order(
        folder=str(folder),
        words=list(words),
        log_fd=log,
        answer_fd=answer_fd,
        watch=[os.path.abspath(each) for each in watch],
        roles=[(role, column) for role, column in options.roles],
        pattern=options.pattern,
        parent=parent,
    )
    output = os.open(folder / STDOUT, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        process = subprocess.Popen(
            # -P: a file of the person's folder may be called as one of ours
            [sys.executable, "-P", "-m", "dltui.wrapped", msgspec.json.encode(order).decode()],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(log, answer_fd),
            start_new_session=True,  # no terminal of ours can hang it up
        )
    except BaseException:
        os.close(answer)
        raise
    finally:
        for each in (log, answer_fd, output):
            os.close(each)
    _await_start(process, answer, words, folder)
    return process


def _await_start(process: subprocess.Popen[bytes], answer: int, words: Sequence[str], folder: Path) -> None:
    with os.fdopen(answer, "rb") as file:
        said = file.read(_ANSWER_BYTES)
    if said == STARTED:
        return
    process.wait()
    if said:
        hint = " Does its first line name what it is run by, as in '#!/bin/sh'?" if b"format" in said.lower() else ""
        raise UsageError(f"{_shown(words[0])} cannot be run: {said.decode(errors='replace')}.{hint}")
    trouble = ""
    with suppress(OSError):
        trouble = (folder / STDOUT).read_text(errors="replace").strip().rpartition("\n")[2]
    raise UsageError(f"The process that would follow {_shown(words[0])} has ended at once: {safe_text(trouble)}")


def _refuse_unrunnable(words: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> None:
    if not words or not words[0]:
        raise UsageError("What to run is missing: write it after '--', as in 'dltui run -- python train.py'.")
    if any("\0" in word for word in words):
        raise UsageError("A word of the command has a NUL in it, which no command can have.")
    program = words[0]
    is_path = os.sep in program
    if shutil.which(str(cwd / program) if is_path else program, path=environment.get("PATH")):
        return
    path = cwd / program
    if path.is_dir():
        reason = "it is a folder"
    elif path.exists():
        how = f"'python {program}'" if program.endswith(".py") else f"'sh {program}'"
        what = "is not executable" if is_path else "lies on no $PATH"
        reason = f"it is a file that {what}; try {how}"
    else:
        reason = "there is no such file" if is_path else "there is no program of that name on the $PATH"
    raise UsageError(f"{_shown(program)} cannot be run: {safe_text(reason)}.")


def _stem(words: Sequence[str]) -> str:
    """The beginning of a run's name: what the command is called, without its ending."""
    name = script_of(words)
    stem = _NOT_OF_A_NAME.sub("-", name.removesuffix(".py").removesuffix(".sh"))[:_LONGEST_STEM].strip("-.+")
    return stem or "command"


def _shown(word: str) -> str:
    return f"'{safe_text(word[:_LONGEST_SHOWN])}'"
