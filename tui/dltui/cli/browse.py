"""``dltui`` and ``dltui RUN``: the interface on all runs, or on one."""

from collections.abc import Callable, Sequence
from pathlib import Path

from dltui.cli.options import given_in, make_parser
from dltui.cli.words import COMMANDS, unknown_word
from dltui.errors import RunNotFoundError
from dltui.paths import runs_folder
from dltui.runs.find import find_run
from dltui.terminal import require_terminal
from dltui_trainers import __version__

_DESCRIPTION = "Train, watch and tune neural networks from the terminal."
_EPILOG = """\
Without a command, dltui lists your runs; with the name of a run or its folder, it shows that run.

  dltui train digits                          start a training and watch it
  dltui train digits --set lr=0.01 --detach   start it and leave it running
  dltui digits-20260101-120000-ab12           watch it again
  dltui diagnose results.csv                  what is wrong with a training, and what to change
"""


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui", _DESCRIPTION, _EPILOG)
    parser.add_argument("--version", action="version", version=f"dltui {__version__}")
    parser.add_argument(
        "run", nargs="*", metavar="COMMAND | RUN", help="train, tasks, diagnose, or a run's name or folder"
    )
    given = given_in(parser, words)
    if len(given.run) > 1:
        known = f"the commands are {', '.join(COMMANDS[:-1])} and {COMMANDS[-1]}, and one run can be opened at a time"
        raise unknown_word(given.run[0], f"There is no command '{given.run[0]}': {known}.")

    def call() -> int:
        return browse(given.run[0] if given.run else None, given.runs)

    return call


def browse(name: str | None, runs: str | None) -> int:
    """Open the runs screen, or the run called ``name``; return the exit code.

    Raises :class:`UsageError` if there is no such run, :class:`TerminalError` without a terminal.
    """
    root = runs_folder(runs)
    folder = _find(root, name) if name else None
    require_terminal("'dltui train TASK --headless' works without one")
    from dltui.app import run_app

    return run_app(root, opened=folder)


def _find(root: Path, name: str) -> Path:
    try:
        return find_run(root, name)
    except RunNotFoundError as error:
        raise unknown_word(name, str(error)) from error
