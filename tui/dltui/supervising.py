"""A process that works on one folder until its work has ended, such as ``python -m dltui.search FOLDER``.

It is begun with the folder's lock handed on, in a session of its own, and outlives who began it. A closed terminal does
nothing to it; SIGTERM and SIGINT let it stop its trials and end, so that it can be gone on with.
"""

import argparse
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TypeAlias

from dltui.errors import DltuiError, RunsFolderError
from dltui_trainers.errors import TrainerError

DONE, FAILED, BAD_USAGE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Work:
    """``run`` works until it has ended; ``stop`` lets it end soon, and a signal may call it."""

    run: Callable[[], object]
    stop: Callable[[], None]


TakeUp: TypeAlias = Callable[[Path, int | None], Work]
"""From a folder, and its lock where that is taken already, to the work on it."""


_begun: list[subprocess.Popen[bytes]] = []
"""Those that this process has put to work: kept, so that each is waited for once it has ended."""


def put_to_work(room: str, who: str, folder: Path, lock: int, log: str) -> None:
    """Begin ``python -m room`` on the folder, which holds ``lock`` from then on beside the caller.

    ``who``: as it is called; ``log``: in the folder, takes what it prints. Raises :class:`RunsFolderError`.
    """
    # -P: a torch.py in the folder where it is started is not the one that it imports
    words = [sys.executable, "-P", "-m", room, str(folder.absolute()), "--lock-fd", str(lock)]
    try:
        with (folder / log).open("ab") as output:
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(lock,),
                start_new_session=True,  # no terminal of ours can hang it up
            )
    except OSError as error:
        raise RunsFolderError(f"No {who} can be put to work on {folder}: {error.strerror}.") from error
    _begun[:] = [each for each in (*_begun, process) if each.poll() is None]


def work_on_folder(room: str, what: str, take_up: TakeUp, words: Sequence[str] | None = None) -> int:
    """Work on the folder that ``words`` name until that has ended; return the exit code.

    It is 0 if it ended in whatever way its folder tells, 1 if it failed, 2 if it was asked for something that cannot
    be. ``room``: which is run as a module; ``what``: is in the folder.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {room}", description=f"Work on a {what}.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help=f"the {what}'s folder")
    parser.add_argument("--lock-fd", type=int, metavar="N", help="its lock, open and taken")
    given = parser.parse_args(words)
    try:
        work = take_up(given.folder, given.lock_fd)
    except (DltuiError, TrainerError) as error:
        print(error, file=sys.stderr, flush=True)
        return BAD_USAGE
    _listen_to_signals(work)
    try:
        work.run()
    except (DltuiError, TrainerError) as error:  # of anything else the traceback is wanted
        print(error, file=sys.stderr, flush=True)
        return FAILED
    return DONE


def _listen_to_signals(work: Work) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        work.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
