"""Reads what a look at the data has found."""

from pathlib import Path

import msgspec

from dltui.errors import GuideError
from dltui_trainers.looked import DataReport, Looked, LookFailed, looked_decoder


def read_report(answer: Path) -> DataReport:
    """Return the report at ``answer``. Raises :class:`GuideError` with the sentence of one that failed."""
    try:
        found: Looked = looked_decoder.decode(answer.read_bytes())
    except OSError:
        raise GuideError(
            "The data could not be looked at: the process that did it died, perhaps for lack of memory."
        ) from None
    except msgspec.DecodeError as error:
        raise GuideError(f"{answer} is no report of data: {error}.") from None
    if isinstance(found, LookFailed):
        raise GuideError(found.error)
    return found
