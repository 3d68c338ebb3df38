"""``dltui train``: start a training, then watch it in the interface, in progress lines, or not at all."""

import sys

from dltui.paths import runs_folder
from dltui.runs.launch import launch
from dltui.terminal import require_terminal
from dltui_trainers.configure import configure
from dltui_trainers.registry import find_task


def train(
    *, task: str, settings: dict[str, str], name: str | None, runs: str | None, headless: bool, detach: bool
) -> int:
    """Start the training and return the exit code. Raises what :func:`dltui.runs.launch.launch` raises."""
    root = runs_folder(runs)
    configure(find_task(task), settings)  # what is wrong with the words comes before what is wrong with the terminal
    if not (headless or detach):
        require_terminal("add --headless for progress lines, or --detach to start it and return")
    launched = launch(root, task, settings, name)
    for warning in launched.warnings:
        print(f"dltui: note: {warning}", file=sys.stderr)
    if detach:
        print(launched.folder)
        return 0
    if headless:
        from dltui.cli.headless import watch_lines

        return watch_lines(launched)
    from dltui.app import run_app

    return run_app(root, launched=launched)
