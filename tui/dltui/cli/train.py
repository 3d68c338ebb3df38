"""``dltui train``: start a training, then watch it in the interface, in progress lines, or not at all."""

import sys

from dltui.errors import UsageError
from dltui.paths import runs_folder
from dltui.runs.find import find_origin
from dltui.runs.launch import launch
from dltui.terminal import require_terminal
from dltui_trainers.origin import plan, read_parent


def train(
    *,
    task: str | None,
    settings: dict[str, str],
    origin: str | None,
    name: str | None,
    runs: str | None,
    headless: bool,
    detach: bool,
) -> int:
    """Start the training and return the exit code; without ``task`` it is that of the run ``origin``.

    Raises what :func:`dltui.runs.find.find_origin` and :func:`dltui.runs.launch.launch` raise.
    """
    root = runs_folder(runs)
    parent = find_origin(root, origin) if origin is not None else None
    if task is None:
        if parent is None:
            raise UsageError("What to train is missing: give a TASK, or --from RUN. 'dltui tasks' lists the tasks.")
        task = read_parent(parent).task
    plan(task, settings, parent)  # what is wrong with the words comes before what is wrong with the terminal
    if not (headless or detach):
        require_terminal("add --headless for progress lines, or --detach to start it and return")
    launched = launch(root, task, settings, name, parent)
    for note in filter(None, (*launched.warnings, launched.told)):
        print(f"dltui: note: {note}", file=sys.stderr)
    if detach:
        print(launched.folder)
        return 0
    if headless:
        from dltui.cli.headless import watch_lines

        return watch_lines(launched)
    from dltui.app import run_app

    return run_app(root, launched=launched)
