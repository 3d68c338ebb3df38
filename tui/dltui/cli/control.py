"""``dltui control``: ask a running training for something, from a shell or a script, and say what it answered."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dltui.cli.document import print_json
from dltui.cli.options import given_in, make_parser, seconds
from dltui.errors import RunNotFoundError, UsageError
from dltui.paths import runs_folder
from dltui.runs.control import ask, await_answer
from dltui.runs.find import find_run, short_name
from dltui.runs.script_task import takes
from dltui.runs.settable import settable
from dltui.runs.told_task import task_of
from dltui.text import safe_text
from dltui_trainers.control import KINDS
from dltui_trainers.errors import suggestion
from dltui_trainers.runlog import Manifest, Value

if TYPE_CHECKING:
    from dltui.cli.control_reply import Reply

TIMEOUT_S = 10.0

_DESCRIPTION = """\
Ask a running training for something, wait for its answer, and print that. It takes effect between two steps.

  pause        do no step until resume
  resume       go on
  stop         write the last checkpoint and end
  checkpoint   write a checkpoint
  undo         go back to before the last set: weights, optimiser, schedule, data order, hyperparameters
  set NAME=VALUE ...
               change hyperparameters, all of them or none; a checkpoint is written before. lr is that of the next
               step, and the schedule goes on from it"""
_EPILOG = """\
exit codes: 0 done; 1 refused, not answered in time, or the run is over; 2 the words make no sense: nothing was asked

  dltui control digits-20260101-120000-ab12 set lr=0.003
  dltui control runs/mine set dropout=0.3 weight_decay=1e-4 --reason 'it overfits'
  dltui control mine pause --json
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for, as it was typed. ``timeout_s``: how long to wait for the answer, None for not at all."""

    command: str
    settings: Mapping[str, str]
    by: str
    reason: str
    timeout_s: float | None


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui control", _DESCRIPTION, _EPILOG)
    parser.add_argument("run", metavar="RUN", help="the name or the folder of a run")
    parser.add_argument("command", metavar="COMMAND", help=", ".join(KINDS))
    parser.add_argument("settings", nargs="*", default=[], metavar="NAME=VALUE", help="what to set")
    wait = parser.add_mutually_exclusive_group()
    wait.add_argument(
        "--timeout",
        type=seconds,
        default=TIMEOUT_S,
        metavar="SECONDS",
        help=f"wait so long for the answer (default: {TIMEOUT_S:g})",
    )
    wait.add_argument("--no-wait", action="store_true", help="hand it over and return; the run's log has the answer")
    parser.add_argument("--by", default="user", metavar="NAME", help="who asks, for the run's log (default: user)")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the run's log")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    given = given_in(parser, words)
    request = Request(
        command=_command(given.command),
        settings=_settings(given.command, given.settings),
        by=given.by,
        reason=given.reason,
        timeout_s=None if given.no_wait else given.timeout,
    )

    def call() -> int:
        return control(given.run, request, given.runs, as_json=given.json)

    return call


def control(run: str, request: Request, runs: str | None, *, as_json: bool) -> int:
    """Ask the training called ``run`` for it, print what it answers, and return the exit code.

    What can be known to make no sense is refused before anything is asked: raises :class:`UsageError`,
    :class:`RunNotFoundError`, or a :class:`~dltui_trainers.errors.TrainerError`; and
    :class:`~dltui.errors.ControlError` for a folder that cannot be written to.
    """
    reply = _reply(_folder(runs_folder(runs), run), run, request)
    for sentence in reply.complaints:
        print(f"dltui: {sentence}", file=sys.stderr)
    if as_json:
        print_json(reply.json())
    else:
        for sentence in reply.told:
            print(sentence, flush=True)
    return reply.exit_code


def _reply(folder: Path, called: str, request: Request) -> "Reply":
    # here, so that wrong words are refused without waiting for numpy
    from dltui.cli.control_reply import Reply, addressee
    from dltui.runs.answered import end_of_log

    run = addressee(folder, called)
    if run.is_foreign:
        raise _not_ours(called)
    task, present = (task_of(run.manifest), run.manifest.hparams) if run.manifest else (None, {})
    if not takes(run.manifest, request.command):
        raise _not_taken(run.name, run.manifest, request.command)
    values, notes = settable(run.called, task, present, request.settings)
    if not run.status.alive:
        return Reply(run=run, command=request.command)
    since = end_of_log(folder)
    id = _ask(folder, request, values)
    if request.timeout_s is None:
        return Reply(run=run, command=request.command, id=id, notes=notes)
    answers = await_answer(folder, id, request.timeout_s, since)
    return Reply(
        run=run if answers else addressee(folder, called),
        command=request.command,
        id=id,
        answers=answers,
        notes=notes,
        waited_s=request.timeout_s,
    )


def _ask(folder: Path, request: Request, values: Mapping[str, Value]) -> int:
    names = list(values)
    return ask(
        folder,
        request.command,
        hparam=names[0] if names else None,
        value=values[names[0]] if names else None,
        also={name: values[name] for name in names[1:]},
        by=request.by,
        reason=request.reason,
    )


def _folder(root: Path, name: str) -> Path:
    try:
        return find_run(root, name)
    except RunNotFoundError:
        if os.path.lexists(Path(name).expanduser()):
            raise _not_ours(name) from None
        raise


def _not_ours(name: str) -> RunNotFoundError:
    return RunNotFoundError(
        f"'{short_name(name)}' is no run of dltui: commands are for a training that 'dltui train' or 'dltui run'"
        " started, and for a script that calls 'dltui.start_run'."
    )


def _not_taken(name: str, manifest: Manifest | None, command: str) -> UsageError:
    known = safe_text(", ".join(manifest.commands or ())) if manifest is not None else ""
    return UsageError(f"{name} is a script of its own, and takes no '{command}': it takes {known or 'no commands'}.")


def _command(word: str) -> str:
    if word in KINDS:
        return word
    known = f"The commands are {', '.join(KINDS)}."
    hint = f" 'set {safe_text(word)}' sets a hyperparameter." if "=" in word else suggestion(word, list(KINDS))
    raise UsageError(f"A training knows no command '{short_name(word)}'.{hint} {known}")


def _settings(command: str, pairs: Sequence[str]) -> dict[str, str]:
    if command != "set" and pairs:
        raise UsageError(f"'{command}' takes nothing after it: '{short_name(pairs[0])}' is one word too many.")
    if command == "set" and not pairs:
        raise UsageError("What to set is missing; for example 'set lr=0.003'.")
    settings: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not name:
            raise UsageError(f"'{short_name(pair)}' is not NAME=VALUE; for example lr=0.003.")
        if name in settings:
            raise UsageError(f"{short_name(name)} is there twice, and one value is enough.")
        settings[name] = value
    return settings
