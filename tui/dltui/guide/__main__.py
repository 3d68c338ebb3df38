"""The engine of a guide as a process: ``python -m dltui.guide FOLDER``. What it says goes to the guide's engine.log.

A closed terminal does nothing to it; SIGTERM and SIGINT let it stop its trials and end, so that it can be gone on with.
Exit code: 0 ended in whatever way its state tells, 1 failed, 2 asked for something that cannot be.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from dltui.errors import DltuiError
from dltui.guide.engine.plan import Engine, make_engine
from dltui.guide.folder import read_guide
from dltui_trainers.errors import TrainerError

DONE, FAILED, BAD_USAGE = 0, 1, 2


def main(words: Sequence[str] | None = None) -> int:
    """Work on one guide until it has ended; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m dltui.guide", description="Work on a guide.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the guide's folder")
    parser.add_argument("--lock-fd", type=int, metavar="N", help="its lock, open and taken")
    given = parser.parse_args(words)
    try:
        engine = make_engine(given.folder, read_guide(given.folder))
    except DltuiError as error:
        print(error, file=sys.stderr, flush=True)
        return BAD_USAGE
    _listen_to_signals(engine)
    try:
        engine.run(given.lock_fd)
    except (DltuiError, TrainerError) as error:  # of anything else the traceback is wanted
        print(error, file=sys.stderr, flush=True)
        return FAILED
    return DONE


def _listen_to_signals(engine: Engine) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        engine.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
