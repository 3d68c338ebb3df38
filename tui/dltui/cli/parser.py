"""Which words there are, and which call they make. Only the module of the command that is asked for is imported."""

from collections.abc import Callable, Sequence
from importlib import import_module

from dltui.cli.options import VALUED
from dltui.cli.words import COMMANDS


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that ``words`` ask for. Raises :class:`UsageError`; ``--help`` exits by itself.

    The module of each command has a function ``parse``, which takes the words after the command.
    """
    first = _first_word(words)
    rest = list(words)
    if first in COMMANDS:
        rest.remove(first)
    call: Callable[[], int] = import_module(f"dltui.cli.{first if first in COMMANDS else 'browse'}").parse(rest)
    return call


def _first_word(words: Sequence[str]) -> str:
    """The first word that is neither an option nor the value of one, empty if there is none."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in VALUED:
            skip = True
        elif not word.startswith("-"):
            return word
    return ""
