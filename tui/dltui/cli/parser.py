"""Which words there are, and which call they make."""

import argparse
from collections.abc import Callable, Sequence
from typing import NoReturn

from dltui.cli.words import COMMANDS, unknown_word
from dltui.errors import UsageError
from dltui_trainers import __version__

_DESCRIPTION = "Train, watch and tune neural networks from the terminal."
_EPILOG = """\
Without a command, dltui lists your runs; with the name of a run or its folder, it shows that run.

  dltui train digits                          start a training and watch it
  dltui train digits --set lr=0.01 --detach   start it and leave it running
  dltui digits-20260101-120000-ab12           watch it again
"""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one sentence, raised as :class:`UsageError`."""

    def error(self, message: str) -> NoReturn:
        sentence = message[0].upper() + message[1:]
        raise UsageError(f"{sentence}. '{self.prog} --help' shows how it goes.")


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that ``words`` ask for. Raises :class:`UsageError`; ``--help`` exits by itself."""
    first = _first_word(words)
    if first == "train":
        return _train(words)
    if first == "tasks":
        return _tasks(words)
    return _browse(words)


def _first_word(words: Sequence[str]) -> str | None:
    """The first word that is neither an option nor the value of ``--runs``."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word == "--runs":
            skip = True
        elif not word.startswith("-"):
            return word
    return None


def _parser(prog: str, description: str, epilog: str | None = None) -> _Parser:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = _Parser(prog=prog, description=description, epilog=epilog, formatter_class=formatter, allow_abbrev=False)
    parser.add_argument("--runs", metavar="DIR", help="where the runs are (default: $DLTUI_RUNS, else ./runs)")
    return parser


def _without(words: Sequence[str], command: str) -> list[str]:
    rest = list(words)
    rest.remove(command)
    return rest


def _train(words: Sequence[str]) -> Callable[[], int]:
    parser = _parser("dltui train", "Start a training in a process of its own and watch it.")
    parser.add_argument("task", metavar="TASK", help="what to train; 'dltui tasks' lists them")
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], dest="settings", help="a hyperparameter, repeatable"
    )
    parser.add_argument("--name", help="the run's name (default: the task, the time and four random digits)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--headless", action="store_true", help="print progress lines instead of the interface")
    how.add_argument("--detach", action="store_true", help="start it, print its folder, and return")
    given = parser.parse_args(_without(words, "train"))
    settings = _settings(given.settings)

    def call() -> int:
        from dltui.cli.train import train

        return train(
            task=given.task,
            settings=settings,
            name=given.name,
            runs=given.runs,
            headless=given.headless,
            detach=given.detach,
        )

    return call


def _tasks(words: Sequence[str]) -> Callable[[], int]:
    parser = _parser("dltui tasks", "List the tasks and their hyperparameters.")
    parser.add_argument("task", nargs="?", metavar="TASK", help="show only this task")
    given = parser.parse_args(_without(words, "tasks"))

    def call() -> int:
        from dltui.cli.tasks import tasks

        return tasks(given.task)

    return call


def _browse(words: Sequence[str]) -> Callable[[], int]:
    parser = _parser("dltui", _DESCRIPTION, _EPILOG)
    parser.add_argument("--version", action="version", version=f"dltui {__version__}")
    parser.add_argument("run", nargs="*", metavar="COMMAND | RUN", help="train, tasks, or a run's name or folder")
    given = parser.parse_args(list(words))
    if len(given.run) > 1:
        known = f"the commands are {' and '.join(COMMANDS)}, and one run can be opened at a time"
        raise unknown_word(given.run[0], f"There is no command '{given.run[0]}': {known}.")

    def call() -> int:
        from dltui.cli.browse import browse

        return browse(given.run[0] if given.run else None, given.runs)

    return call


def _settings(pairs: Sequence[str]) -> dict[str, str]:
    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set {pair} is not NAME=VALUE; for example --set lr=0.01.")
        settings[name.strip()] = value.strip()
    return settings
