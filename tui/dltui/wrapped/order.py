"""What the process that follows a command is told, as JSON; and what it answers once the command runs, or cannot."""

import msgspec

from dltui_trainers.runlog import Parent

STARTED = b"started"
"""What it answers when the command runs; anything else is why it does not."""


class Order(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Run ``words`` in the current folder and environment, and keep what comes of it in the run's ``folder``.

    ``watch``: files, folders and globs whose logs are its own too. ``roles`` and ``pattern``: how what it prints is to
    be read (:class:`dltui.log_options.LogOptions`). ``log_fd``: the run log, open and locked; ``answer_fd``: where the
    answer goes.
    """

    folder: str
    words: list[str]
    log_fd: int
    answer_fd: int
    watch: list[str] = []
    roles: list[tuple[str, str]] = []
    pattern: str = ""
    parent: Parent | None = None


order_decoder = msgspec.json.Decoder(Order)
