"""``dltui train``: start a training, then watch it in the interface, in progress lines, or not at all."""

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from dltui.advice.limits import Limits
from dltui.alerts.wanted import SILENT, Alerts
from dltui.cli.alerts import add_alert_options, alerts_in, told_of
from dltui.cli.auto import add_auto_options, limits_in
from dltui.cli.mirrors import add_mirror_option, mirror, mirrors_in
from dltui.cli.options import given_in, make_parser, settings_in
from dltui.errors import UsageError
from dltui.mirror.wanted import Wanted
from dltui.paths import runs_folder
from dltui.runs.find import find_origin
from dltui.runs.launch import Launched, launch, processes_of
from dltui.terminal import require_terminal
from dltui.wrapped.again import is_script, launch_again, plan_again
from dltui_trainers.origin import Origin
from dltui_trainers.plan import plan, read_parent
from dltui_trainers.taskfile.names import absolute_task


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui train", "Start a training in a process of its own and watch it.")
    parser.add_argument(
        "task",
        nargs="?",
        metavar="TASK",
        help="what to train: one that 'dltui tasks' lists, or a file of your own, path/to/task.py[:CLASS] (default:"
        " that of --from RUN)",
    )
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], dest="settings", help="a hyperparameter, repeatable"
    )
    parser.add_argument(
        "--from",
        metavar="RUN[@STEP]",
        dest="origin",
        help="go on where that run was cut short, or from a step of it (a number, best, last; start: anew with its"
        " settings); --set changes some",
    )
    parser.add_argument(
        "--name", help="the run's name (default: the task, the time and four random digits; from a RUN: RUN-2)"
    )
    parser.add_argument(
        "--nproc",
        type=int,
        metavar="N",
        help="train with N processes (torchrun), each on a GPU of its own or, where there is none, on the processor;"
        " batch_size is that of each (default: 1, or as many as trained the RUN)",
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--headless", action="store_true", help="print progress lines instead of the interface")
    how.add_argument("--detach", action="store_true", help="start it, print its folder, and return")
    add_auto_options(parser)
    add_alert_options(parser)
    add_mirror_option(parser)
    given = given_in(parser, words)
    auto = limits_in(given)
    if auto is not None and given.detach:
        raise UsageError("--auto needs somebody who follows the training, and --detach leaves it: take --headless.")
    settings, mirrors = settings_in(given.settings), mirrors_in(given)

    def call() -> int:
        return train(
            task=given.task,
            settings=settings,
            origin=given.origin,
            name=given.name,
            runs=given.runs,
            headless=given.headless,
            detach=given.detach,
            auto=auto,
            mirrors=mirrors,
            alerts=alerts_in(given, since_s=time.time() - 2.0),  # its manifest tells whole seconds
            processes=given.nproc,
        )

    return call


def train(
    *,
    task: str | None,
    settings: dict[str, str],
    origin: str | None,
    name: str | None,
    runs: str | None,
    headless: bool,
    detach: bool,
    auto: Limits | None = None,
    mirrors: Sequence[Wanted] = (),
    alerts: Alerts = SILENT,
    processes: int | None = None,
) -> int:
    """Start the training and return the exit code; without ``task`` it is that of the run ``origin``.

    ``auto``: within which limits live advice is followed unasked; None: not at all. ``mirrors``: the dashboards that
    show it, too. ``processes``: so many train together; None: one, or as many as that run.

    Raises what :func:`dltui.runs.find.find_origin`, :func:`dltui.runs.launch.launch` and, for a person's own script,
    :func:`dltui.wrapped.again.launch_again` raise.
    """
    root = runs_folder(runs)
    parent = find_origin(root, origin) if origin is not None else None
    if parent is not None and is_script(parent):
        start = _script(root, task, settings, parent, name, processes)
    else:
        start = _task(root, task, settings, parent, name, processes)
    if not (headless or detach):
        require_terminal("add --headless for progress lines, or --detach to start it and return")
    launched = start()
    mirror(launched.folder, mirrors)
    for note in filter(None, (*launched.warnings, launched.told)):
        print(f"dltui: note: {note}", file=sys.stderr)
    if detach:
        print(launched.folder)
        return 0
    if headless:
        from dltui.cli.headless import watch_lines

        with told_of(launched.folder, alerts):
            return watch_lines(launched, auto)
    from dltui.app import run_app

    return run_app(root, launched=launched, alerts=alerts, auto=auto)


def _task(
    root: Path,
    task: str | None,
    settings: dict[str, str],
    parent: Origin | None,
    name: str | None,
    processes: int | None,
) -> Callable[[], Launched]:
    """What starts a task. What is wrong with the words comes before what is wrong with the terminal."""
    if task is None:
        if parent is None:
            raise UsageError("What to train is missing: give a TASK, or --from RUN. 'dltui tasks' lists the tasks.")
        task = read_parent(parent).task
    task = absolute_task(task)
    plan(task, settings, parent)
    return partial(launch, root, task, settings, name, parent, processes_of(processes, parent))


def _script(
    root: Path,
    task: str | None,
    settings: dict[str, str],
    parent: Origin,
    name: str | None,
    processes: int | None,
) -> Callable[[], Launched]:
    """What starts a person's own script again."""
    if task is not None:
        raise UsageError(
            f"The run {parent.run} is a script of your own, and no training of {task}: leave the task out."
        )
    if processes is not None:
        raise UsageError(
            f"The run {parent.run} is a script of your own, which starts its processes itself: no --nproc."
        )
    plan_again(settings, parent)
    return partial(launch_again, root, settings, parent, name)
