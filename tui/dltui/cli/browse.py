"""``dltui`` and ``dltui RUN``: the interface on all runs, or on one."""

from pathlib import Path

from dltui.cli.words import unknown_word
from dltui.errors import RunNotFoundError
from dltui.paths import runs_folder
from dltui.runs.find import find_run
from dltui.terminal import require_terminal


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
