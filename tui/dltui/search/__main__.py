"""The supervisor of a study as a process: ``python -m dltui.search FOLDER``. What it says goes to supervisor.log.

A closed terminal does nothing to it; SIGTERM and SIGINT let it stop its trials and end, so that it can be gone on with.
Exit code: 0 ended in whatever way its study tells, 1 failed, 2 asked for something that cannot be.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from dltui.errors import DltuiError
from dltui.search.study.folder import read_study, take_lock
from dltui.search.supervisor.supervisor import Supervisor, make_supervisor
from dltui_trainers.errors import TrainerError

DONE, FAILED, BAD_USAGE = 0, 1, 2


def main(words: Sequence[str] | None = None) -> int:
    """Work on one study until it has ended; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m dltui.search", description="Work on a search.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the search's folder")
    parser.add_argument("--lock-fd", type=int, metavar="N", help="its lock, open and taken")
    given = parser.parse_args(words)
    try:
        read_study(given.folder)
        lock = take_lock(given.folder) if given.lock_fd is None else given.lock_fd
        supervisor = make_supervisor(given.folder, lock)
    except (DltuiError, TrainerError) as error:
        print(error, file=sys.stderr, flush=True)
        return BAD_USAGE
    _listen_to_signals(supervisor)
    try:
        supervisor.run()
    except (DltuiError, TrainerError) as error:  # of anything else the traceback is wanted
        print(error, file=sys.stderr, flush=True)
        return FAILED
    return DONE


def _listen_to_signals(supervisor: Supervisor) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        supervisor.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
