"""The engine of a guide as a process: ``python -m dltui.guide FOLDER``. What it says goes to the guide's engine.log.

Signals and exit codes: :mod:`dltui.supervising`.
"""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from dltui.guide.engine.plan import make_engine
from dltui.guide.folder import read_guide
from dltui.supervising import Work, work_on_folder


def main(words: Sequence[str] | None = None) -> int:
    """Work on one guide until it has ended; return the exit code."""
    return work_on_folder("dltui.guide", "guide", _take_up, words)


def _take_up(folder: Path, lock: int | None) -> Work:
    engine = make_engine(folder, read_guide(folder))
    return Work(partial(engine.run, lock), engine.stop)


if __name__ == "__main__":
    sys.exit(main())
