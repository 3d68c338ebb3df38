"""Talks to the warm process, which has torch imported and forks a training for each order.

It is a session of its own, and so is each of its trainings: they outlive it, and both outlive a terminal. Nothing here
blocks but :meth:`WarmProcess.replies`, for as long as it is told to.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from types import TracebackType
from typing import Self

import msgspec

from dltui.errors import ControlError, TorchMissingError
from dltui_trainers.orders import AnyOrder, Lines, Look, Reply, RunJob, Train, reply_decoder, to_line

WORDS = (sys.executable, "-P", "-m", "dltui_trainers.warm")
BLOCK_BYTES = 1 << 16
CLOSE_S = 2.0
"""It ends as soon as there will be no more orders; after this long it is killed, which harms no training."""


class WarmProcess:
    """One warm process, from its start to its end; a context manager.

    An order returns its id at once, also before the process is ready; what becomes of it, :meth:`replies` tells. Once
    the process is not :attr:`alive`, orders without an answer were not begun, or their folders tell how they ended.
    ``stderr`` is a file for what the process says of itself. Raises :class:`TorchMissingError`, and
    :class:`ControlError` where the process cannot be started.
    """

    def __init__(self, words: Sequence[str] = WORDS, stderr: Path | None = None) -> None:
        if find_spec("torch") is None:
            raise TorchMissingError("Training needs PyTorch, which is not installed here: pip install 'torch>=2.4'.")
        try:
            with open(stderr or os.devnull, "ab") as file:
                self._process = subprocess.Popen(
                    words,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=file,
                    bufsize=0,
                    start_new_session=True,  # Ctrl+C in our terminal is not meant for it
                )
        except OSError as error:
            raise ControlError(f"The process that starts the trials cannot be started: {error}.") from error
        self._lines = Lines()
        self._next_id = 0
        self._is_at_end = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether there may be more replies: False once the process has closed its side, as it does when it dies."""
        return not self._is_at_end

    def train(self, folder: Path, task: str, settings: Mapping[str, str], command: Sequence[str]) -> int:
        """Order a training in the new ``folder``, whose parent is there."""
        id = self._new_id()
        self._send(
            Train(id=id, folder=str(folder.absolute()), task=task, settings=dict(settings), command=list(command))
        )
        return id

    def run_job(self, spec: Path, output: Path, environment: Mapping[str, str]) -> int:
        """Order the job in the file ``spec``; see :class:`dltui_trainers.orders.RunJob`."""
        id, paths = self._new_id(), {"spec": str(spec.absolute()), "output": str(output.absolute())}
        self._send(RunJob(id=id, **paths, environment=dict(environment)))
        return id

    def look(
        self, answer: Path, task: str, settings: Mapping[str, str], models: Sequence[Mapping[str, str]] = ()
    ) -> int:
        """Order a look at the data, and at networks with ``models`` added to the settings.

        The file ``answer`` is there, whole, before the reply that the order has ended; see
        :mod:`dltui_trainers.looked`.
        """
        id, wanted = self._new_id(), [dict(model) for model in models]
        self._send(Look(id=id, answer=str(answer.absolute()), task=task, settings=dict(settings), models=wanted))
        return id

    def replies(self, timeout_s: float) -> list[Reply]:
        """Return the replies since the last call, in order; wait at most ``timeout_s`` until there is one.

        None come any more once the process is not :attr:`alive`.
        """
        until = time.monotonic() + timeout_s
        found: list[Reply] = []
        with DefaultSelector() as selector:
            if self.alive:
                selector.register(self._stdout, EVENT_READ)
            while self.alive and not found:
                if not selector.select(max(0.0, until - time.monotonic())):
                    break
                found = self._read()
        return found

    def close(self, *, at_once: bool = False) -> None:
        """Let the process end; its trainings go on. ``at_once``: do not wait until it has finished what it does.

        It may be called again.
        """
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._is_at_end = True
        try:
            self._process.wait(0.0 if at_once else CLOSE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id

    @property
    def _stdout(self) -> int:
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def _send(self, order: AnyOrder) -> None:
        """Write the order; where nobody reads it any more, :meth:`replies` will tell that the process is gone."""
        assert self._process.stdin is not None
        rest = to_line(order)
        with suppress(BrokenPipeError):
            while rest:
                rest = rest[os.write(self._process.stdin.fileno(), rest) :]

    def _read(self) -> list[Reply]:
        """Return the replies in what waits to be read; a line that is none is nothing that we could act on."""
        block = os.read(self._stdout, BLOCK_BYTES)
        self._is_at_end = not block
        found = []
        for line in self._lines.take(block):
            try:
                found.append(reply_decoder.decode(line))
            except msgspec.DecodeError:
                continue
        return found
