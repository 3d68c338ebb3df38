"""From the name of a task, or the path of a task file, to what is known of it without running anything of it."""

from dltui_trainers.errors import UnknownTaskError, suggestion
from dltui_trainers.registry import TASKS, TaskInfo
from dltui_trainers.taskfile.names import is_task_file


def find_task(name: str) -> TaskInfo:
    """Return the built-in task of that name, or what a task file says of itself; nothing of the file is run.

    Raises :class:`UnknownTaskError` with the closest name, :class:`TaskFileError` for a file that is none.
    """
    if name in TASKS:
        return TASKS[name]
    if is_task_file(name):
        from dltui_trainers.taskfile.described import describe  # the built-in tasks do without

        return describe(name)
    known = list(TASKS)
    raise UnknownTaskError(
        f"There is no task '{name}'.{suggestion(name, known)} The tasks are {', '.join(known)}; one of your own is a"
        " file (path/to/task.py)."
    )
