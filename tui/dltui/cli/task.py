"""``dltui task``: begin a task file of one's own, and try one out before it is trained."""

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from dltui.cli.options import given_in, make_parser, settings_in
from dltui.errors import UsageError
from dltui.saving import save, shown
from dltui.text import safe_text
from dltui_trainers.errors import suggestion
from dltui_trainers.taskfile.names import SUFFIX, absolute_task, is_task_file
from dltui_trainers.taskfile.start import KINDS, Kind, start_of

VERBS = ("new", "check")
_KINDS: dict[Kind, str] = {
    "numbers": "numbers from numbers",
    "images": "images in folders",
    "tabular": "a table in a CSV file",
    "text": "texts with a label each",
}
_DESCRIPTION = """\
Your own data, network and loss in a file.

  new FILE            write one that trains as it is, with the places to change
                      marked by comments
  check FILE[:CLASS]  load its data, build its network and train three steps, of
                      which nothing is kept; tell what came of it, or what is
                      wrong, with the line"""
_EPILOG = """\
exit codes: 0 done; 1 something in the file went wrong while it ran; 2 it could
not be begun

  dltui task new flowers.py --kind images
  dltui task check flowers.py --set width=512
  dltui train flowers.py
"""


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui task", _DESCRIPTION, _EPILOG)
    parser.add_argument("verb", metavar="VERB", help=" or ".join(VERBS))
    parser.add_argument("file", metavar="FILE", help="a Python file, path/to/task.py")
    parser.add_argument("--kind", choices=KINDS, help=f"with new: the kind of its data (default: {KINDS[0]})")
    parser.add_argument("--force", action="store_true", help="with new: replace a file that is there")
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        dest="settings",
        help="with check: a hyperparameter, repeatable",
    )
    given = given_in(parser, words)
    match given.verb:
        case "new" if given.settings:
            raise UsageError("--set goes with 'dltui task check'; in a new file the defaults stand in hparams.")
        case "new":
            return lambda: new(given.file, given.kind or KINDS[0], force=given.force)
        case "check" if given.kind or given.force:
            raise UsageError("--kind and --force go with 'dltui task new'; a check changes no file.")
        case "check":
            settings = settings_in(given.settings)
            return lambda: check(given.file, settings)
    hint = suggestion(given.verb, list(VERBS))
    raise UsageError(f"There is no 'dltui task {safe_text(given.verb)}': it is new or check.{hint}")


def new(name: str, kind: Kind, *, force: bool = False) -> int:
    """Write the task file and say what comes next; return the exit code. Raises what :func:`save` raises."""
    path = Path(os.path.expanduser(name))
    if path.suffix != SUFFIX:
        raise UsageError(f"{shown(path)} is no name of a Python file: let it end in {SUFFIX}.")
    save(path, [start_of(kind).encode()], force=force)
    file = _typed(name)
    print(f"{safe_text(name)}: {_KINDS[kind]}; 'Change:' marks what to make yours. Next:")
    print(f"  dltui train {file}    # as it is, in seconds; 'task check' tries out three steps")
    print(f"  dltui tasks {file}    # its hyperparameters")
    return 0


def check(name: str, settings: dict[str, str]) -> int:
    """Try the task out and tell what came of it; return the exit code. Raises :class:`TrainerError`."""
    from dltui.cli.task_text import lines
    from dltui.runs.checked_task import check_task

    if not is_task_file(name):
        raise UsageError(f"{safe_text(name)!r} is no task file: it ends in {SUFFIX}, or in {SUFFIX}:CLASS.")
    task = absolute_task(name)
    checked = check_task(task, settings, tell=_show)
    for warning in checked.warnings:
        print(f"dltui: note: {safe_text(warning)}", file=sys.stderr)
    if checked.manifest is not None:
        print("\n".join(lines(task, checked.manifest, checked)))
    if checked.error:
        print(f"dltui: {safe_text(checked.error)}", file=sys.stderr)
    else:
        words = " ".join(f"--set {_typed(f'{each}={value}')}" for each, value in settings.items())
        print(f"\nnothing is wrong; this trains it:\n  dltui train {_typed(name)} {words}".rstrip())
    return checked.code


def _show(line: str) -> None:
    """Show what the task prints as it comes, apart from what is told of it."""
    print(safe_text(line), file=sys.stderr, flush=True)


def _typed(word: str) -> str:
    """The word as it can be typed again."""
    return safe_text(shlex.quote(word))
