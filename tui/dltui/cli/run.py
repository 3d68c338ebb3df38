"""``dltui run -- COMMAND``: run any training command as it is, and follow it by what it prints and writes."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dltui.alerts.wanted import Alerts
from dltui.cli.alerts import add_alert_options, alerts_in, told_of
from dltui.cli.interruptions import Interruptions
from dltui.cli.mirrors import add_mirror_option, mirror, mirrors_in
from dltui.cli.options import add_log_options, given_in, log_options, make_parser
from dltui.errors import UsageError
from dltui.log_options import LogOptions
from dltui.mirror.wanted import Wanted
from dltui.paths import runs_folder
from dltui.terminal import require_terminal

if TYPE_CHECKING:
    from dltui.runs.launch import Launched

_DESCRIPTION = """\
Run a command as it is, in a process of its own that outlives the terminal, and follow it: by the losses that it prints,
and by the logs of any known format that it writes beneath the current folder. The words after '--' are the command; no
shell reads them."""
_EPILOG = """\
exit codes: with lines that of the command, 128 and N for one that signal N ended; else 0, or 2 for what cannot be run

  dltui run -- python train.py --lr 0.1          follow it in the interface; q leaves, 'dltui RUN' comes back
  dltui run --headless -- torchrun train.py      its output here as it comes, its exit code, one line at the end
  dltui run --detach --name big -- ./train.sh    start it and return
  dltui run --watch /scratch/logs -- make train  its logs are elsewhere
"""
_SEPARATOR = "--"


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui run", _DESCRIPTION, _EPILOG)
    parser.usage = "dltui run [--name N] [--runs DIR] [--headless | --detach] [--watch PATH] -- COMMAND ..."
    parser.add_argument("--name", help="the run's name (default: the script, the time and four random digits)")
    parser.add_argument(
        "--watch",
        metavar="PATH",
        action="append",
        default=[],
        help="a log, a folder of logs, or a glob in quotes that the command writes to, beside the current folder;"
        " repeatable",
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--headless", action="store_true", help="print what the command prints instead of the interface")
    how.add_argument("--detach", action="store_true", help="start it, print its folder, and return")
    add_alert_options(parser)
    add_mirror_option(parser)
    add_log_options(parser)
    ours, command = _parted(words)
    given = given_in(parser, ours)
    if not command:
        raise UsageError("What to run is missing: write it after '--', as in 'dltui run -- python train.py'.")
    options, mirrors = log_options(given), mirrors_in(given)

    def call() -> int:
        return run(
            command,
            name=given.name,
            runs=given.runs,
            watch=given.watch,
            headless=given.headless,
            detach=given.detach,
            options=options,
            mirrors=mirrors,
            alerts=alerts_in(given, since_s=time.time() - 2.0),  # its manifest tells whole seconds
        )

    return call


def run(
    command: Sequence[str],
    *,
    name: str | None,
    runs: str | None,
    watch: Sequence[str],
    headless: bool,
    detach: bool,
    options: LogOptions,
    mirrors: Sequence[Wanted],
    alerts: Alerts,
) -> int:
    """Start the command and return the exit code. Raises what
    :func:`dltui.wrapped.launch.launch_command` raises, and :class:`TerminalError` for a terminal that is too small.
    """
    from dltui.wrapped.launch import launch_command

    root = runs_folder(runs)
    shown = not (headless or detach) and sys.stdin.isatty() and sys.stdout.isatty()
    if shown:
        require_terminal("add --headless for its output alone, or --detach to start it and return")

    def launch() -> "Launched":
        launched = launch_command(root, command, name=name, env=terminal_size(), watch=watch, options=options)
        mirror(launched.folder, mirrors)
        return launched

    if detach:
        print(launch().folder)
        return 0
    if not shown:
        return _pass_through(launch, alerts)
    from dltui.app import run_app

    return run_app(root, launched=launch(), alerts=alerts)


def _pass_through(launch: "Callable[[], Launched]", alerts: Alerts) -> int:
    """Ctrl-C is handed to the command: the first as it is, further ones end it."""
    with Interruptions() as interruptions:
        launched = launch()
        interruptions.hand_to(launched.process.pid)
        from dltui.cli.passed_through import pass_through

        with told_of(launched.folder, alerts):
            return pass_through(launched)


def terminal_size() -> dict[str, str]:
    """Return what tells a command how wide the person's terminal is; nothing without one."""
    for stream in (sys.stdout, sys.stderr, sys.stdin):
        try:
            size = os.get_terminal_size(stream.fileno())
        except (OSError, ValueError, AttributeError):
            continue
        if size.columns and size.lines:
            return {"COLUMNS": str(size.columns), "LINES": str(size.lines)}
    return {}


def _parted(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words for us, and those of the command."""
    if _SEPARATOR not in words:
        return list(words), []
    place = list(words).index(_SEPARATOR)
    return list(words[:place]), list(words[place + 1 :])
