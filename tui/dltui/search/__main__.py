"""The supervisor of a study as a process: ``python -m dltui.search FOLDER``. What it says goes to supervisor.log.

Signals and exit codes: :mod:`dltui.supervising`.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from dltui.search.study.folder import read_study, take_lock
from dltui.search.supervisor.supervisor import make_supervisor
from dltui.supervising import Work, work_on_folder


def main(words: Sequence[str] | None = None) -> int:
    """Work on one study until it has ended; return the exit code."""
    return work_on_folder("dltui.search", "search", _take_up, words)


def _take_up(folder: Path, lock: int | None) -> Work:
    read_study(folder)
    supervisor = make_supervisor(folder, take_lock(folder) if lock is None else lock)
    return Work(supervisor.run, supervisor.stop)


if __name__ == "__main__":
    sys.exit(main())
