"""A work place without processes, for the tests of the guide's steps: what each trial comes to is told by a function.

work = Desk(lambda trial: trained(val=[2.3, 0.4]), looked=report(n_train=120))
result = find_lr.run(work)
assert work.names == ["lr-0.001", "lr-0.01"]
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import runlogs
from diagnosis import curves

from dltui.errors import GuideError
from dltui.guide.options import Options
from dltui.guide.outcome import Outcome
from dltui.guide.result import StepResult
from dltui.guide.trial import Supervise, Trial
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui.texts.guide import GuideTexts, Said
from dltui_trainers.configure import as_text
from dltui_trainers.hparams import Hparams
from dltui_trainers.looked import DataReport, InputsReport, ModelReport
from dltui_trainers.plan import Plan, plan
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import EndRecord, LayersRecord, Manifest, Value

Answer = Callable[[Trial], RunState | Outcome]
SECONDS = 0.5
"""That a trial takes, unless its outcome says otherwise."""


class Desk:
    """A :class:`dltui.guide.trial.Work` that keeps what it was asked for.

    ``answer``: what a trial comes to; a state alone is an outcome of :data:`SECONDS`. Trials run in groups of
    ``workers``. While a group is at work ``supervise`` sees it as running: one that it names then is stopped by the
    guide, one that has not begun has no outcome. ``most``: so many trials, and then the time is up.
    """

    def __init__(
        self,
        answer: Answer | None = None,
        *,
        task: str = "digits",
        options: Options | None = None,
        looked: DataReport | None = None,
        settings: Mapping[str, Value] | None = None,
        candidates: Sequence[Mapping[str, Value]] = (),
        workers: int = 2,
        left_s: float = math.inf,
        most: int | None = None,
    ) -> None:
        self._answer = answer or (lambda trial: trained())
        self._chosen = dict(settings or {})
        self._most = most
        self.task = task
        self.options = options or Options()
        self.looked = looked
        self.candidates = candidates
        self.workers = workers
        self.left_s = left_s
        self.decided: dict[str, Value] = {}
        self.calls: list[list[Trial]] = []
        """The trials that were asked for, by call."""
        self.models: list[list[dict[str, Value]]] = []
        """The models that were to be looked at, by call."""
        self.shown: list[StepResult] = []

    @property
    def asked(self) -> list[Trial]:
        """All trials that were asked for, in order."""
        return [trial for call in self.calls for trial in call]

    @property
    def names(self) -> list[str]:
        """Their names."""
        return [trial.name for trial in self.asked]

    @property
    def settings(self) -> Mapping[str, Value]:
        return {**self._chosen, **self.options.settings}

    @property
    def info(self) -> TaskInfo:
        return self._planned({}).task

    def hparams(self, settings: Mapping[str, Value] | None = None) -> Hparams:
        return self._planned(settings or {}).hparams

    def _planned(self, settings: Mapping[str, Value]) -> Plan:
        values = {**self.settings, **settings}
        return plan(self.task, {name: as_text(value) for name, value in values.items()})

    def decide(self, name: str, value: Value) -> Value:
        return self.decided.setdefault(name, value)

    def look(self, models: Sequence[Mapping[str, Value]]) -> DataReport:
        """Return ``looked``, with a network for each of ``models`` if it has none of its own."""
        self.models.append([dict(model) for model in models])
        if self.looked is None:
            raise GuideError("There is nothing to look at.")
        if not self.looked.models:
            made = [model_report({name: as_text(value) for name, value in model.items()}) for model in models]
            self.looked = msgspec.structs.replace(self.looked, models=made)
        return self.looked

    def trials(self, wanted: Sequence[Trial], supervise: Supervise | None = None) -> list[Outcome]:
        self.calls.append(list(wanted))
        assert len({trial.name for trial in wanted}) == len(wanted), "two trials of one name"
        for trial in wanted:
            self.hparams(trial.settings)  # what cannot be trained is not to be asked for
        waiting, done = list(wanted), list[Outcome]()
        while waiting and not self._is_time_up(done):
            group, waiting = waiting[: self.workers], waiting[self.workers :]
            ended = [self._outcome(trial) for trial in group]
            if supervise is not None:
                unwanted = set(supervise([*done, *map(_running, ended)]))
                waiting = [each for each in waiting if each.name not in unwanted]
                ended = [_left(each, each.trial.name in unwanted) for each in ended]
            done += ended
        return done

    def show(self, result: StepResult) -> None:
        say_all(result)
        self.shown.append(result)

    def _is_time_up(self, done: Sequence[Outcome]) -> bool:
        before = sum(len(call) for call in self.calls[:-1])
        return self._most is not None and before + len(done) >= self._most

    def _outcome(self, trial: Trial) -> Outcome:
        found = self._answer(trial)
        return replace(found, trial=trial) if isinstance(found, Outcome) else outcome(found, trial)


def outcome(state: RunState, trial: Trial | None = None, **rest: Any) -> Outcome:
    """Return what a trial came to that left this state."""
    return Outcome(trial=trial or Trial(name="trial"), state=state, **{"seconds": SECONDS, **rest})


def trained(
    *,
    train: npt.ArrayLike = (2.3, 1.2, 0.4),
    val: npt.ArrayLike = (2.3, 0.5),
    accuracy: npt.ArrayLike | None = None,
    train_accuracy: npt.ArrayLike | None = None,
    layers: LayersRecord | None = None,
    manifest: Manifest | None = None,
    status: RunStatus = RunStatus.FINISHED,
    **rest: Any,
) -> RunState:
    """Return a training as our own log has it: a training loss for each step, and validations from step 0 to the last.

    The accuracies are as many as the validation losses, or one for all of them.
    """
    steps, validations = np.size(train), np.size(val)
    state = curves.run(
        train,
        val,
        train_step=np.arange(1, steps + 1),
        val_step=np.linspace(0, steps, validations).round(),
        accuracy=accuracy,
        train_accuracy=train_accuracy,
        layers=layers,
        manifest=manifest or curves.plan(),
        status=status,
        **rest,
    )
    state.loading = False
    if status is RunStatus.FINISHED:
        state.end = EndRecord(step=steps, time=runlogs.START_S + steps, status="finished")
    return state


def failed(error: str = "RuntimeError: out of memory", **rest: Any) -> RunState:
    """Return a training that broke off."""
    state = trained(status=RunStatus.FAILED, **rest)
    state.end = EndRecord(step=0, time=runlogs.START_S, status="failed", error=error)
    return state


def report(**changes: Any) -> DataReport:
    """Return a report on data like the digits: 10 classes alike, 1 437 samples, nothing wrong with them."""
    given: dict[str, Any] = {
        "task": "digits",
        "kind": "classification",
        "loss": "cross_entropy",
        "classes": 10,
        "n_train": 1437,
        "n_val": 360,
        "input_shape": [1, 8, 8],
        "class_counts": [144] * 7 + [143] * 3,
        "val_class_counts": [36] * 10,
        "looked_at": 1437,
        "compared": 1437,
        "val_compared": 360,
        "inputs": inputs(),
        "non_finite_inputs": 0,
        "non_finite_targets": 0,
        "target_mean": None,
        "target_variance": None,
        "repeated": 0,
        "contradictory": 0,
        "val_in_train": 0,
        "uniform_loss": math.log(10),
        "constant_loss": math.log(10),
        "expected_initial_loss": math.log(10),
        "neighbour_score": 0.97,
        "chance": 0.1,
        "device": "cpu",
        "models": [],
    }
    return DataReport(**{**given, **changes})


def regression(**changes: Any) -> DataReport:
    """Return a report on data like the polynomial's: 12 points, a target of variance 2."""
    given: dict[str, Any] = {
        "task": "polynomial",
        "kind": "regression",
        "loss": "mse",
        "classes": None,
        "n_train": 12,
        "n_val": 200,
        "input_shape": [1],
        "class_counts": None,
        "val_class_counts": None,
        "looked_at": 12,
        "compared": 12,
        "val_compared": 200,
        "inputs": inputs(features=1, constant_features=0),
        "target_mean": 1.0,
        "target_variance": 2.0,
        "uniform_loss": 2.5,
        "constant_loss": 2.1,
        "expected_initial_loss": 3.0,
        "neighbour_score": 0.8,
        "chance": 0.0,
    }
    return report(**{**given, **changes})


