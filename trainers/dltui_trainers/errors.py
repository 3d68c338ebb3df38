"""What can be wrong with a training before it starts: one sentence each, for a person."""

from difflib import get_close_matches


class TrainerError(Exception):
    """Expected trouble. Its text is a sentence that says what, where, and what to try."""


class UnknownTaskError(TrainerError):
    """The task does not exist."""


class UnknownHyperparameterError(TrainerError):
    """No hyperparameter has that name."""


class InvalidHyperparameterError(TrainerError):
    """A value of the wrong type, outside what can work, or at odds with another value."""


class RunFolderError(TrainerError):
    """The run's folder or a file in it cannot be written."""


class OriginError(TrainerError):
    """The run that a training should start from, or its checkpoint, cannot be used for that."""


class JobError(TrainerError):
    """The file of a job of a search cannot be used."""


class AttemptsError(TrainerError):
    """A training was cut short so often that it is not begun again."""


class ProcessesError(TrainerError):
    """Several processes cannot train together here, or do not any more."""


class DataError(TrainerError):
    """The data that a task shall learn from cannot be found, read or used."""


class TaskFileError(TrainerError):
    """The file with a person's own task cannot be used, or something in it went wrong.

    ``traceback``: where, in the lines of the person and not in ours; empty where the sentence says it all.
    """

    def __init__(self, sentence: str, traceback: str = "") -> None:
        super().__init__(sentence)
        self.traceback = traceback


def suggestion(word: str, known: list[str]) -> str:
    """Return `` Did you mean 'x'?`` for the closest known word, else the empty string."""
    matches = get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    return f" Did you mean '{matches[0]}'?" if matches else ""
