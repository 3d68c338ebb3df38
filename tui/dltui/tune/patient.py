"""What the doctor knows: the trainings so far, the curves of each, and which of them the treatment stands on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from dltui.advice.change import Change
from dltui.advice.prescribe import prescribe
from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Diagnosis, Severity, Verdict
from dltui.runs.told_task import task_of
from dltui.search.study.options import TuneOptions
from dltui.search.study.study import TrialEntry
from dltui.series.state import RunState
from dltui_trainers.configure import as_json, as_settings, as_text, configure, without_effect
from dltui_trainers.hparams import Hparams
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Manifest, Value

Curves = Callable[[TrialEntry], RunState | None]
"""The state of the run that stands for a trial; None where it left none."""


@dataclass(frozen=True, kw_only=True)
class Patient:
    """The trials of a tuning that have ended, in their order, of which there is one at least."""

    options: TuneOptions
    trials: Sequence[TrialEntry]
    curves: Curves

    @cached_property
    def base(self) -> TrialEntry:
        """The trial that the treatment stands on: the last one that was kept, where all began before there is one."""
        return next((each for each in reversed(self.trials) if each.kept), self.trials[0])

    @cached_property
    def state(self) -> RunState | None:
        """The curves of :attr:`base`; None where it left nothing to look at."""
        state = self.curves(self.base)
        return state if state is not None and state.manifest is not None else None


class Examined:
    """The training that the treatment stands on, with its diagnosis, and what can be done to its configuration."""

    def __init__(self, state: RunState, manifest: Manifest) -> None:
        """``manifest``: that of the run; it tells the configuration, and the task as its data make it."""
        self.state = state
        self._manifest = manifest
        self.diagnosis: Diagnosis = examine(state)

    @cached_property
    def advice(self) -> tuple[Change, ...]:
        """What is advised, best first."""
        return prescribe(self.state, self.diagnosis)

    @cached_property
    def task(self) -> TaskInfo | None:
        """The task, None where this version does not know it."""
        return task_of(self._manifest)

    @property
    def is_healthy(self) -> bool:
        """Whether nothing in the curves asks for a change."""
        worries = any(each.severity is not Severity.INFO for each in self.diagnosis.findings)
        return self.diagnosis.verdict is Verdict.GOOD_FIT and not worries

    @property
    def values(self) -> Mapping[str, Value]:
        """Its hyperparameters by name."""
        return self._manifest.hparams

    def hparams(self, changes: Mapping[str, Value]) -> Hparams:
        """Return the configuration with these changes. Raises :class:`TrainerError` for one that cannot work."""
        assert self.task is not None
        base, _ = as_settings(self.task, self._manifest.hparams)
        return configure(self.task, {name: as_text(value) for name, value in changes.items()}, base)[0]

    def whole(self, changes: Mapping[str, Value]) -> dict[str, Value]:
        """Return every hyperparameter with these changes, without those that have no effect then."""
        assert self.task is not None
        values = as_json(self.hparams(changes), self.task)
        return {name: value for name, value in values.items() if name not in without_effect(values)}
