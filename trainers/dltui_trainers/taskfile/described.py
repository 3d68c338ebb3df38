"""What a task file says of itself, read from its text: nothing of it is run, and torch is not imported.

So the command line can refuse a typing error at once, and a form can show the hyperparameters of a file that would take
a minute to import.
"""

import ast
import warnings
from functools import lru_cache
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any

from dltui_trainers.configure import as_text, parse
from dltui_trainers.errors import InvalidHyperparameterError, TaskFileError
from dltui_trainers.hparam import Hparam
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.registry import OF_GRIDS, TaskInfo, fitting_augmentations, widest_reads
from dltui_trainers.taskfile.literals import Literal, literals
from dltui_trainers.taskfile.names import absolute_task, split_name
from dltui_trainers.taskfile.of_network import of_network
from dltui_trainers.taskfile.outline import Outline, outline
from dltui_trainers.taskfile.own import own_hparam

MOST_BYTES = 4 * 2**20
LONGEST_SUMMARY = 100
CALLED = {
    "load": ("h",),
    "build_model": ("h", "data"),
    "loss": ("output", "target"),
    "metrics": ("output", "target"),
}
"""The functions of a task file, and what each is called with."""
_IMAGES = 4


def describe(name: str) -> TaskInfo:
    """Return what the task of that name (see :mod:`.names`) says of itself.

    Raises :class:`TaskFileError`, with the line, for a file that is none, has a typing error, or lacks a ``load``.
    """
    whole = absolute_task(name)
    path, member = split_name(whole)
    try:
        status = Path(path).stat()
        if not (S_ISREG(status.st_mode) or S_ISDIR(status.st_mode)):  # a pipe would be waited for
            raise TaskFileError(f"{path} is no ordinary file, and a task of your own is one.")
        return _described(whole, Path(path), member, (status.st_mtime_ns, status.st_size))
    except (OSError, ValueError) as error:
        raise TaskFileError(_unreadable(path, error)) from error


@lru_cache(maxsize=32)
def _described(name: str, path: Path, member: str, version: tuple[int, int]) -> TaskInfo:
    """``version``: of a file that was changed since, the description is another one."""
    source, tree = _read(path)
    parts = outline(tree, path, member)
    for function, arguments in CALLED.items():
        _refuse_arguments(parts, function, arguments)
    given = literals(parts, source)
    own = tuple(_own(path, each) for each in given if each.name not in CATALOGUE)
    defaults = {each.name: _default(path, each) for each in given if each.name in CATALOGUE}
    known = {*CATALOGUE, *(each.name for each in own)}
    parts.refuse_unknown(known)
    mentions = parts.mentions & set(CATALOGUE)
    own_model = "build_model" in parts.names
    reads = {*widest_reads(own_model=own_model, own_loss="loss" in parts.names), *mentions, *defaults}
    return TaskInfo(
        name=name,
        summary=_summary(parts, path),
        kind="classification",
        module="",
        n_train=0,
        reads=(*(each for each in CATALOGUE if each in reads), *(each.name for each in own)),
        defaults=defaults,
        models=() if own_model and "model" not in reads else OF_GRIDS,
        augmentations=fitting_augmentations(_IMAGES),
        file=str(path),
        own=own,
        mentions=tuple(sorted(mentions)),
        of_network=of_network(parts, tree, [each.name for each in own]),
    )


def _read(path: Path) -> tuple[str, ast.Module]:
    content = path.read_bytes()[: MOST_BYTES + 1]
    if len(content) > MOST_BYTES:
        raise TaskFileError(f"{path} has more than {MOST_BYTES >> 20} MiB: that is no task file.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an odd backslash the import will tell
            tree = ast.parse(content, str(path))
    except SyntaxError as error:
        line = f":{error.lineno}" if error.lineno else ""
        text = f": {' '.join(error.text.split())[:LONGEST_SUMMARY]}" if error.text else ""
        raise TaskFileError(f"{path.name}{line}: {error.msg}{text} (in {path}).") from error
    except (ValueError, RecursionError, MemoryError) as error:  # a NUL byte; brackets without end
        raise TaskFileError(f"{path} cannot be read as Python: {error}.") from error
    return content.decode(errors="replace"), tree


def _unreadable(path: str, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"There is no file {path}: was it moved or deleted? 'dltui tasks' lists the built-in tasks."
    if isinstance(error, IsADirectoryError):
        return f"{path} is a folder, and a task of your own is a file."
    return f"The task file {path!r} cannot be read: {getattr(error, 'strerror', None) or error}."


def _refuse_arguments(parts: Outline, function: str, arguments: tuple[str, ...]) -> None:
    """Refuse a function that cannot be called as we will; of one that is imported nothing is known."""
    found = parts.functions.get(function)
    if found is None:
        return
    call = f"{function}({', '.join(arguments)})"
    if isinstance(found.node, ast.AsyncFunctionDef):
        raise TaskFileError(
            f"{parts.place(found.node)}: {function} is async, and is called as {call}; leave out async."
        )
    if not found.takes(len(arguments)):
        hint = "; make it a @staticmethod without self" if found.first == "self" else ""
        raise TaskFileError(
            f"{parts.place(found.node)}: {function} is called as {call}, and yours takes"
            f" ({ast.unparse(found.node.args)}){hint}."
        )


def _own(path: Path, given: Literal) -> Hparam:
    try:
        return own_hparam(given.name, given.value, given.comment)
    except ValueError as error:
        raise TaskFileError(f"{path.name}:{given.line}: hparams: {given.name} {error}.") from error


def _default(path: Path, given: Literal) -> Any:
    """The value of one of our hyperparameters, checked as if it were typed."""
    value = tuple(given.value) if isinstance(given.value, list) else given.value
    try:
        return parse(CATALOGUE[given.name], as_text(value))
    except InvalidHyperparameterError as error:
        raise TaskFileError(f"{path.name}:{given.line}: hparams: {error}") from error


def _summary(parts: Outline, path: Path) -> str:
    first = parts.docstring.strip().partition("\n")[0].strip()
    return first[:LONGEST_SUMMARY] or f"your own task in {path.name}"
