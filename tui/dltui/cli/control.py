"""``dltui control``: ask what is at work for something, from a shell or a script, and say what it answered.

That is a training, or the supervisor of a search or a tuning.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, TypeAlias

from dltui.cli.control_words import Request, checked_command, settings_of
from dltui.cli.document import print_json
from dltui.cli.options import given_in, make_parser, seconds
from dltui.errors import GuideError, RunNotFoundError, SearchError, UsageError
from dltui.paths import runs_folder
from dltui.runs.control import ask, await_answer
from dltui.runs.find import find_run, look_for, short_name
from dltui.runs.script_task import takes
from dltui.runs.settable import settable
from dltui.runs.told_task import task_of
from dltui.text import safe_text
from dltui_trainers.runlog import Manifest, Value

if TYPE_CHECKING:
    from dltui.cli.control_reply import Reply
    from dltui.cli.control_study_reply import StudyReply

    AnyReply: TypeAlias = Reply | StudyReply

TIMEOUT_S = 10.0

_DESCRIPTION = """\
Ask a training, a search or a tuning for something, wait for its answer, and print that.

A training; it takes effect between two steps:
  pause        do no step until resume
  resume       go on
  stop         write the last checkpoint and end
  checkpoint   write a checkpoint
  undo         go back to before the last set: weights, optimiser, schedule, data order, hyperparameters
  set NAME=VALUE ...
               change hyperparameters, all of them or none; a checkpoint is written before. lr is that of the next
               step, and the schedule goes on from it

A search or a tuning:
  pause        let all its trainings stand still until resume
  resume       go on
  stop         let its trainings write their checkpoints and end; it can be gone on with
  raise trials=N budget=TIME
               so many trials, so much time in all, from now on; one of the two or both, 0: no limit
  prune N      stop trial N for good"""
_EPILOG = """\
exit codes: 0 done; 1 refused, not answered in time, or the run is over; 2 the words make no sense: nothing was asked

  dltui control digits-20260101-120000-ab12 set lr=0.003
  dltui control runs/mine set dropout=0.3 weight_decay=1e-4 --reason 'it overfits'
  dltui control mine pause --json
  dltui control digits-search-20260101-120000-ab12 raise trials=80 budget=10m
"""


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui control", _DESCRIPTION, _EPILOG)
    parser.add_argument("run", metavar="RUN", help="the name or the folder of a run, a search, a tuning")
    parser.add_argument("command", metavar="COMMAND", help="one of those above")
    parser.add_argument("words", nargs="*", default=[], metavar="WORD", help="what to set or raise, NAME=VALUE")
    wait = parser.add_mutually_exclusive_group()
    wait.add_argument(
        "--timeout",
        type=seconds,
        default=TIMEOUT_S,
        metavar="SECONDS",
        help=f"wait so long for the answer (default: {TIMEOUT_S:g})",
    )
    wait.add_argument("--no-wait", action="store_true", help="hand it over and return; its log has the answer")
    parser.add_argument("--by", default="user", metavar="NAME", help="who asks, for its log (default: user)")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for its log")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    given = given_in(parser, words)
    request = Request(
        command=given.command,
        words=given.words,
        by=given.by,
        reason=given.reason,
        timeout_s=None if given.no_wait else given.timeout,
    )

    def call() -> int:
        return control(given.run, request, given.runs, as_json=given.json)

    return call


def control(run: str, request: Request, runs: str | None, *, as_json: bool) -> int:
    """Ask the training, the search or the tuning called ``run`` for it, print what it answers; return the exit code.

    What can be known to make no sense is refused before anything is asked: raises :class:`UsageError`,
    :class:`RunNotFoundError`, or a :class:`~dltui_trainers.errors.TrainerError`; and
    :class:`~dltui.errors.ControlError` for a folder that cannot be written to.
    """
    root = runs_folder(runs)
    reply: AnyReply
    if (study := _study(root, run)) is not None:
        from dltui.cli.control_study import reply_of

        reply = reply_of(study, request)
    else:
        reply = _reply(root, run, request)
    for sentence in reply.complaints:
        print(f"dltui: {sentence}", file=sys.stderr)
    if as_json:
        print_json(reply.json())
    else:
        for sentence in reply.told:
            print(sentence, flush=True)
    return reply.exit_code


def _reply(root: Path, called: str, request: Request) -> "Reply":
    command, settings = checked_command(request.command), settings_of(request.command, request.words)
    folder = _folder(root, called)
    # here, so that wrong words are refused without waiting for numpy
    from dltui.cli.control_reply import Reply, addressee
    from dltui.runs.answered import end_of_log

    run = addressee(folder, called)
    if run.is_foreign:
        raise _not_ours(called)
    task, present = (task_of(run.manifest), run.manifest.hparams) if run.manifest else (None, {})
    if not takes(run.manifest, command):
        raise _not_taken(run.name, run.manifest, command)
    values, notes = settable(run.called, task, present, settings)
    if not run.status.alive:
        return Reply(run=run, command=command)
    since = end_of_log(folder)
    id = _ask(folder, request, values)
    if request.timeout_s is None:
        return Reply(run=run, command=command, id=id, notes=notes)
    answers = await_answer(folder, id, request.timeout_s, since)
    return Reply(
        run=run if answers else addressee(folder, called),
        command=command,
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


def _study(root: Path, name: str) -> Path | None:
    """The folder of the search or the tuning that is called so, None if there is none, or a run is."""
    with suppress(RunNotFoundError):
        if look_for(root, name) is not None:
            return None
    from dltui.search.study.folder import find_study

    with suppress(SearchError):
        return find_study(root, name)
    return None


def _folder(root: Path, name: str) -> Path:
    try:
        return find_run(root, name)
    except RunNotFoundError:
        from dltui.guide.folder import find_guide

        with suppress(GuideError):
            raise _of_a_guide(find_guide(root, name)) from None
        if os.path.lexists(Path(name).expanduser()):
            raise _not_ours(name) from None
        raise


def _not_ours(name: str) -> RunNotFoundError:
    return RunNotFoundError(
        f"'{short_name(name)}' is no run of dltui: commands are for a training that 'dltui train' or 'dltui run'"
        " started, for a script that calls 'dltui.start_run', and for a search or a tuning."
    )


def _of_a_guide(folder: Path) -> RunNotFoundError:
    opened = f"dltui {quote(safe_text(str(folder)))}"
    return RunNotFoundError(
        f"{short_name(folder.name)} is a guide, and hears what its screen asks: '{opened}' opens that, where the space"
        " bar pauses it, k stops it and c goes on with it."
    )


def _not_taken(name: str, manifest: Manifest | None, command: str) -> UsageError:
    known = safe_text(", ".join(manifest.commands or ())) if manifest is not None else ""
    return UsageError(f"{name} is a script of its own, and takes no '{command}': it takes {known or 'no commands'}.")
