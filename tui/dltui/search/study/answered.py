"""Waits for what a supervisor answers to a command: the record of the study's file that has the command's id."""

import time
from pathlib import Path

from dltui.search.study.folder import age_of, status_of
from dltui.search.study.reader import StudyReader
from dltui.search.study.records import Answered

POLL_S = 0.05


def await_answer(folder: Path, id: int, timeout_s: float) -> Answered | None:
    """Return the answer to the command ``id``; None if none has come in time, or if nobody works on the study.

    Raises :class:`dltui.errors.SearchError` where the study can no longer be read.
    """
    reader, until = StudyReader(folder), time.monotonic() + timeout_s
    reader.read()
    while True:
        is_late = time.monotonic() >= until
        # Asked before the file is read: a supervisor found dead has written all that it ever will.
        is_alive = status_of(folder, reader.study, age_of(folder)).alive
        reader.read()
        found = next((each for each in reader.study.answers if each.id == id), None)
        if found is not None or not is_alive or is_late:
            return found
        time.sleep(POLL_S)
