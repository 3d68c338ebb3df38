"""Follows a folder in which a process is at work, a guide's or a study's, from a thread of its own."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

POLL_S = 0.1
POLL_ENDED_S = 0.5
STATUS_EVERY_S = 0.5
"""So often it is looked whether somebody is at work, which costs a lock; what is in the folder is looked at always."""

Seen = TypeVar("Seen")
Seen_co = TypeVar("Seen_co", covariant=True)


class Watch(Protocol[Seen_co]):
    """One look after the other at such a folder; see :class:`dltui.guide.follow.GuideWatch`."""

    @property
    def path(self) -> Path: ...

    @property
    def poll_s(self) -> float:
        """How long to wait before the next look."""
        ...

    def look(self, check_status: bool = True) -> Seen_co | None: ...


class FolderFollower(Generic[Seen]):
    """A thread that looks again and again, and calls ``on_change``, in the thread, with what is otherwise."""

    def __init__(self, watch: Watch[Seen], on_change: Callable[[Seen], None]) -> None:
        self._watch = watch
        self._on_change = on_change
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"follow {watch.path.name}", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and wait for it. May be called twice."""
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        polls = 0
        while not self._wake.is_set():
            every = max(1, round(STATUS_EVERY_S / self._watch.poll_s))
            seen = self._watch.look(check_status=polls % every == 0)
            polls += 1
            if seen is not None:
                self._on_change(seen)
            self._wake.wait(self._watch.poll_s)
