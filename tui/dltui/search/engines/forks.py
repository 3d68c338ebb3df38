"""Has jobs begun by the warm process, in milliseconds each, and hears how they end.

Until that has imported torch it is given no job, and nobody waits for it: who wants one begun asks again, and hears
meanwhile what a person wants. It may die at any time: another one takes its place, and jobs that it had not begun are
ordered again. A job that it had begun after all is not done twice, as its second copy waits for the first; see
:mod:`dltui_trainers.job`.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from dltui.errors import ControlError, EngineError, TorchMissingError
from dltui.runs.warm import WarmProcess
from dltui.search.engines.engine import Job
from dltui_trainers.orders import NO_ORDER, Ended, Ready, Refused, Reply, Started

READY_WITHIN_S = 300.0
"""Importing torch takes seconds, and minutes from a slow network disk; one that takes longer hangs."""
BEGUN_WITHIN_S = 300.0
"""Once it is ready a job takes milliseconds, and longer where its data lie on a disk that is slow."""
LOOK_EVERY_S = 0.05
MOST_DEATHS = 3
"""A warm process that dies so often without beginning anything is not started again."""
_LAST_WORDS_BYTES = 4096


class Forks:
    """The jobs that this process has begun on this machine; a job is known by the mark of its process.

    ``log``: for what the warm process says of itself. ``warm`` makes one; that is done when the first is needed.
    """

    def __init__(self, log: Path, warm: Callable[[Path], WarmProcess] | None = None) -> None:
        self._log = log
        self._make_warm = warm or (lambda stderr: WarmProcess(stderr=stderr))
        self._warm: WarmProcess | None = None
        self._is_ready = False
        self._ready_until = 0.0
        self._deaths = 0
        self._begun: dict[int, str] = {}
        """The marks by the orders of the warm process of now."""
        self._refused: dict[int, str] = {}
        self._ended: dict[str, int] = {}

    def begin(self, job: Job, environment: Mapping[str, str]) -> str | None:
        """Begin a job, and return its mark; None while the process that begins them is still importing torch.

        Raises :class:`EngineError`.
        """
        until = time.monotonic() + BEGUN_WITHIN_S
        while (warm := self._ready()) is not None:
            order = warm.run_job(job.spec, job.output, environment)
            while warm.alive and time.monotonic() < until:
                self.hear(LOOK_EVERY_S)
                if order in self._begun:
                    self._deaths = 0
                    return self._begun[order]
                self._raise_refusal(order)
                self._raise_refusal(NO_ORDER)
            if warm.alive:
                raise self._hangs("did not begin one", BEGUN_WITHIN_S)
        return None

    def hear(self, wait_s: float) -> None:
        """Take in what the warm process says; wait at most so long for it to say something."""
        if self._warm is None or not self._warm.alive:
            time.sleep(wait_s)
            return
        for reply in self._warm.replies(wait_s):
            self._take(reply)

    def status_of(self, mark: str) -> int | None:
        """Return the exit code of a job that has ended, or minus the signal that killed it, as far as that is known."""
        return self._ended.get(mark)

    def awaits_word(self, mark: str) -> bool:
        """Whether somebody will say how that job ended, and has not yet."""
        return self._warm is not None and self._warm.alive and mark in self._begun.values()

    def close(self) -> None:
        """End the warm process; the jobs go on. One that is still importing has begun none, and is not waited for."""
        if self._warm is not None:
            self._warm.close(at_once=not self._is_ready)
            self._warm = None

    def _take(self, reply: Reply) -> None:
        match reply:
            case Ready():
                self._is_ready = True
            case Started():
                self._begun[reply.id] = reply.mark
            case Ended() if reply.id in self._begun:
                self._ended[self._begun.pop(reply.id)] = reply.status
            case Refused():
                self._refused[reply.id] = reply.reason

    def _ready(self) -> WarmProcess | None:
        """The warm process, None until it can begin a job. It is started here if there is none."""
        self._raise_refusal(NO_ORDER)  # of one that is gone, as torch cannot be imported
        warm = self._awake()
        if not self._is_ready:
            self.hear(0.0)
            self._raise_refusal(NO_ORDER)
            if warm.alive and not self._is_ready and time.monotonic() > self._ready_until:
                raise self._hangs("did not become ready", READY_WITHIN_S)
        return warm if self._is_ready else None

    def _raise_refusal(self, order: int) -> None:
        if reason := self._refused.pop(order, ""):
            raise EngineError(reason)

    def _awake(self) -> WarmProcess:
        """The warm process, started anew if it died."""
        if self._warm is not None and not self._warm.alive:
            self._deaths += 1
            self.close()
        if self._deaths >= MOST_DEATHS:
            raise EngineError(f"The process that starts the trainings dies again and again: {self._last_words()}")
        if self._warm is None:
            self._begun, self._refused, self._is_ready = {}, {}, False  # each process counts anew
            self._ready_until = time.monotonic() + READY_WITHIN_S
            try:
                self._warm = self._make_warm(self._log)
            except (ControlError, TorchMissingError) as error:
                raise EngineError(str(error)) from error
        return self._warm

    def _hangs(self, how: str, waited_s: float) -> EngineError:
        return EngineError(
            f"The process that starts the trainings {how} in {waited_s:g} s; what it says is in {self._log}."
        )

    def _last_words(self) -> str:
        """The last line that it has written, which is the error of a traceback."""
        try:
            with self._log.open("rb") as log:
                size = log.seek(0, 2)
                log.seek(max(0, size - _LAST_WORDS_BYTES))
                lines = log.read(_LAST_WORDS_BYTES).decode(errors="replace").split("\n")
        except OSError:
            lines = []
        return next((line.strip() for line in reversed(lines) if line.strip()), "it did not say why.")
