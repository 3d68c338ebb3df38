"""What the training tells in words. The launcher keeps it in ``stdout.log``, on the same disk as the run log."""

import contextlib
import os


def say(text: str) -> None:
    """Print ``text`` as whole lines; a full disk or a closed terminal never stops the training.

    Not ``print``: its buffer would keep what could not be written, and raise again at every later line and at exit.
    """
    with contextlib.suppress(OSError):
        os.write(1, text.encode(errors="replace") + b"\n")
