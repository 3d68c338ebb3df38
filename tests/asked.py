"""A training that answers commands, without a training: a thread with the lock of a run's log, which writes to it."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from runlogs import Lock, append

from dltui_trainers.runlog import CONTROL, AnyRecord, Command, EventRecord, command_decoder

Answer = Callable[[Command], Sequence[AnyRecord | bytes]]


def commands(folder: Path) -> list[Command]:
    """Return what was asked of the run in ``folder``, the lines that are no command left out."""
    path = folder / CONTROL
    found = []
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            found.append(command_decoder.decode(line))
        except ValueError:
            continue
    return found


def done(command: Command, step: int = 100, **changes: object) -> EventRecord:
    """Return the answer that ``command`` was carried out."""
    names = {"pause": "paused", "resume": "resumed"}
    given: dict[str, object] = {
        "step": step,
        "time": time.time(),
        "name": names.get(command.command, command.command),
        "hparam": command.hparam or "",
        "to": command.value,
        "by": command.by,
        "reason": command.reason,
        "id": command.id,
    }
    return EventRecord(**{**given, **changes})  # type: ignore[arg-type]


def refused(command: Command, reason: str, **changes: object) -> EventRecord:
    """Return the answer that it was not."""
    return done(command, done=False, reason=reason, **{"to": None, **changes})


@contextmanager
def answering(folder: Path, answer: Answer) -> Iterator[None]:
    """Answer each command that comes meanwhile, piece by piece, as the training that writes the log of ``folder``."""
    over = threading.Event()
    known = len(commands(folder))

    def work() -> None:
        seen = known
        while not over.is_set():
            for command in commands(folder)[seen:]:
                seen += 1
                for piece in answer(command):
                    append(folder, piece)
            over.wait(0.005)

    with Lock(folder):
        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
