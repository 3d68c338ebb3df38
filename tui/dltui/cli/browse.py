"""``dltui`` and ``dltui RUN``: the interface on all runs, or on one."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from dltui.alerts.wanted import SILENT, Alerts
from dltui.catalog.places import Places
from dltui.cli.alerts import add_alert_options, alerts_in
from dltui.cli.options import add_log_options, given_in, log_options, make_parser
from dltui.cli.watch import only_log, places_of
from dltui.cli.words import COMMANDS, unknown_word
from dltui.errors import GuideError, RunNotFoundError, SearchError
from dltui.guide.folder import find_guide, is_guide
from dltui.log_options import AS_IT_IS, LogOptions
from dltui.paths import runs_folder
from dltui.runs.find import find_run
from dltui.search.study.folder import find_study, is_study
from dltui.terminal import require_terminal
from dltui_trainers import __version__

_DESCRIPTION = "Train, watch and tune neural networks from the terminal."
_EPILOG = """\
Without a command, dltui lists your runs and every training log beneath the current folder; with the name of a run,
a log or a folder, it shows that.

  dltui train digits                          start a training and watch it
  dltui train digits --set lr=0.01 --detach   start it and leave it running
  dltui digits-20260101-120000-ab12           watch it again
  dltui run -- python train.py                run a script of your own as it is, and follow it
  dltui task new mine.py                      begin a task of your own: your data, network and loss
  dltui guide digits                          find good hyperparameters in six steps
  dltui search digits                         search them: a grid, random, or Bayesian; here, on Slurm, or on Ray
  dltui tune digits                           train, diagnose, apply the first advice, and again
  dltui control RUN set lr=0.003              change a running training; pause, resume, undo, stop
  dltui watch lightning_logs                  follow the logs that another program writes
  dltui diagnose results.csv                  what is wrong with a training, and what to change
  dltui model RUN                             every parameter of its model, and its health
  dltui report results.csv -o report.html     the same with charts, as a file to keep or to send
  dltui replay samples/overfitting            a training again, and when each finding came and went
  dltui compare RUN RUN                       two or more runs laid over each other
  dltui mirror RUN tensorboard                the same run in another dashboard
  dltui doctor                                what this machine offers, and who is on its GPUs
"""


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui", _DESCRIPTION, _EPILOG)
    parser.add_argument("--version", action="version", version=f"dltui {__version__}")
    commands = ", ".join(COMMANDS)
    parser.add_argument("run", nargs="*", metavar="COMMAND | RUN", help=f"{commands}, or a run's name, a log, a folder")
    add_alert_options(parser)
    add_log_options(parser)
    given = given_in(parser, words)
    options, alerts = log_options(given), alerts_in(given)
    if len(given.run) > 1:
        known = f"the commands are {', '.join(COMMANDS[:-1])} and {COMMANDS[-1]}, and one run can be opened at a time"
        raise unknown_word(given.run[0], f"There is no command '{given.run[0]}': {known}.")

    def call() -> int:
        return browse(given.run[0] if given.run else None, given.runs, options, alerts)

    return call


def browse(name: str | None, runs: str | None, options: LogOptions = AS_IT_IS, alerts: Alerts = SILENT) -> int:
    """Open the runs screen, or the run or log called ``name``; return the exit code.

    Raises :class:`UsageError` if there is no such run, :class:`LogFormatError` if it is no log, and
    :class:`TerminalError` without a terminal.
    """
    root = runs_folder(runs)
    # --runs names a place: what lies elsewhere was not asked for
    places = Places(runs=root, beneath=(root if runs else Path(),))
    opened = guide = study = None
    if name:
        guide, study = _guide(root, name), _study(root, name)
        if guide is None and study is None:
            opened, places = _find(root, name, places)
            if opened is not None and is_guide(opened):
                opened, guide = None, opened
            elif opened is not None and is_study(opened):
                opened, study = None, opened
    require_terminal("'dltui train TASK --headless' and 'dltui watch PATH --headless' work without one")
    from dltui.app import run_app

    return run_app(root, opened=opened, options=options, places=places, alerts=alerts, guide=guide, study=study)


def _guide(root: Path, name: str) -> Path | None:
    """The folder of the guide that is called so, None if there is none."""
    try:
        return find_guide(root, name)
    except (GuideError, OSError):
        return None


def _study(root: Path, name: str) -> Path | None:
    """The folder of the search, or the tuning, that is called so, None if there is none."""
    try:
        return find_study(root, name)
    except (SearchError, OSError):
        return None


def _find(root: Path, name: str, places: Places) -> tuple[Path | None, Places]:
    """What to open, if it is one, and what to list."""
    try:
        return find_run(root, name), places
    except RunNotFoundError as error:
        from dltui.formats.reading.sqlite_file import file_of

        path = Path(name).expanduser()
        if not os.path.lexists(file_of(path)):
            raise unknown_word(name, str(error)) from error
    named = places_of(root, [name])
    return _log_at(path, named), named


def _log_at(path: Path, named: Places) -> Path | None:
    """The log at that path; None for a folder of several. Raises LogFormatError if there is none."""
    from dltui.formats import open_log
    from dltui.formats.recognise.training_log import is_training_log

    found = only_log(named)
    if found is not None and (is_guide(found) or is_study(found)):
        return found
    if found is None and _holds_logs(named):
        return None
    if found is None or is_training_log(found) is None:  # it was named: what it is not is told by who reads it
        open_log(path)
    return found or path


def _holds_logs(named: Places) -> bool:
    from dltui.catalog.discover import Discovery, Limits

    return any(True for folder in named.beneath for _ in Discovery(folder, Limits(logs=1)).walk())
