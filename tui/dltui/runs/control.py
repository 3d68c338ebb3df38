"""Hands commands to a training: one line appended to the control file in its folder."""

import os
import time
from pathlib import Path

from dltui.errors import ControlError
from dltui_trainers.runlog import CONTROL, Command, to_line


def stop(folder: Path, by: str = "user", reason: str = "") -> int:
    """Ask the training in ``folder`` to stop after its current step; return the command's id.

    It saves its checkpoints and ends its log as ``stopped``. Raises :class:`ControlError` if that cannot be written.
    """
    # Nanoseconds keep ids distinct between any number of interfaces without asking anybody.
    command = Command(id=time.time_ns(), time=time.time(), command="stop", by=by, reason=reason)
    try:
        descriptor = os.open(folder / CONTROL, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, to_line(command))
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ControlError(f"Cannot hand the command to {folder.name}: {reason}.") from error
    return command.id
