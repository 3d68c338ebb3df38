"""The words of ``dltui control`` after the name of a run, checked before anything is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from dltui.errors import UsageError
from dltui.runs.find import short_name
from dltui.text import safe_text
from dltui_trainers.control import KINDS
from dltui_trainers.errors import suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for, as it was typed. ``timeout_s``: how long to wait for the answer, None for not at all."""

    command: str
    words: Sequence[str]
    by: str
    reason: str
    timeout_s: float | None


def checked_command(word: str) -> str:
    """Return the command. Raises :class:`UsageError` for what no training knows."""
    if word in KINDS:
        return word
    known = f"The commands are {', '.join(KINDS)}."
    hint = f" 'set {safe_text(word)}' sets a hyperparameter." if "=" in word else suggestion(word, list(KINDS))
    raise UsageError(f"A training knows no command '{short_name(word)}'.{hint} {known}")


def settings_of(command: str, words: Sequence[str]) -> dict[str, str]:
    """Return what ``set`` is to set. Raises :class:`UsageError`, also for words behind another command."""
    if command != "set":
        refuse_more(command, words)
        return {}
    if not words:
        raise UsageError("What to set is missing; for example 'set lr=0.003'.")
    return pairs_in(words, "lr=0.003")


def refuse_more(command: str, words: Sequence[str]) -> None:
    """Raise :class:`UsageError` for words behind a command that takes none."""
    if words:
        raise UsageError(f"'{command}' takes nothing after it: '{short_name(words[0])}' is one word too many.")


def pairs_in(words: Sequence[str], example: str) -> dict[str, str]:
    """Return the values by their names. Raises :class:`UsageError` for what is no NAME=VALUE."""
    pairs: dict[str, str] = {}
    for word in words:
        name, equals, value = (part.strip() for part in word.partition("="))
        if not equals or not name:
            raise UsageError(f"'{short_name(word)}' is not NAME=VALUE; for example {example}.")
        if name in pairs:
            raise UsageError(f"{short_name(name)} is there twice, and one value is enough.")
        pairs[name] = value
    return pairs
