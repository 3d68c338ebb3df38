"""A number of a script, whatever it is made of, as the log has it."""

from dltui_trainers.runlog import Number, number

FRACTIONS = frozenset({"val_accuracy", "val_precision", "val_recall", "train_accuracy"})
"""What our charts and rules read as 0 to 1."""


class NotANumberError(Exception):
    """The value is none that could be drawn. Its text says what it is instead."""


def as_number(value: object) -> Number:
    """Return ``value`` as it is written; of a tensor on a GPU it waits for it. Raises :class:`NotANumberError`."""
    if isinstance(value, str | bytes):
        raise NotANumberError(f"is a text ({value[:40]!r})")
    detach = getattr(value, "detach", None)  # torch warns of a tensor with a gradient that becomes a float
    try:
        return number(float(detach() if detach is not None else value))  # type: ignore[arg-type]
    except Exception as error:  # the value's own code: anything may happen there
        raise NotANumberError(f"is no single number ({type(value).__name__}: {str(error)[:80]})") from None