def inputs(**changes: Any) -> InputsReport:
    """Return inputs of mean 0 and deviation 1."""
    given: dict[str, Any] = {
        "minimum": -2.0,
        "maximum": 3.0,
        "mean": 0.0,
        "deviation": 1.0,
        "features": 64,
        "constant_features": 3,
        "largest_feature_mean": 1.2,
        "largest_feature_deviation": 1.5,
        "smallest_feature_deviation": 0.1,
    }
    return InputsReport(**{**given, **changes})


def model_report(settings: Mapping[str, str] | None = None, **changes: Any) -> ModelReport:
    """Return a network that was built and tried: 1 000 steps a second."""
    given: dict[str, Any] = {
        "parameters": 5000,
        "trainable": 5000,
        "steps": 20,
        "step_s": 0.001,
        "validation_s": 0.01,
        "steps_per_epoch": 23,
        "epoch_s": 0.033,
    }
    return ModelReport(settings=dict(settings or {}), **{**given, **changes})


def say_all(result: StepResult) -> list[str]:
    """Return every sentence and name of a result, in English; fail where one cannot be said, in any language."""
    json = msgspec.json.encode(result)
    assert msgspec.json.decode(json, type=StepResult) == result, "a result is a value that JSON can hold"
    said = list(_said_in(msgspec.to_builtins(result)))
    for language in ("zh-CN", "en"):
        texts = GuideTexts.load(language)
        sentences = [texts.say(each) for each in said]
    return sentences


def sentences(result: StepResult) -> list[str]:
    """Return what the result says first, and then its checks."""
    texts = GuideTexts.load("en")
    return [texts.say(each) for each in (result.said, *(check.said for check in result.checks))]


def keys(result: StepResult) -> list[str]:
    """Return the keys of those sentences."""
    return [result.said.key, *(check.said.key for check in result.checks)]


def _said_in(value: Any) -> "list[Said]":
    if isinstance(value, dict) and value.keys() == {"key", "places"}:
        return [msgspec.convert(value, Said)]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [said for part in parts for said in _said_in(part)]


def _running(outcome: Outcome) -> Outcome:
    return _with_status(outcome, RunStatus.RUNNING) if outcome.status is RunStatus.FINISHED else outcome


def _left(outcome: Outcome, unwanted: bool) -> Outcome:
    """What a running trial is in the end; one that broke off stays so."""
    if outcome.status is not RunStatus.RUNNING:
        return outcome
    if unwanted:
        return replace(_with_status(outcome, RunStatus.STOPPED), by_guide=True)
    return _with_status(outcome, RunStatus.FINISHED)


def _with_status(outcome: Outcome, status: RunStatus) -> Outcome:
    outcome.state.status = status
    return outcome
