"""What a person may say of a run when the callback is made: it wins over what the framework knows."""

from typing import TypedDict


class About(TypedDict, total=False):
    """Words for ``start_run`` beside the name and the hyperparameters."""

    task: str
    n_train: int
    n_val: int
    classes: int
    loss: str
    expected_initial_loss: float
    seed: int
    runs: str


def missing(callback: str, package: str, error: ImportError) -> ImportError:
    """Return what to say to somebody who wants a callback, and whose framework cannot be imported."""
    return ImportError(
        f"dltui.{callback} needs {package}, which cannot be imported here ({error}): pip install {package}"
    )
