"""What ``dltui search`` and ``dltui tune`` have in common: a study is begun or gone on with, on its screen or not."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dltui.cli.options import Parser
from dltui.cli.search_options import add_study_options, limits_in, refuse_beside_resume
from dltui.errors import SearchError, UsageError
from dltui.paths import runs_folder
from dltui.search.study.folder import find_study, is_at_work, read_study, studies_in
from dltui.search.study.options import SearchOptions, TuneOptions
from dltui.search.study.records import Begun
from dltui.search.study.study import Study
from dltui.terminal import require_terminal

OTHERWISE = "add --headless for plain lines, or --json for a document at the end"

Options = SearchOptions | TuneOptions


class Lines(Protocol):
    """Prints how a study stands."""

    def take(self, study: Study) -> None:
        """Print what is new."""

    def conclude(self, study: Study) -> None:
        """Print what it came to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyCommand:
    """One of the two commands. ``verb``: its word; ``noun``: what it makes; ``units``: what that is made of.

    ``only_new``: the words that only a new study takes, beside ``--set``. ``other``: the other command.
    ``options_in``: the options that the words ask for; ``lines`` and ``document`` tell of a study without a screen.
    """

    verb: str
    noun: str
    units: str
    other: tuple[str, str]
    only_new: Sequence[str]
    options_in: Callable[[argparse.Namespace], Options]
    lines: Callable[[Path], Lines]
    document: Callable[[Study, Path], object]

    def is_mine(self, begun: Begun) -> bool:
        """Whether this command begins such studies."""
        return (begun.tuning is None) == (self.verb == "search")


def add_common(parser: Parser, command: StudyCommand) -> None:
    """Add the words that both commands have, but for their task."""
    add_study_options(parser)
    noun = command.noun
    parser.add_argument(
        "--name", help=f"the {noun}'s name (default: the task, '{command.verb}', the time, four digits)"
    )
    parser.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar=noun.upper(),
        help="go on with this one (default: the newest unfinished)",
    )
    parser.add_argument("--new", action="store_true", help="begin another one, also if one like it is unfinished")
    parser.add_argument("--headless", action="store_true", help="print plain lines instead of the interface")
    parser.add_argument("--json", action="store_true", help="print one JSON document at the end, and nothing else")


def refuse(given: argparse.Namespace, command: StudyCommand) -> None:
    """Raise :class:`UsageError` for words that do not go together."""
    if given.resume is None:
        if given.task is None:
            raise UsageError(
                f"What to {command.verb} is missing: give a TASK, or --resume. 'dltui tasks' lists the tasks."
            )
        return
    options = {"settings": "--set", **{name: f"--{name.replace('_', '-')}" for name in command.only_new}}
    refuse_beside_resume(given, options)
    if given.task is not None and given.resume:
        raise UsageError(f"Give a TASK or the name of a {command.noun} to --resume, not both.")
    limits_in(given)


def run_study(given: argparse.Namespace, command: StudyCommand) -> int:
    """Begin a study or go on with one, and return the exit code.

    Raises :class:`UsageError` and its like for whatever makes no sense, before anything is made.
    """
    root = runs_folder(given.runs)
    options = _new(given, command)
    if not (given.headless or given.json):
        _check(root, given, options, command)  # what is wrong with the words comes before what is with the terminal
        require_terminal(OTHERWISE)
    folder = _found(root, given, command) if options is None else _like(root, given, options, command)
    if not (given.headless or given.json):
        return _show(root, given, options, folder)
    from dltui.cli.study_headless import exit_code, work_or_follow

    is_new = folder is None
    folder = _taken(root, given, options, folder)
    lines = command.lines(folder)
    study = work_or_follow(folder, (lambda study: None) if given.json else lines.take, is_new=is_new)
    if given.json:
        from dltui.cli.document import print_json

        print_json(command.document(study, folder))
    else:
        lines.conclude(study)
    return exit_code(study)


def _new(given: argparse.Namespace, command: StudyCommand) -> Options | None:
    """The options of a new study; None with ``--resume``."""
    if given.resume is not None:
        return None
    from dltui.search.supervisor.launch import usable

    return usable(given.task, command.options_in(given))


def _check(root: Path, given: argparse.Namespace, options: Options | None, command: StudyCommand) -> None:
    from dltui.runs.launch import check_name
    from dltui.search.supervisor.launch import check_engine

    if options is None:
        _found(root, given, command)
        return
    if given.name is not None:
        check_name(given.name)
    check_engine(root, options)


def _found(root: Path, given: argparse.Namespace, command: StudyCommand) -> Path:
    """The study to go on with. Raises :class:`SearchError` where there is none."""
    if given.resume:
        folder = find_study(root, given.resume)
        begun = read_study(folder).begun
        if begun is not None and not command.is_mine(begun):
            verb, noun = command.other
            raise SearchError(f"{folder.name} is a {noun}: 'dltui {verb} --resume {folder}' goes on with it.")
        return folder
    for folder, study in studies_in(root):
        begun, supervised = study.begun, study.supervised
        ended = supervised is not None and supervised.status == "finished" and not limits_in(given)
        if begun is not None and command.is_mine(begun) and not ended and given.task in (None, begun.task):
            return folder
    raise SearchError(f"There is no unfinished {command.noun} in {root}; 'dltui {command.verb} TASK' begins one.")


def _like(root: Path, given: argparse.Namespace, options: Options, command: StudyCommand) -> Path | None:
    """The unfinished study that was asked for alike, if there is one and no other is wanted."""
    if given.new or given.name is not None:
        return None
    from dltui.search.supervisor.launch import unfinished

    found = unfinished(root, given.task, options)
    if found is None:
        return None
    folder, study = found
    done = sum(each.state.has_ended for each in study.trials)
    told = f"dltui: goes on with {folder.name} after {done} {command.units}; --new begins another"
    print(told, file=sys.stderr, flush=True)
    return folder


def _taken(root: Path, given: argparse.Namespace, options: Options | None, folder: Path | None) -> Path:
    """The folder of the study, made now if it is a new one, with what is asked of one that is gone on with."""
    if folder is None:
        from dltui.search.supervisor.launch import begin

        assert options is not None
        return begin(root, given.task, options, given.name)
    if options is None:
        _ask_limits(folder, given)
    return folder


def _ask_limits(folder: Path, given: argparse.Namespace) -> None:
    """Ask the study for the limits that the words name: its supervisor hears that as soon as it is at work."""
    from dltui.runs import control

    limits = limits_in(given)
    if limits:
        budget = {"budget_s": limits["budget_s"]} if "budget_s" in limits else {}
        control.ask(folder, "raise", value=limits.get("trials"), also=budget)


def _show(root: Path, given: argparse.Namespace, options: Options | None, folder: Path | None) -> int:
    from dltui.app import run_app
    from dltui.search.supervisor.launch import go_on

    folder = _taken(root, given, options, folder)
    if not is_at_work(folder):
        go_on(folder)
    return run_app(root, study=folder)
