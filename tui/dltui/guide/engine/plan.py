"""Runs the steps one after the other: gives each its time, keeps what it came to, and hears what a person wants
meanwhile."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dltui.errors import DltuiError
from dltui.guide.budget import planned
from dltui.guide.engine.book import Book, Listener
from dltui.guide.engine.clock import Clock
from dltui.guide.engine.code import code_of, with_changes
from dltui.guide.engine.commands import Inbox, repeated
from dltui.guide.engine.desk import Desk
from dltui.guide.engine.trials import TrialRunner
from dltui.guide.folder import ENGINE_LOG, take_lock
from dltui.guide.result import StepResult
from dltui.guide.state import Guide, GuideStatus, StepEntry, StepState
from dltui.runs.status import RunStatus
from dltui.runs.warm import WarmProcess
from dltui_trainers.errors import TrainerError
from dltui_trainers.worker import sentence

if TYPE_CHECKING:
    from dltui.guide.steps.table import Step


class _StepLeft(Exception):
    """The step at work is to be left: skipped, repeated, or the whole guide stopped."""


class Engine:
    """Works on the guide in ``folder``, which nobody else may do meanwhile."""

    def __init__(
        self,
        folder: Path,
        guide: Guide,
        runner: TrialRunner,
        clock: Clock,
        steps: "Mapping[int, Step]",
        listener: Listener = lambda guide: None,
    ) -> None:
        self._folder = folder
        self._runner = runner
        self._clock = clock
        self._steps = steps
        self._book = Book(folder, guide, listener)
        self._inbox = Inbox(folder, guide)
        self._is_paused = False
        self._is_stopping = False

    @property
    def guide(self) -> Guide:
        """Its state."""
        return self._book.guide

    def stop(self) -> None:
        """Let it end soon, so that it can be gone on with. A signal may call this."""
        self._is_stopping = True

    def run(self, lock: int | None = None) -> Guide:
        """Run the steps that are left, and return the guide as it is then.

        ``lock``: of the guide, if it was taken for this engine already. Raises :class:`GuideError` and whatever a step
        raises; the state tells it as well.
        """
        lock = take_lock(self._folder) if lock is None else lock
        try:
            self._work()
        except (KeyboardInterrupt, BrokenPipeError):  # who listens is gone
            self._end(GuideStatus.STOPPED)
            raise
        except (DltuiError, TrainerError) as error:
            self._end(GuideStatus.FAILED, str(error))
            raise
        except Exception as error:
            self._end(GuideStatus.FAILED, f"{sentence(error)} ({ENGINE_LOG} tells where)")
            raise
        finally:
            self._runner.close()
            os.close(lock)
        return self.guide

    def _work(self) -> None:
        self._begin()
        while not self._is_stopping and (step := self.guide.at) is not None:
            self._run_step(step)
            self._is_stopping = self._is_stopping or self.guide.is_halted_at(step)
        is_done = self.guide.at is None and not any(self.guide.is_halted_at(each.number) for each in self.guide.steps)
        self._end(GuideStatus.FINISHED if is_done else GuideStatus.STOPPED)

    def _begin(self) -> None:
        """Take the guide up: a step that was at work goes on, one that found a fault is done anew."""
        self._book.change(status=GuideStatus.RUNNING, error="", host=socket.gethostname(), pid=os.getpid())
        self._hear()
        faulty = next((each.number for each in self.guide.steps if self.guide.is_halted_at(each.number)), None)
        if faulty is not None:
            self._book.guide = repeated(self.guide, faulty)
        self._book.save()

    def _end(self, status: GuideStatus, error: str = "") -> None:
        self._book.change(status=status, error=error, pid=0, steps=[_at_rest(each) for each in self.guide.steps])
        self._book.save()

    def _run_step(self, step: int) -> None:
        entry = self.guide.steps[step]
        if self.guide.budget_s:
            entry = msgspec.structs.replace(entry, planned_s=planned(self.guide, step))
            if entry.planned_s <= 0 and not entry.trials:
                self._book.put(msgspec.structs.replace(entry, state=StepState.OUT_OF_TIME))
                return
        decided = {**code_of(self.guide.task), **entry.decided}
        self._book.put(msgspec.structs.replace(entry, state=StepState.RUNNING, decided=decided))
        desk = Desk(self._book, step, self._runner, self._folder, self._clock, self._listen)
        try:
            if step > 0 and self.guide.looked is None:  # step 0 was left out, and the others rest on what it sees
                desk.look([{}])
            result = self._steps[step](desk)
        except _StepLeft:
            if self.guide.steps[step].attempt == entry.attempt:  # one that is to be repeated has its time again
                desk.leave()
            return
        self._finish(desk, self.guide.steps[step], result)

    def _finish(self, desk: Desk, entry: StepEntry, result: StepResult) -> None:
        result, handed = with_changes(self.guide, entry, result), result.handed
        final = desk.folder_of(handed.final) if handed.final else self.guide.final
        self._book.change(chosen={**self.guide.chosen, **handed.settings}, final=final)
        done = msgspec.structs.replace(entry, state=StepState.DONE, result=result, seconds=round(desk.used_s, 3))
        self._book.put(done)

    def _listen(self) -> None:
        """Do what has been asked for. Raises :class:`_StepLeft` if the step at work is to be left."""
        step = next((each.number for each in self.guide.steps if each.state is StepState.RUNNING), None)
        self._hear()
        if self._is_paused:
            self._stand_still(step)
        if self._is_left(step):
            raise _StepLeft

    def _is_left(self, step: int | None) -> bool:
        return self._is_stopping or (step is not None and self.guide.steps[step].state is not StepState.RUNNING)

    def _hear(self, *, at_once: bool = False) -> None:
        """Take in what has been asked for; what is not done by that alone is remembered."""
        before = self.guide
        self._book.guide, asked = self._inbox.take(before, at_once=at_once)
        for command in asked:
            match command:
                case "stop":
                    self._is_stopping = True
                case "pause":
                    self._is_paused = True
                case "resume" | "skip" | "repeat":
                    self._is_paused = False
        if self.guide is not before:
            self._plan_anew(before.budget_s)
            self._book.save()

    def _plan_anew(self, before_s: float) -> None:
        """Give the step at work its share of a budget that has changed."""
        at_work = next((each for each in self.guide.steps if each.state is StepState.RUNNING), None)
        if at_work is not None and self.guide.budget_s != before_s:
            entry = msgspec.structs.replace(at_work, planned_s=planned(self.guide, at_work.number))
            self._book.guide = self.guide.with_step(entry)

    def _stand_still(self, step: int | None) -> None:
        """Wait until somebody lets it go on, or wants something else of it."""
        self._book.change(status=GuideStatus.PAUSED)
        self._book.save()
        with self._clock.standing_still():
            while self._is_paused and not self._is_left(step):
                self._runner.pause()
                self._hear(at_once=True)
        self._is_paused = False
        self._book.change(status=GuideStatus.RUNNING)
        self._runner.resume()
        self._book.save()


def _at_rest(entry: StepEntry) -> StepEntry:
    """The step when nobody works on it: what was cut short is still to be done."""
    ended = [each for each in entry.trials if not RunStatus(each.status).alive]
    state = StepState.WAITING if entry.state is StepState.RUNNING else entry.state
    return msgspec.structs.replace(entry, state=state, trials=ended)


def make_engine(folder: Path, guide: Guide, listener: Listener = lambda guide: None) -> Engine:
    """Return an engine with the steps and processes that there are."""
    from dltui.guide.steps.table import STEP_FUNCTIONS

    clock = Clock()
    runner = TrialRunner(folder, guide.task, guide.command, lambda: WarmProcess(stderr=folder / ENGINE_LOG), clock)
    return Engine(folder, guide, runner, clock, STEP_FUNCTIONS, listener)
