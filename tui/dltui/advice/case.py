"""What a remedy looks at: the run, its configuration, and what is unusual in it."""

import math
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from dltui.advice.change import Apply, Change
from dltui.advice.lint import Configuration, Remark, remarks
from dltui.advice.round import nice
from dltui.diagnosis.finding import Diagnosis, Finding, Severity, Symptom
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.usual import UsualRange, usual_lr
from dltui.runs.told_task import task_of
from dltui.series.state import RunState
from dltui_trainers.configure import as_text
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

SCHEDULED = 0.99
"""A learning rate below its setting by more than rounding: the schedule has brought it down."""
MOST_DOWN_AT_ONCE = 10.0


class Case:
    """One run with its diagnosis. Everything a remedy asks is answered with None where the log does not tell it."""

    def __init__(self, state: RunState, diagnosis: Diagnosis) -> None:
        self._state = state
        self.diagnosis = diagnosis
        # of what was seen with other settings nothing is left to be cured
        self.run = Observed(state, diagnosis.at_step).present
        self.values: Mapping[str, Value] = self.run.hparams

    @cached_property
    def task(self) -> TaskInfo | None:
        """The task, if the run is one of ours, as far as its manifest tells it."""
        manifest = self._state.manifest
        return task_of(manifest) if manifest else None

    @cached_property
    def configuration(self) -> Configuration:
        """The values as the lint sees them."""
        return Configuration(self.values, self.run.data.n_train if self.run.data else None)

    @cached_property
    def suspects(self) -> tuple[Remark, ...]:
        """What is unusual in the configuration."""
        return remarks(self.configuration)

    @property
    def alive(self) -> bool:
        """Whether the training is at work and could be changed as it is."""
        return self._state.status.alive

    def takes(self, name: str) -> bool:
        """Whether the run has that hyperparameter, as far as is known, and it would have an effect."""
        if self.task is not None:
            return name in self.task.reads and (name not in self.values or self._effective(name))
        return self._effective(name)

    def _effective(self, name: str) -> bool:
        return name not in self.values or self.configuration.number(name) is not None or bool(self.word(name))

    def number(self, name: str) -> float | None:
        """Return a number of the configuration, None where it is unknown or without effect."""
        return self.configuration.number(name)

    def word(self, name: str) -> str:
        """Return a choice of the configuration, empty where it is unknown or without effect."""
        return self.configuration.word(name)

    def shares(self, name: str) -> tuple[float, ...]:
        """Return several numbers of the configuration, none where they are unknown or without effect."""
        return self.configuration.shares(name)

    @property
    def lr(self) -> float | None:
        """The learning rate of the configuration, or the highest that the log shows."""
        known = self.number("lr")
        if known is not None:
            return known
        lr = self.run.lr
        return float(lr.value.max()) if len(lr) and lr.value.max() > 0 else None

    @property
    def usual(self) -> UsualRange | None:
        """The usual range of learning rates."""
        return usual_lr(self.values)

    @property
    def usual_update_ratio(self) -> float | None:
        """The median ratio of update to weights, None where the log has none."""
        ratios = self.run.metric("update_ratio").value
        return float(np.median(ratios)) if len(ratios) >= 4 and float(np.median(ratios)) > 0 else None

    @property
    def best_step(self) -> float | None:
        """The step of the best validation."""
        best = self._state.best
        return None if best is None else best.step

    @property
    def total_steps(self) -> float:
        """The steps that the training was to have, or those that it had."""
        planned = self.run.planned_steps
        return planned if planned > 0 else self.run.last_step

    def grad_norm_percentile(self, percent: float) -> float | None:
        """Return that percentile of the finite gradient norms seen, None where there are fewer than 10."""
        norms = self.run.metric("grad_norm").value
        return float(np.percentile(norms, percent)) if len(norms) >= 10 else None

    def change(
        self,
        finding: Finding,
        name: str,
        to: Value,
        key: str,
        *,
        go_back: bool = False,
        with_: Mapping[str, Value] | None = None,
        numbers: dict[str, float] | None = None,
    ) -> Change:
        """Return the change of ``name`` to ``to`` for ``finding``.

        ``go_back``: the weights as they are now are spoilt, so that it is made from the best checkpoint or anew.
        """
        wanted = {name: to, **(with_ or {})}
        fitting = {**self._for_layers(wanted.get("layers")), **(with_ or {})}
        also = {each: value for each, value in fitting.items() if self.values.get(each) != value}
        apply, at_step = self._apply(name, finding, go_back=go_back, also=also)
        from_ = self.lr if name == "lr" else self.values.get(name)
        if apply is Apply.LIVE:
            from_, to = (self._of_now(name, each) for each in (from_, to))
            also = {each: self._of_now(each, value) for each, value in also.items()}
            to = _not_all_at_once(to, from_) if name == "lr" else to
        return Change(
            hyperparameter=name,
            from_=from_,
            to=to,
            apply=apply,
            symptom=finding.symptom,
            key=key,
            numbers=numbers or {},
            with_=also,
            at_step=at_step,
        )

    def _for_layers(self, layers: Value) -> dict[str, Value]:
        """What must move with another number of layers: there is one dropout for each."""
        shares = self.shares("layer_dropout")
        if not shares or not isinstance(layers, int):
            return {}
        resized = (*shares, *[shares[-1]] * (layers - len(shares)))[:layers]
        return {"layer_dropout": as_text(resized)}

    def _of_now(self, name: str, value: Value) -> Value:
        """What is set live is the learning rate of the next step: a schedule may have brought it down until now."""
        lr, now = self.lr, self.run.lr_now
        if name != "lr" or lr is None or not 0 < now < SCHEDULED * lr or not isinstance(value, (int, float)):
            return value
        return float(f"{now:.4g}") if value == lr else nice(value * now / lr)

    @property
    def _can_go_back(self) -> bool:
        """Whether there is a checkpoint of a network that had learned something."""
        return self._state.manifest is not None and bool(self.best_step) and not math.isinf(self.best_step or 0.0)

    def _apply(
        self, name: str, finding: Finding, *, go_back: bool, also: Mapping[str, Value]
    ) -> tuple[Apply, float | None]:
        hparam = CATALOGUE.get(name)
        if hparam is None or hparam.family in ("architecture", "data") or name == "seed":
            return Apply.RESTART, None
        ran_away = finding.symptom in (Symptom.NON_FINITE, Symptom.DIVERGED)
        if (go_back or ran_away) and self._can_go_back:
            return Apply.BRANCH, self.best_step
        # a loss that ran away from the first step on has nothing to go back to, and may come down where it is
        can_be_live = all(self._is_live(each) for each in (name, *also) if each in CATALOGUE)
        if self.alive and can_be_live and not go_back and not self._is_lost:
            return Apply.LIVE, None
        return Apply.RESTART, None

    def _is_live(self, name: str) -> bool:
        return (self.task.hparam(name) if self.task is not None else CATALOGUE[name]).live

    @property
    def _is_lost(self) -> bool:
        """Whether the weights are no numbers any more: no setting brings them back."""
        lost = self.diagnosis.find(Symptom.NON_FINITE)
        return lost is not None and lost.severity is Severity.CRITICAL


def _not_all_at_once(to: Value, from_: Value) -> Value:
    """A learning rate no lower than a tenth of the present one.

    The weights have grown to the size of its steps; a network that has to go on with them needs longer ones than one
    that starts. It can be lowered again.
    """
    if not isinstance(to, (int, float)) or not isinstance(from_, (int, float)):
        return to
    return nice(from_ / MOST_DOWN_AT_ONCE) if 0 < to < from_ / MOST_DOWN_AT_ONCE else to
