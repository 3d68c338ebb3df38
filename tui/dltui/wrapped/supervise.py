"""The process that runs a command and follows it: ``python -m dltui.wrapped ORDER``, in a session of its own.

The command has a session beneath it, prints straight into the run's ``stdout.log``, and goes on if this process dies.
What it prints or writes becomes the run's log; how it ends becomes the last record, and its exit status that of this
process.
"""

import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from dltui.wrapped.asked import Signals
from dltui.wrapped.before import files_beneath
from dltui.wrapped.order import STARTED, Order, order_decoder
from dltui.wrapped.tree import Tree
from dltui_trainers import __version__
from dltui_trainers.atomic import write_whole
from dltui_trainers.runlog import FORMAT, MANIFEST, STDOUT, Manifest

FAILED = 1


def main(words: Sequence[str] | None = None) -> int:
    """Run the command of the order in the words, follow it to its end, and return its exit code."""
    order = order_decoder.decode((sys.argv[1:] if words is None else words)[0].encode())
    folder = Path(order.folder)
    os.set_inheritable(order.log_fd, False)
    os.set_inheritable(order.answer_fd, False)
    _write_manifest(folder, manifest := first_manifest(order, 0))
    signals = Signals()
    before = files_beneath(Path.cwd())
    try:
        tree = _start(order, folder)
    except OSError as error:
        _answer(order, (error.strerror or str(error)).encode())
        return FAILED
    _write_manifest(folder, manifest := msgspec.structs.replace(manifest, pid=tree.pid))
    _answer(order, STARTED)
    # Only now: the command does not wait for numpy.
    from dltui.wrapped.follow import Follower

    return Follower(order, tree, signals, manifest, before).follow()


def _start(order: Order, folder: Path) -> Tree:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "DLTUI_RUN_DIR": order.folder}
    output = os.open(folder / STDOUT, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        return Tree(order.words, environment, output)
    finally:
        os.close(output)


def first_manifest(order: Order, pid: int) -> Manifest:
    """Return what is known of the run when its command starts."""
    return Manifest(
        format=FORMAT,
        run=Path(order.folder).name,
        task=script_of(order.words),
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        command=order.words,
        host=socket.gethostname(),
        pid=pid,
        versions={"dltui": __version__},
        parent=order.parent,
        source="command",
        cwd=os.getcwd(),
        commands=["pause", "resume", "stop"],
        settable=[],
    )


def script_of(words: Sequence[str]) -> str:
    """Return what a person calls the command: its script, or its module, or the program."""
    program = Path(words[0]).name
    for word, following in zip(words, (*words[1:], ""), strict=True):
        if word == "-m" and following and program.startswith("python"):
            return following
        if word.endswith((".py", ".sh", ".bash")):
            return Path(word).name
    return program


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it; a folder that is full, or gone, does not stop a training."""
    with suppress(OSError):
        write_whole(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")


def _answer(order: Order, answer: bytes) -> None:
    with suppress(OSError):  # who asked may be gone
        os.write(order.answer_fd, answer)
    with suppress(OSError):
        os.close(order.answer_fd)
