"""A supervisor that only hears: a thread with the lock of a study, which answers what is asked of it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search.scripted import open_file

from dltui.search.study.records import Supervised
from dltui.search.supervisor.commands import Inbox
from dltui_trainers.runlog import CONTROL


@contextmanager
def supervising(folder: Path, *, at_work: int = 1, deaf: bool = False, leaves: bool = False) -> Iterator[None]:
    """Answer each command that comes meanwhile; trial ``at_work`` is the only one that can be pruned.

    ``deaf``: answer nothing. ``leaves``: has finished when the first command comes, and answers nothing either.
    """
    over, is_there = threading.Event(), threading.Event()

    def work() -> None:
        file = open_file(folder)
        file.append(Supervised(time=time.time(), status="running"))
        is_there.set()
        inbox = Inbox(file, lambda number, why: number == at_work)
        while not over.is_set():
            if leaves and (folder / CONTROL).exists():
                break
            if not (deaf or leaves):
                inbox.take(at_once=True)
            over.wait(0.005)
        file.append(Supervised(time=time.time(), status="finished"))
        file.close()

    thread = threading.Thread(target=work)
    thread.start()
    is_there.wait()
    try:
        yield
    finally:
        over.set()
        thread.join()
