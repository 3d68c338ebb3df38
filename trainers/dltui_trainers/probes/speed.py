"""Builds a network and trains it for some steps: how large it is, whether all of it trains, and how long a step takes.

The steps are those of the real loop, at the batch size of the settings and on the device that a training would take.
"""

import statistics
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from dltui_trainers.choices import EvalCrops, Schedule
from dltui_trainers.crops import averaged_answer
from dltui_trainers.described_model import describe_model
from dltui_trainers.errors import TrainerError
from dltui_trainers.hparams import CATALOGUE, Hparams
from dltui_trainers.log import NullLog
from dltui_trainers.looked import ModelReport
from dltui_trainers.loop import TRAIN_CHARACTERS, TRAIN_SLICE, Training
from dltui_trainers.metrics import evaluate, evaluate_own, evaluating
from dltui_trainers.plan import plan
from dltui_trainers.prepare import prepare
from dltui_trainers.tasks import TaskData
from dltui_trainers.worker import sentence

WARM_STEPS, STEPS = 5, 20
MEASURE_S = 0.2
"""No longer than this for the steps, and for the validation; at least one step."""
FOREVER = 10**6


def measure_model(
    task: str, settings: Mapping[str, str], added: Mapping[str, str], data: TaskData | None = None
) -> ModelReport:
    """Return the report on the network of ``task`` with ``settings`` and those that are ``added``.

    ``data``: those of the settings alone; they are loaded anew where what is added changes them.
    """
    try:
        return _measured(task, {**settings, **added}, added, None if _change_the_data(added) else data)
    except TrainerError as error:
        return ModelReport(settings=dict(added), error=str(error))
    except Exception as error:  # whatever torch has to say of a network that cannot be: it is the answer
        return ModelReport(settings=dict(added), error=sentence(error))


def _change_the_data(names: Mapping[str, str]) -> bool:
    return any(name == "loss" or name not in CATALOGUE or CATALOGUE[name].family == "data" for name in names)


def _measured(task: str, settings: Mapping[str, str], added: Mapping[str, str], data: TaskData | None) -> ModelReport:
    planned = plan(task, settings)
    bench = prepare(planned.task, _endless(planned.hparams), data=data)
    model = bench.model
    before = {name: each.detach().clone() for name, each in model.named_parameters()}
    # Of the validation before the first step one sample is enough; the folder is never written to.
    short = replace(bench, data=replace(bench.data, val_x=bench.data.val_x[:1], val_y=bench.data.val_y[:1]))
    stopwatch = _Stopwatch()
    training = short.training(Path("nowhere"), NullLog(), stopwatch)
    with suppress(_EnoughMeasured):
        training.run()
    info = describe_model(model)
    still = [name for name, each in model.named_parameters() if torch.equal(each, before[name])]
    frozen = [layer.name for layer in info.layers if not layer.trainable]
    step_s = statistics.median(stopwatch.steps_s[WARM_STEPS:] or stopwatch.steps_s)
    validation_s = _validation_s(training, bench.data)
    steps = len(bench.batches)
    validations = steps / planned.hparams.eval_every if planned.hparams.eval_every else 1.0
    return ModelReport(
        settings=dict(added),
        parameters=info.parameters,
        trainable=info.trainable,
        frozen=frozen,
        unmoved=[name for name in still if name not in frozen],
        steps=training.step,
        step_s=step_s,
        validation_s=validation_s,
        steps_per_epoch=steps,
        epoch_s=steps * step_s + validations * validation_s,
    )


def _endless(hparams: Hparams) -> Hparams:
    """The same training without an end, and without a validation or a small learning rate at the beginning."""
    return replace(hparams, epochs=FOREVER, max_steps=0, eval_every=10**9, warmup_steps=0, schedule=Schedule.CONSTANT)


class _EnoughMeasured(Exception):
    """Leaves the loop without what comes at its end: there is nothing to keep."""


class _Stopwatch:
    """Listens between two steps, and takes the time."""

    stopping = False

    def __init__(self) -> None:
        self.steps_s: list[float] = []
        self._began = self._since = 0.0

    def listen(self, training: Training) -> None:
        if training.batches.done == 0 and not self.steps_s:
            self._began = self._since = time.perf_counter()
        if training.step == len(self.steps_s):  # between two epochs the loop listens twice
            return
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        now = time.perf_counter()
        self.steps_s.append(now - self._since)
        if len(self.steps_s) == WARM_STEPS + STEPS or now - self._began > MEASURE_S:
            raise _EnoughMeasured
        self._since = time.perf_counter()

    def dismiss(self, training: Training) -> None: ...


def _validation_s(training: Training, data: TaskData) -> float:
    """How long a validation of the loop takes, reckoned from as many of its samples as the time allows."""
    size, n_val = training.parts.chunk, len(data.val_x)
    slice_size = 0 if data.classes is None else TRAIN_SLICE
    if data.is_sequence:
        slice_size = max(1, TRAIN_CHARACTERS // data.train_y[0].numel())
    done, began = 0, time.perf_counter()
    with evaluating(training.model):
        while done < n_val:
            x, y = data.val_x[done : done + size], data.val_y[done : done + size]
            # waits for the device
            if data.metrics is not None:
                evaluate_own(lambda x: _answer(training, x), x, y, data.loss, data.metrics, size)
            else:
                evaluate(lambda x: _answer(training, x), x, y, data.loss, size)
            done += len(x)
            if time.perf_counter() - began > MEASURE_S:
                break
    per_sample = (time.perf_counter() - began) / done
    return per_sample * (n_val + min(slice_size, len(data.train_x)))


def _answer(training: Training, x: Tensor) -> Tensor:
    inputs, crops = training.data.inputs(x), training.hparams.test_crops
    if crops is EvalCrops.NONE:
        answer: Tensor = training.model(inputs)
        return answer
    return averaged_answer(training.model, inputs, crops, training.data.loss)
