"""What the commands' words have in common: the parser, the options of every command, the complaint in one sentence."""

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from dltui.errors import UsageError
from dltui.log_options import ROLES, LogOptions
from dltui_trainers.errors import suggestion

VALUED = ("--runs", "--lang", "--notify")
"""The options of every command that take a value: the word after them is no command."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one sentence, raised as :class:`UsageError`."""

    def error(self, message: str) -> NoReturn:
        sentence = message[0].upper() + message[1:]
        raise UsageError(f"{sentence}. '{self.prog} --help' shows how it goes.")


def make_parser(prog: str, description: str, epilog: str | None = None) -> Parser:
    """Return a parser that has the options of every command."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = Parser(prog=prog, description=description, epilog=epilog, formatter_class=formatter, allow_abbrev=False)
    parser.add_argument("--runs", metavar="DIR", help="where the runs are (default: $DLTUI_RUNS, else ./runs)")
    parser.add_argument(
        "--lang", metavar="LANG", help="language of findings and advice: en, zh_CN (default: the locale)"
    )
    return parser


def given_in(parser: Parser, words: Sequence[str]) -> argparse.Namespace:
    """Return what the words say. The language counts from here on, for whatever the command says."""
    given = parser.parse_intermixed_args(words)
    if given.lang is not None:
        from dltui.texts import choose_language

        choose_language(given.lang)
    return given


def a_step(text: str) -> float:
    """Return the step of a training that ``text`` names."""
    return _at_least_zero(text, "is not a step of a training, such as 1200")


def seconds(text: str) -> float:
    """Return the time span that ``text`` names."""
    return _at_least_zero(text, "is no number of seconds, such as 10")


def _at_least_zero(text: str, complaint: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' {complaint}")
    return number


def settings_in(pairs: Sequence[str]) -> dict[str, str]:
    """Return the hyperparameters that ``--set`` names. Raises :class:`UsageError`."""
    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--set {pair} is not NAME=VALUE; for example --set lr=0.01.")
        settings[name.strip()] = value.strip()
    return settings


def add_judging_options(parser: Parser) -> None:
    """Add what a person may say of how a log is to be judged."""
    parser.add_argument("--at", type=a_step, metavar="STEP", help="the training as it stood at that step")
    parser.add_argument(
        "--hparams",
        metavar="FILE",
        help=".json or .toml with the run's hyperparameters, for logs that do not tell them",
    )


def add_log_options(parser: Parser) -> None:
    """Add what a person may tell about a log that its names do not."""
    parser.add_argument(
        "--map",
        metavar="ROLE=COLUMN",
        action="append",
        default=[],
        dest="roles",
        help="use that column of the log as train_loss, val_loss, lr, step, ...; repeatable",
    )
    parser.add_argument(
        "--pattern",
        metavar="REGEX",
        default="",
        help="how a line of a text log reads, its numbers in named groups: 'it (?P<step>\\d+) L (?P<train_loss>\\S+)'",
    )


def log_options(given: argparse.Namespace) -> LogOptions:
    """Return what was told with :func:`add_log_options`. Raises :class:`UsageError` for what makes no sense."""
    return LogOptions(roles=tuple(_role(pair) for pair in given.roles), pattern=_pattern(given.pattern))


def _role(pair: str) -> tuple[str, str]:
    role, equals, column = (part.strip() for part in pair.partition("="))
    if not equals or not role or not column:
        raise UsageError(f"--map {pair} is not ROLE=COLUMN; for example --map train_loss=my_loss.")
    if role not in ROLES:
        names = f"take one of {', '.join(ROLES)}."
        raise UsageError(f"--map knows no '{role}': {suggestion(role, list(ROLES)).strip() or names}")
    return role, column


def _pattern(pattern: str) -> str:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"--pattern is no regular expression: {error}.") from None
    if pattern and not compiled.groupindex:
        raise UsageError(r"--pattern has no named group; for example 'step (?P<step>\d+) loss (?P<train_loss>\S+)'.")
    return pattern
