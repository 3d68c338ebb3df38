"""``dltui guide``: the six steps of tuning, run for the user, on the guide's screen, in plain lines, or as JSON."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from dltui.cli.guide_options import add_guide_options, changes_in, options_in
from dltui.cli.options import given_in, make_parser
from dltui.errors import GuideError, UsageError
from dltui.guide.folder import find_guide, guides_in, is_at_work, read_guide, unfinished
from dltui.guide.options import Options, changed
from dltui.guide.state import GuideStatus
from dltui.paths import runs_folder
from dltui.terminal import require_terminal
from dltui_trainers.runlog import Value
from dltui_trainers.taskfile.names import absolute_task

EPILOG = """\
0 know the data, 1 initial loss, 2 overfit a small sample, 3 find the learning rate, 4 coarse grid, 5 refine,
6 look at the curves, and the final run. Each step shows its plot and its verdict and hands on what it found; all trials
are runs in the guide's folder. Exit codes: 0 done, 1 it ended at a fault or failed, 2 something given is not right,
130 stopped."""
OTHERWISE = "add --headless for plain lines, or --json for a document at the end"


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui guide", "Run the six steps of tuning on a task.", EPILOG)
    parser.add_argument(
        "task", nargs="?", metavar="TASK", help="what to tune: one that 'dltui tasks' lists, or path/to/task.py"
    )
    parser.add_argument(
        "--resume", nargs="?", const="", metavar="GUIDE", help="go on with this guide (default: the newest unfinished)"
    )
    parser.add_argument("--headless", action="store_true", help="print plain lines instead of the interface")
    parser.add_argument("--json", action="store_true", help="print one JSON document at the end, and nothing else")
    add_guide_options(parser)
    parser.add_argument("--keep-going", action="store_true", help="go on with the next step whatever fault one finds")
    parser.add_argument("--name", help="the guide's name (default: the task, 'guide', the time and four random digits)")
    parser.add_argument("--new", action="store_true", help="begin another one, also if one like it is unfinished")
    given = given_in(parser, words)
    given.task = given.task and absolute_task(given.task)
    options = _new(given)
    return lambda: guide(given, options)


def guide(given: argparse.Namespace, options: Options | None) -> int:
    """Begin a guide or go on with one, and return the exit code. ``options``: of a new one.

    Raises :class:`UsageError` and its like for whatever makes no sense, before anything is made.
    """
    root = runs_folder(given.runs)
    if not (given.headless or given.json):
        _check(root, given, options)  # what is wrong with the words comes before what is wrong with the terminal
        require_terminal(OTHERWISE)
    folder = _found(root, given) if options is None else _like(root, given, options)
    if given.headless or given.json:
        from dltui.cli.guide_headless import run_headless

        return run_headless(root, given.task, options, folder, given)
    return _show(root, given, options, folder)


def _new(given: argparse.Namespace) -> Options | None:
    """The options of a new guide; None with ``--resume``, which refuses what a guide that has begun cannot take."""
    if given.resume is None:
        if given.task is None:
            raise UsageError("What to tune is missing: give a TASK, or --resume. 'dltui tasks' lists the tasks.")
        return options_in(given)
    for name in ("settings", "skip", "name", "new"):
        if getattr(given, name):
            option = "set" if name == "settings" else name
            raise UsageError(f"--{option} is for a new guide, and --resume goes on with one: leave one of them out.")
    if given.task is not None and given.resume:
        raise UsageError("Give a TASK or the name of a guide to --resume, not both.")
    return None


def _check(root: Path, given: argparse.Namespace, options: Options | None) -> None:
    from dltui.guide.engine.launch import usable
    from dltui.runs.launch import check_name

    if options is None:
        _found(root, given)
        return
    usable(given.task, options)
    if given.name is not None:
        check_name(given.name)


def _found(root: Path, given: argparse.Namespace) -> Path:
    """The guide to go on with, with what is to change in it. Raises :class:`GuideError` and :class:`UsageError`."""
    if given.resume:
        folder = find_guide(root, given.resume)
    else:
        fitting = (
            folder
            for folder, each in guides_in(root)
            if each.status is not GuideStatus.FINISHED and given.task in (None, each.task)
        )
        found = next(fitting, None)
        if found is None:
            raise GuideError(f"There is no unfinished guide in {root}; 'dltui guide TASK' begins one.")
        folder = found
    changed(read_guide(folder).options, changes_in(given))
    return folder


def _like(root: Path, given: argparse.Namespace, options: Options) -> Path | None:
    """The unfinished guide that was asked for alike, if there is one and no other is wanted."""
    if given.new or given.name is not None:
        return None
    from dltui.guide.engine.launch import usable

    folder = unfinished(root, given.task, usable(given.task, options))
    if folder is not None:
        at = read_guide(folder).at
        step = f" at step {at}" if at is not None else ""
        print(f"dltui: goes on with {folder.name}{step}; --new begins another", file=sys.stderr, flush=True)
    return folder


def ask_changes(folder: Path, given: argparse.Namespace) -> None:
    """Ask the guide for what the words change in it: its engine hears that as soon as it is at work."""
    from dltui.runs import control

    changes = changes_in(given)
    if changes:
        control.ask(folder, "edit", also={name: _plain(value) for name, value in changes.items()})


def _plain(value: object) -> Value:
    """Several numbers as one text: a command holds plain values."""
    if isinstance(value, tuple):
        return ",".join(f"{each!r}" for each in value)
    assert isinstance(value, int | float)
    return value


def _show(root: Path, given: argparse.Namespace, options: Options | None, folder: Path | None) -> int:
    from dltui.app import run_app
    from dltui.guide.engine.launch import go_on, launch_guide

    if folder is None:
        assert options is not None
        folder = launch_guide(root, given.task, options, given.name, given.keep_going)
    else:
        if options is None:
            ask_changes(folder, given)
        if not is_at_work(folder):
            go_on(folder, given.keep_going)
    return run_app(root, guide=folder)
