"""The folder of a longer work, a guide or a search, with the folders of its runs in it: made whole, and held by one
process at a time."""

import fcntl
import os
import secrets
import shutil
import time
from datetime import datetime
from pathlib import Path

from dltui.errors import RunsFolderError, UsageError
from dltui.runs.find import short_name
from dltui.runs.launch import check_name, existing_parent
from dltui_trainers.taskfile.names import folder_stem

FREE_BYTES = 16 << 20
"""Less room than this on the disk and no work is begun: its trials keep checkpoints."""
LOCK_TRIES, LOCK_PAUSE_S = 20, 0.01


def make_work_folder(root: Path, task: str, kind: str, name: str | None = None) -> Path:
    """Make the folder of a new work on ``task`` and return it; without a ``name`` it is called after ``kind``.

    Raises :class:`UsageError` for the name, and :class:`RunsFolderError`.
    """
    if name is not None:
        check_name(name)
    name = name or f"{folder_stem(task)}-{kind}-{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    try:
        if shutil.disk_usage(existing_parent(root)).free < FREE_BYTES:
            raise RunsFolderError(f"The disk of {root} is full; free some space or choose another place with --runs.")
        root.mkdir(parents=True, exist_ok=True)
        (root / name).mkdir(mode=0o700)
    except FileExistsError as error:
        if (root / name).exists():
            raise UsageError(f"There is already a '{short_name(name)}' in {root}; choose another --name.") from error
        raise RunsFolderError(f"{root} is not a folder; choose another place with --runs.") from error
    except OSError as error:
        raise RunsFolderError(
            f"Cannot write to {root}: {error.strerror}. Choose another place with --runs or $DLTUI_RUNS."
        ) from error
    return root / name


def take_hold(path: Path) -> int | None:
    """Lock the file at ``path`` for this process, until the descriptor that is returned is closed, or it ends.

    None where another process has it. Raises ``OSError`` where it cannot be made.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # perhaps somebody who only asks whether it is held
            time.sleep(LOCK_PAUSE_S)
        except OSError:
            return lock  # a file system without locks
        else:
            return lock
    os.close(lock)
    return None
