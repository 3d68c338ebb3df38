"""What a step is given to work with while the guide runs it; see :class:`dltui.guide.trial.Work`."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from dltui.guide.budget import LATITUDE, default_budget, planned
from dltui.guide.engine.book import Book
from dltui.guide.engine.clock import Clock
from dltui.guide.engine.looking import read_report
from dltui.guide.engine.trials import TrialRunner
from dltui.guide.folder import LOOKED
from dltui.guide.options import MOST_WORKERS, STEPS, Options
from dltui.guide.outcome import Outcome
from dltui.guide.result import StepResult
from dltui.guide.seen import as_seen
from dltui.guide.state import StepEntry, TrialEntry
from dltui.guide.trial import FINAL, Supervise, Trial
from dltui.runs.status import RunStatus
from dltui_trainers.configure import as_text
from dltui_trainers.hparams import Hparams
from dltui_trainers.looked import DataReport
from dltui_trainers.plan import Plan, plan
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value, number_or_none

SUPERVISE_EVERY_S = 0.1
"""A bad trial is let go on so long at most; steps draw their plot anew each time that they are asked."""


class Desk:
    """The work place of one step. ``listen`` is called again and again meanwhile; it raises to leave the step."""

    def __init__(
        self, book: Book, step: int, runner: TrialRunner, folder: Path, clock: Clock, listen: Callable[[], None]
    ) -> None:
        self._book = book
        self._step = step
        self._runner = runner
        self._folder = folder
        self._clock = clock
        self._listen = listen
        self._since_s = clock.now_s - self._entry.seconds

    @property
    def task(self) -> str:
        return self._book.guide.task

    @property
    def options(self) -> Options:
        return self._book.guide.options

    @property
    def looked(self) -> DataReport | None:
        return self._book.guide.looked

    @property
    def settings(self) -> Mapping[str, Value]:
        """What was handed on, and over it what the user gave."""
        return {**self._book.guide.chosen, **self.options.settings}

    @property
    def info(self) -> TaskInfo:
        return as_seen(self._planned({}).task, self.looked)

    def hparams(self, settings: Mapping[str, Value] | None = None) -> Hparams:
        return self._planned(settings or {}).hparams

    @property
    def candidates(self) -> Sequence[Mapping[str, Value]]:
        before = (each.result for each in reversed(self._book.guide.steps[: self._step]))
        return next((result.handed.candidates for result in before if result and result.handed.candidates), [])

    @property
    def workers(self) -> int:
        if self.options.workers:
            return self.options.workers
        on_gpu = self.looked is not None and self.looked.device.startswith("cuda")
        return 1 if on_gpu else min(MOST_WORKERS, len(os.sched_getaffinity(0)))

    @property
    def left_s(self) -> float:
        return self._entry.planned_s - self.used_s if self._book.guide.budget_s else float("inf")

    @property
    def used_s(self) -> float:
        """The seconds that the step has taken, also before a quit."""
        return self._clock.now_s - self._since_s

    def look(self, models: Sequence[Mapping[str, Value]]) -> DataReport:
        answer = self._folder / LOOKED
        answer.unlink(missing_ok=True)
        self._runner.look(self.settings, models, answer, self._pass_time)
        looked = read_report(answer)
        self._book.change(looked=looked)
        if not self._book.guide.budget_s:
            self._book.change(budget_s=default_budget(looked, self.workers, self.hparams().epochs))
        self._put(planned_s=planned(self._book.guide, self._step))
        return looked

    def trials(self, wanted: Sequence[Trial], supervise: Supervise | None = None) -> list[Outcome]:
        named = [replace(each, name=self.folder_of(each.name)) for each in wanted]
        theirs = {ours.name: each for ours, each in zip(named, wanted, strict=True)}
        known = {each.name: each for each in self._entry.trials if not RunStatus(each.status).alive}
        supervised_s = float("-inf")

        def tick(standing: Sequence[Outcome]) -> Collection[str]:
            nonlocal supervised_s
            self._listen()
            has_ended = self._note(standing)
            if self._is_time_up:
                return list(theirs)
            if supervise is None or not (has_ended or self._clock.now_s - supervised_s >= SUPERVISE_EVERY_S):
                return ()
            supervised_s = self._clock.now_s
            bad = set(supervise([replace(each, trial=theirs[each.trial.name]) for each in standing]))
            return [name for name, each in theirs.items() if each.name in bad]

        outcomes = self._runner.run(named, self.settings, self.workers, known, tick)
        return [replace(each, trial=theirs[each.trial.name]) for each in outcomes]

    def decide(self, name: str, value: Value) -> Value:
        decided = self._entry.decided
        if name not in decided:
            self._put(decided={**decided, name: value})
        return decided.get(name, value)

    def show(self, result: StepResult) -> None:
        self._put(soon=True, result=result)

    def leave(self) -> None:
        """Keep the time that was used until now."""
        self._put()

    def _pass_time(self) -> None:
        self._listen()
        self._put(soon=True)

    @property
    def _entry(self) -> StepEntry:
        return self._book.guide.steps[self._step]

    @property
    def _is_time_up(self) -> bool:
        latitude = 1.0 if self._step == STEPS[-1] else LATITUDE
        return bool(self._book.guide.budget_s) and self.used_s > latitude * self._entry.planned_s

    def _planned(self, settings: Mapping[str, Value]) -> Plan:
        values = {**self.settings, **settings}
        return plan(self.task, {name: as_text(value) for name, value in values.items()})

    def folder_of(self, name: str) -> str:
        """Return the name of a trial's folder: ``s3-lr-0.001``, in a second attempt ``s3.2-lr-0.001``."""
        if name == FINAL and self._entry.attempt == 1:
            return FINAL
        attempt = f".{self._entry.attempt}" if self._entry.attempt > 1 else ""
        return f"s{self._step}{attempt}-{name}"

    def _note(self, standing: Sequence[Outcome]) -> bool:
        """Keep how the trials stand, and the time that was used; return whether one of them has ended just now."""
        entries = {each.name: each for each in self._entry.trials}
        has_ended = False
        for each in standing:
            entry = _entry_of(each)
            if entry != entries.get(entry.name):
                entries[entry.name] = entry
                has_ended = has_ended or not each.status.alive
        self._put(soon=not has_ended, trials=list(entries.values()))
        return has_ended

    def _put(self, *, soon: bool = False, **changes: Any) -> None:
        entry = msgspec.structs.replace(self._entry, seconds=round(self.used_s, 3), **changes)
        self._book.change(steps=self._book.guide.with_step(entry).steps)
        self._book.save(soon=soon)


def _entry_of(outcome: Outcome) -> TrialEntry:
    return TrialEntry(
        name=outcome.trial.name,
        settings=dict(outcome.trial.settings),
        status=str(outcome.status),
        val_loss=number_or_none(outcome.state.best.val_loss if outcome.state.best else None),
        seconds=round(outcome.seconds, 3),
        by_guide=outcome.by_guide,
        error=outcome.error,
    )
