"""The commands by name, and what to say of a word that is none of them."""

from dltui.errors import UsageError
from dltui_trainers.errors import suggestion

COMMANDS = (
    "train",
    "run",
    "guide",
    "search",
    "tune",
    "tasks",
    "task",
    "diagnose",
    "model",
    "replay",
    "compare",
    "report",
    "export",
    "watch",
    "control",
    "mirror",
    "doctor",
)


def unknown_word(word: str, reason: str) -> UsageError:
    """Return the error for a first word that is neither a command nor a run, with the closest command."""
    return UsageError(f"{reason}{suggestion(word, list(COMMANDS))}")
