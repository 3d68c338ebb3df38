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
  dltui diagnose results.csv                  what is wrong with a training, and what to change
"""
_DIAGNOSE = """\
Say what is wrong with a training that was logged, on which evidence, and what to change.
LOG is the name or the folder of a run, or another program's log (CSV, JSON, JSON lines, TensorBoard, text)."""
_DIAGNOSE_EPILOG = """\
exit codes: 0 done; 1 --fail-on matched; 2 a log cannot be read, or the words make no sense

  dltui diagnose samples/overfitting
  dltui diagnose results.csv --hparams hparams.json --json
  dltui diagnose runs/* --fail-on overfitting,diverged
"""
_VALUED = ("--runs", "--lang")
"""The options of every command that take a value: the word after them is no command."""


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
    if first == "diagnose":
        return _diagnose(words)
    return _browse(words)


def _first_word(words: Sequence[str]) -> str | None:
    """The first word that is neither an option nor the value of one."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in _VALUED:
            skip = True
        elif not word.startswith("-"):
            return word
    return None


def _parser(prog: str, description: str, epilog: str | None = None) -> _Parser:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = _Parser(prog=prog, description=description, epilog=epilog, formatter_class=formatter, allow_abbrev=False)
    parser.add_argument("--runs", metavar="DIR", help="where the runs are (default: $DLTUI_RUNS, else ./runs)")
    parser.add_argument(
        "--lang", metavar="LANG", help="language of findings and advice: en, zh_CN (default: the locale)"
    )
    return parser


def _given(parser: _Parser, words: Sequence[str]) -> argparse.Namespace:
    """What the words say. The language counts from here on, for whatever the command says."""
    given = parser.parse_intermixed_args(words)
    if given.lang is not None:
        from dltui.texts import choose_language

        choose_language(given.lang)
    return given


def _without(words: Sequence[str], command: str) -> list[str]:
    rest = list(words)
    rest.remove(command)
    return rest


def _train(words: Sequence[str]) -> Callable[[], int]:
    parser = _parser("dltui train", "Start a training in a process of its own and watch it.")
    parser.add_argument(
        "task", nargs="?", metavar="TASK", help="what to train; 'dltui tasks' lists them (default: that of --from RUN)"
    )
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], dest="settings", help="a hyperparameter, repeatable"
    )
    parser.add_argument(
        "--from",
        metavar="RUN[@STEP]",
        dest="origin",
        help="start anew with the settings of that run, or with a step (a number, best, last) go on from there;"
        " --set changes some",
    )
    parser.add_argument(
        "--name", help="the run's name (default: the task, the time and four random digits; from a RUN: RUN-2)"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--headless", action="store_true", help="print progress lines instead of the interface")
    how.add_argument("--detach", action="store_true", help="start it, print its folder, and return")
    given = _given(parser, _without(words, "train"))
    settings = _settings(given.settings)

    def call() -> int:
        from dltui.cli.train import train

        return train(
            task=given.task,
            settings=settings,
            origin=given.origin,
            name=given.name,
            runs=given.runs,
            headless=given.headless,
            detach=given.detach,
        )

    return call


def _tasks(words: Sequence[str]) -> Callable[[], int]:
    parser = _parser("dltui tasks", "List the tasks and their hyperparameters.")
    parser.add_argument("task", nargs="?", metavar="TASK", help="show only this task")
    given = _given(parser, _without(words, "tasks"))

    def call() -> int:
        from dltui.cli.tasks import tasks

        return tasks(given.task)

    return call


def _diagnose(words: Sequence[str]) -> Callable[[], int]:
    parser = _parser("dltui diagnose", _DIAGNOSE, _DIAGNOSE_EPILOG)
    parser.add_argument("logs", nargs="+", metavar="LOG", help="a run's name or folder, or a log file")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.add_argument("--at", type=_step, metavar="STEP", help="judge the training as it stood at that step")
    parser.add_argument(
        "--hparams",
        metavar="FILE",
        help=".json or .toml with the run's hyperparameters, for logs that do not tell them",
    )
    parser.add_argument(
        "--fail-on",
        metavar="SYMPTOM,...",
        action="append",
        default=[],
        help="exit with 1 if the verdict or a finding is among these",
    )
    given = _given(parser, _without(words, "diagnose"))

    def call() -> int:
        from dltui.cli.diagnose import diagnose

        return diagnose(
            logs=given.logs,
            runs=given.runs,
            as_json=given.json,
            at_step=given.at,
            hparams_file=given.hparams,
            fail_on=given.fail_on,
        )

    return call


def _step(text: str) -> float:
    try:
        step = float(text)
    except ValueError:
        step = float("nan")
    if not 0 <= step < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a step of a training, such as 1200")
    return step


def _browse(words: Sequence[str]) -> Callable[[], int]:
    parser = _parser("dltui", _DESCRIPTION, _EPILOG)
    parser.add_argument("--version", action="version", version=f"dltui {__version__}")
    parser.add_argument(
        "run", nargs="*", metavar="COMMAND | RUN", help="train, tasks, diagnose, or a run's name or folder"
    )
    given = _given(parser, words)
    if len(given.run) > 1:
        known = f"the commands are {', '.join(COMMANDS[:-1])} and {COMMANDS[-1]}, and one run can be opened at a time"
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
