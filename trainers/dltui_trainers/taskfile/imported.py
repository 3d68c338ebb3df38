"""Runs a task file: as ``python task.py`` would, but under a name of its own, and once in a process."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from dltui_trainers.errors import TaskFileError
from dltui_trainers.taskfile.names import split_name
from dltui_trainers.taskfile.patience import GiveUp, TookTooLong, limited
from dltui_trainers.taskfile.told import calling, tell

PREFIX = "dltui_task_"
KEPT = frozenset({"dltui", "dltui_trainers", "msgspec", "numpy", "psutil", "pynvml", "torch", *sys.stdlib_module_names})
"""What a file of that name beside the task must not hide: ours, and what we and torch import later on."""

_imported: dict[str, ModuleType] = {}


def import_file(name: str, give_up: GiveUp | None = None) -> object:
    """Return what the name of a task file means: its module, or a class in it.

    Raises :class:`TaskFileError`, which tells by the person's lines what went wrong. ``give_up`` ends the process where
    the import cannot even be broken off.
    """
    path, member = split_name(name)
    if path not in _imported:
        _imported[path] = _run(path, give_up)
    module = _imported[path]
    if not member:
        return module
    found = getattr(module, member, None)
    if not isinstance(found, type):
        raise TaskFileError(f"There is no class {member} in {Path(path).name}.")
    return found


def _run(path: str, give_up: GiveUp | None) -> ModuleType:
    try:
        source = Path(path).read_bytes()
    except OSError as error:
        raise TaskFileError(f"The task file {path} cannot be read: {error.strerror}.") from error
    module = ModuleType(PREFIX + Path(path).stem)
    module.__file__ = path
    sys.modules[module.__name__] = module  # a dataclass, and whoever pickles, looks for it there
    put_on_path(str(Path(path).parent))
    try:
        with calling(path), limited(path, give_up):
            exec(compile(source, path, "exec"), module.__dict__)
    except SyntaxError as error:  # it was changed since it was described
        raise TaskFileError(f"{Path(path).name}:{error.lineno}: {error.msg}.") from error
    except TookTooLong as error:
        found = tell(error, path)
        raise TaskFileError(str(error), found.traceback.rpartition("\n")[0] if found else "") from error
    return module


def put_on_path(folder: str) -> None:
    """Let the modules of ``folder`` be found before all others, but for those that are :data:`KEPT`."""
    if sys.path[:1] != [folder]:
        sys.path.insert(0, folder)
    if not any(isinstance(each, _Keeper) and each.folder == folder for each in sys.meta_path):
        sys.meta_path.insert(0, _Keeper(folder))


class _Keeper:
    """Finds a module that is kept where it would be found without the person's folder."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the module is; None leaves it to the others."""
        if path is not None or name not in KEPT or name in sys.builtin_module_names:
            return None
        return PathFinder.find_spec(name, [each for each in sys.path if each not in (self.folder, "")], target)
