"""Expected trouble, each kind with a type. The text is a sentence for a person: what, where, what to try."""


class DltuiError(Exception):
    """The base of all of them; the command line prints its text and exits with 2."""


class UsageError(DltuiError):
    """The words of the command line make no sense."""


class RunNotFoundError(DltuiError):
    """No run of that name, or the folder is not a run."""


class RunsFolderError(DltuiError):
    """The runs folder, or a run's folder in it, cannot be made or read."""


class TorchMissingError(DltuiError):
    """Trainings need PyTorch and it is not installed."""


class TerminalError(DltuiError):
    """There is no terminal, or it is too small."""


class ControlError(DltuiError):
    """A command could not be handed to a training."""


class LogFormatError(DltuiError):
    """A file or folder is no training log that can be read."""


class FilterError(DltuiError):
    """What was typed to narrow a list makes no sense."""


class OutputError(DltuiError):
    """A file that a person asked for cannot be written."""


class GuideError(DltuiError):
    """A guide cannot be begun, gone on with, or read."""


class MirrorError(DltuiError):
    """A run cannot be mirrored to another dashboard."""


class ProcessError(DltuiError):
    """The process does not exist, or may not be looked at."""


class SearchError(DltuiError):
    """A search or a tuning cannot be begun, gone on with, or read."""


class SpaceError(DltuiError):
    """A search space makes no sense."""


class EngineError(DltuiError):
    """What is to run the trials is missing, or refuses them."""
