"""``dltui watch``: follow trainings that something else runs, by the logs that they write."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from dltui.alerts.wanted import Alerts
from dltui.catalog.places import Places, is_glob
from dltui.cli.alerts import add_alert_options, alerts_in
from dltui.cli.options import add_log_options, given_in, log_options, make_parser, seconds
from dltui.errors import RunNotFoundError, UsageError
from dltui.guide.folder import is_guide
from dltui.log_options import AS_IT_IS, LogOptions
from dltui.paths import runs_folder
from dltui.runs.find import find_run
from dltui.terminal import require_terminal
from dltui.text import safe_text

_DESCRIPTION = "Follow trainings by the logs that they write; what is new is read, whoever writes it."
_EPILOG = """\
  dltui watch runs/detect/train/results.csv       one log: its charts and its diagnosis
  dltui watch lightning_logs                      every log beneath a folder, and those that come
  dltui watch 'out/*/trainer_state.json'          what matches, now and later
  dltui watch --pid 4711                          the logs of a training that runs already
  dltui watch logs --notify 'notify-send dltui "$DLTUI_TEXT"'
"""
LINES_EVERY_S = 10.0
_LOOK_FOR_S = 2.0
_LONGEST_NAME = 200


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui watch", _DESCRIPTION, _EPILOG)
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a log, a folder of logs, a run, or a glob in quotes")
    parser.add_argument(
        "--pid",
        type=int,
        action="append",
        default=[],
        dest="processes",
        metavar="N",
        help="a training that runs already: its open files and its folder tell the logs",
    )
    parser.add_argument(
        "--headless", "--lines", action="store_true", dest="headless", help="print lines instead of the interface"
    )
    parser.add_argument(
        "--every",
        type=seconds,
        default=LINES_EVERY_S,
        metavar="S",
        help=f"seconds between the lines that tell the progress (default: {LINES_EVERY_S:g})",
    )
    parser.add_argument("--until-end", action="store_true", help="with lines: end when every training has ended")
    add_alert_options(parser)
    add_log_options(parser)
    given = given_in(parser, words)
    if not (given.paths or given.processes):
        raise UsageError(
            "What to watch is missing: give a PATH (a log, a folder, a glob in quotes), or a process by --pid N."
        )
    options, alerts = log_options(given), alerts_in(given)

    def call() -> int:
        places = places_of(runs_folder(given.runs), given.paths)
        places = _with_processes(replace(places, told=options != AS_IT_IS), given.processes)
        if given.headless or not (sys.stdin.isatty() and sys.stdout.isatty()):
            from dltui.cli.watch_lines import print_lines

            return print_lines(places, options, alerts, given.every, given.until_end)
        return _watch(runs_folder(given.runs), places, options, alerts)

    return call


def places_of(root: Path, words: Iterable[str]) -> Places:
    """Return where to look, for what a person named. Raises :class:`RunNotFoundError` for what is not there."""
    beneath, logs, globs = [], [], []
    for word in words:
        path = Path(word).expanduser()
        is_there = _is_there(path)
        if is_there and path.is_dir() and not _is_log(path):
            beneath.append(path)
        elif is_there or _is_log(path):  # a run in a database is no file
            logs.append(path)
        elif is_glob(word):
            globs.append(str(path))
        else:
            logs.append(_run(root, word))
    return Places(beneath=tuple(beneath), logs=tuple(logs), globs=tuple(globs))


def _with_processes(places: Places, pids: Sequence[int]) -> Places:
    """Return the places with those of the logs that the processes write."""
    from dltui.processes.logs import places_of
    from dltui.processes.process import read_process

    for pid in pids:
        of_it = places_of(read_process(pid))
        beneath = tuple(dict.fromkeys((*places.beneath, *of_it.beneath)))
        places = replace(places, logs=tuple(dict.fromkeys((*places.logs, *of_it.logs))), beneath=beneath)
    return places


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that no file can have, or in a folder that may not be entered
        return False


def only_log(places: Places) -> Path | None:
    """Return the log if there is one alone at present."""
    from dltui.catalog.discover import Discovery, Limits
    from dltui.catalog.named import named_in

    found = {log.path.absolute(): log.path for log in islice(named_in(places), 2)}
    for folder in places.beneath:
        search = Discovery(folder, Limits(logs=2, seconds=_LOOK_FOR_S))
        found.update((log.path.absolute(), log.path) for log in search.walk())
    return next(iter(found.values())) if len(found) == 1 else None


def _watch(root: Path, places: Places, options: LogOptions, alerts: Alerts) -> int:
    require_terminal("'dltui watch --headless' works without one")
    from dltui.app import run_app

    opened = only_log(places)
    guide = opened if opened is not None and is_guide(opened) else None
    shown = None if guide is not None else opened
    return run_app(root, opened=shown, options=options, places=places, alerts=alerts, guide=guide)


def _is_log(path: Path) -> bool:
    from dltui.formats.recognise.training_log import is_training_log

    return is_training_log(path) is not None


def _run(root: Path, word: str) -> Path:
    try:
        return find_run(root, word)
    except RunNotFoundError:
        if os.path.islink(word):
            raise RunNotFoundError(f"'{safe_text(word)}' is a link to what is not there: has the log moved?") from None
        raise RunNotFoundError(
            f"There is no file or folder '{safe_text(word[:_LONGEST_NAME])}', and no run of that name in {root}. For"
            " files that come later name their folder, or a glob in quotes: 'logs/*.csv'."
        ) from None
