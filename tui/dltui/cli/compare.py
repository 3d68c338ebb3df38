"""``dltui compare``: several trainings laid over each other, on the screen, as text, or for a script."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dltui.cli.document import print_json
from dltui.cli.options import add_log_options, given_in, log_options, make_parser
from dltui.errors import DltuiError, UsageError
from dltui.formats.find import find_log
from dltui.log_options import LogOptions
from dltui.paths import runs_folder
from dltui.terminal import require_terminal

if TYPE_CHECKING:
    from dltui.cli.compared import Compared, Unread
    from dltui.series.state import RunState
    from dltui.texts import Texts

DONE, UNREADABLE = 0, 2
COLUMNS, MOST_COLUMNS = 80, 120

_DESCRIPTION = """\
Lay several trainings over each other: curves, best values, verdicts, and the hyperparameters that differ.
LOG is the name or the folder of a run, or another program's log. Without a terminal it prints them as text."""
_EPILOG = """\
exit codes: 0 done; 2 a log cannot be read, or the words make no sense

  dltui compare samples/healthy samples/overfitting samples/underfitting
  dltui compare runs/digits-* --json
"""


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for. Raises :class:`UsageError`."""
    parser = make_parser("dltui compare", _DESCRIPTION, _EPILOG)
    parser.add_argument("logs", nargs="+", metavar="LOG", help="a run's name or folder, or a log file; two or more")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    add_log_options(parser)
    given = given_in(parser, words)
    if len(given.logs) < 2:
        raise UsageError(f"There is nothing to compare '{given.logs[0]}' with: name two logs or more.")
    options = log_options(given)

    def call() -> int:
        return compare(logs=given.logs, runs=given.runs, as_json=given.json, options=options)

    return call


def compare(*, logs: Sequence[str], runs: str | None, as_json: bool, options: LogOptions) -> int:
    """Show the logs beside each other and return the exit code: 2 if one of them could not be read.

    Raises :class:`UsageError` if all words name one and the same log, :class:`TerminalError` for a small terminal.
    """
    root = runs_folder(runs)
    distinct = _distinct(root, logs)
    if not as_json and sys.stdin.isatty() and sys.stdout.isatty():
        return _on_screen(root, [find_log(root, log) for log in distinct], options)
    return _print_all(root, distinct, options, as_json)


def _distinct(root: Path, logs: Sequence[str]) -> list[str]:
    """The words without those that name a log again."""
    named: dict[str, str] = {}
    for log in logs:
        try:
            named.setdefault(os.path.realpath(find_log(root, log)), log)
        except DltuiError:  # told when it is read
            named.setdefault(log, log)
    if len(named) < 2:
        raise UsageError(f"'{logs[0]}' and '{logs[1]}' are the same log: name two different ones.")
    return list(named.values())


def _on_screen(root: Path, paths: Sequence[Path], options: LogOptions) -> int:
    require_terminal("'dltui compare LOG LOG | cat' prints the comparison as text")
    from dltui.app import run_app

    return run_app(root, compared=paths, options=options)


def _print_all(root: Path, logs: Sequence[str], options: LogOptions, as_json: bool) -> int:
    # here, so that wrong words are refused without waiting for numpy
    from dltui.charts.run_colours import run_look
    from dltui.cli.compared import Compared, Unread, comparison_json
    from dltui.texts import Texts

    outcomes: list[Compared | Unread] = []
    for log in logs:
        look = run_look(len(outcomes))
        try:
            format, state = _read(root, log, options)
            outcomes.append(Compared.of(log=log, look=look, format=format, state=state, now_s=time.time()))
        except DltuiError as error:
            print(f"dltui: {error}", file=sys.stderr)
            outcomes.append(Unread(log=log, look=look, error=str(error)))
    if as_json:
        print_json(comparison_json(outcomes))
    else:
        _print_text(outcomes, Texts.load())
    return UNREADABLE if any(isinstance(outcome, Unread) for outcome in outcomes) else DONE


def _read(root: Path, log: str, options: LogOptions) -> "tuple[str, RunState]":
    from dltui.formats import open_log, state_of

    saved = open_log(find_log(root, log), options)
    return saved.format, state_of(saved)


def _print_text(outcomes: "Sequence[Compared | Unread]", texts: "Texts") -> None:
    from dltui.cli.compared_text import comparison_text
    from dltui.cli.judged_text import Paper

    terminal = sys.stdout.isatty()
    columns = min(shutil.get_terminal_size((COLUMNS, 24)).columns, MOST_COLUMNS) if terminal else COLUMNS
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    paper = Paper(columns=columns, encoding=sys.stdout.encoding or "ascii", colour=colour)
    print(comparison_text(outcomes, texts, paper), flush=True)
