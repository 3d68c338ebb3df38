"""Runs trials, several at a time: has them begun by the warm process, and follows each in its folder.

What a trial came to is told by its folder alone. So one that outlived a killed guide is waited for, and one that ended
is not run again.
"""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from dltui.errors import GuideError
from dltui.guide.engine.clock import Clock
from dltui.guide.engine.running import GRACE_S, Running, found, ordered
from dltui.guide.outcome import Outcome
from dltui.guide.state import TrialEntry
from dltui.guide.trial import Trial
from dltui.runs.liveness import is_locked
from dltui.runs.reader import read_tail
from dltui.runs.warm import WarmProcess
from dltui_trainers.configure import as_text
from dltui_trainers.orders import NO_ORDER, Ended, Ready, Refused, Reply, Started
from dltui_trainers.runlog import METRICS, Value

LOOK_EVERY_S = 0.02
MOST_DEATHS = 3
"""A warm process that dies so often without beginning anything is not started again."""

Tick = Callable[[Sequence[Outcome]], Collection[str]]
"""Called between two looks with all trials as they stand; returns which of them to stop. It may raise."""


class TrialRunner:
    """Runs the trials of ``task`` in the guide's ``folder``. ``command``: what was asked for, for their manifests.

    ``warm`` starts the process that begins them; that is done when the first of them is needed.
    """

    def __init__(
        self, folder: Path, task: str, command: Sequence[str], warm: Callable[[], WarmProcess], clock: Clock
    ) -> None:
        self._folder = folder
        self._task = task
        self._command = list(command)
        self._make_warm = warm
        self._clock = clock
        self._warm: WarmProcess | None = None
        self._deaths = 0
        self._last_words = ""
        self._running: list[Running] = []

    def close(self) -> None:
        """End the warm process. Trials under way are left alone: their folders tell the rest."""
        if self._warm is not None:
            self._warm.close()
            self._warm = None

    def run(
        self,
        wanted: Sequence[Trial],
        settings: Mapping[str, Value],
        workers: int,
        known: Mapping[str, TrialEntry],
        tick: Tick,
    ) -> list[Outcome]:
        """Run the trials, beside each other, and return their outcomes in order.

        ``settings``: the hyperparameters of each, before its own. ``known``: trials that have ended, by name: what lies
        in their folders is what they came to. A trial that ``tick`` names before it began has no outcome.

        Raises :class:`GuideError` where the warm process dies again and again, and what ``tick`` raises; the trials
        under way have ended then.
        """
        there = {each.name for each in wanted if self._is_there(each.name, known)}
        self._running = [self._find(each, settings, known.get(each.name)) for each in wanted if each.name in there]
        waiting = [each for each in wanted if each.name not in there]
        done: dict[str, Outcome] = {}
        try:
            while True:
                done |= self._look()
                unwanted = tick([*done.values(), *(each.outcome(self._clock.now_s) for each in self._running)])
                waiting = [each for each in waiting if each.name not in unwanted]
                self._stop(unwanted)
                if not waiting and not self._running:
                    break
                while waiting and len(self._running) < workers:
                    self._begin(waiting.pop(0), settings)
                self._hear()
        except BaseException:
            self._end_all()
            raise
        return [done[each.name] for each in wanted if each.name in done]

    def look(
        self,
        settings: Mapping[str, Value],
        models: Sequence[Mapping[str, Value]],
        answer: Path,
        tick: Callable[[], None],
    ) -> None:
        """Have the data looked at, and return when that has ended: the file ``answer`` tells how, if it is there.

        Raises :class:`GuideError`, and what ``tick`` raises, which is called again and again meanwhile.
        """
        order = self._awake().look(answer, self._task, _written(settings), [_written(each) for each in models])
        pid = 0
        try:
            while self._warm is not None and self._warm.alive:
                for reply in self._replies():
                    match reply:
                        case Started(id=id) if id == order:
                            pid = reply.pid
                        case Refused(id=id) if id == order:
                            raise GuideError(reply.reason)
                        case Ended(id=id) if id == order:
                            return
                tick()
        except BaseException:
            if pid:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            raise
        if self._last_words:
            raise GuideError(self._last_words)

    def pause(self) -> None:
        """Let the trials under way stand still. It is called again while they do, for those that had not begun."""
        self._hear()
        for each in self._running:
            each.pause()

    def resume(self) -> None:
        """Let them go on."""
        for each in self._running:
            each.resume()

    def _is_there(self, name: str, known: Mapping[str, TrialEntry]) -> bool:
        """Whether it need not be begun. What is left of one that was cut short together with the guide is removed."""
        folder = self._folder / name
        return folder.exists() and (name in known or self._holds_a_trial(folder))

    def _holds_a_trial(self, folder: Path) -> bool:
        """Whether a trial is at work in that folder, or came to its own end there; if not, the folder is removed.

        One that was stopped has been stopped together with the guide, or that was not yet noted: it is run again.
        """
        if is_locked(folder / METRICS):
            return True
        tail = read_tail(folder)
        if tail is not None and tail.end is not None and tail.end.status in ("finished", "failed"):
            return True
        shutil.rmtree(folder, ignore_errors=True)
        return False

    def _find(self, trial: Trial, settings: Mapping[str, Value], entry: TrialEntry | None) -> Running:
        written = _written({**settings, **trial.settings})
        running = found(trial, self._folder / trial.name, written, lambda: self._clock.now_s)
        if entry is not None:
            running.took_s, running.by_guide, running.end = entry.seconds, entry.by_guide, entry.error
        return running

    def _begin(self, trial: Trial, settings: Mapping[str, Value]) -> None:
        written = _written({**settings, **trial.settings})
        running = ordered(trial, self._folder / trial.name, written, self._clock.now_s)
        self._order(running)
        self._running.append(running)

    def _order(self, running: Running) -> None:
        running.order = self._awake().train(running.folder, self._task, running.settings, self._command)

    def _awake(self) -> WarmProcess:
        """The warm process, started anew if it died. Raises :class:`GuideError` if it dies again and again."""
        self._mind_its_death()
        if self._deaths >= MOST_DEATHS:
            words = self._last_words or "its last words may be in engine.log."
            raise GuideError(f"The process that starts the trainings dies again and again: {words}")
        if self._warm is None:
            self._warm = self._make_warm()
        return self._warm

    def _mind_its_death(self, *, ending: bool = False) -> None:
        """Where the warm process is dead, let go of it, and order again what it had not begun, unless all is ending."""
        if self._warm is None or self._warm.alive:
            return
        unbegun = [each for each in self._running if not each.has_begun and each.state.status.alive]
        self.close()
        self._deaths += 1
        for each in self._running:
            each.order = None  # the next process counts anew
        for each in unbegun:
            if ending:
                self._running.remove(each)
            elif not self._holds_a_trial(each.folder):
                self._order(each)

    def _hear(self, *, ending: bool = False) -> None:
        """Take in what the warm process says."""
        for reply in self._replies():
            for each in self._running:
                if not isinstance(reply, Ready) and each.order == reply.id:
                    each.hear(reply)
        self._mind_its_death(ending=ending)

    def _replies(self) -> list[Reply]:
        if self._warm is None:
            time.sleep(LOOK_EVERY_S)
            return []
        replies = self._warm.replies(LOOK_EVERY_S)
        for reply in replies:
            if isinstance(reply, Started):
                self._deaths = 0
            elif isinstance(reply, Refused) and reply.id == NO_ORDER:
                self._last_words = reply.reason
        return replies

    def _look(self) -> dict[str, Outcome]:
        """Read what is new of the trials under way; return those that have ended."""
        ended = {}
        for each in list(self._running):
            each.kill_if_overdue(self._clock.now_s)
            if each.look():
                self._running.remove(each)
                ended[each.trial.name] = each.outcome(self._clock.now_s)
        return ended

    def _stop(self, names: Collection[str]) -> None:
        now = self._clock.now_s
        for each in self._running:
            late = now - each.began_s > each.trial.limit_s
            each.unwanted = each.unwanted or late or each.trial.name in names
            if each.unwanted:
                each.stop(now)

    def _end_all(self) -> None:
        """Stop what is under way, and wait for it as long as it may take to end well; what has not begun never will."""
        until = time.monotonic() + GRACE_S
        try:
            while self._running and time.monotonic() < until:
                self._stop([each.trial.name for each in self._running])
                self._hear(ending=True)
                self._running = [each for each in self._running if not each.look()]
        finally:
            for each in self._running:
                each.kill()
            self._running = []


def _written(settings: Mapping[str, Value]) -> dict[str, str]:
    return {name: as_text(value) for name, value in settings.items()}
