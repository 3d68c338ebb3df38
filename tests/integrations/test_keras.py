"""The callback of Keras 3, with Keras: in this process on the backend torch, in others on JAX."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras

import dltui
from dltui_trainers.integrations.keras import KerasCallback
from dltui_trainers.runlog import MetricsRecord
from integrations.callbacks import (
    FIRST_KEPT,
    as_script,
    assert_failed,
    assert_pauses_goes_on_and_stops,
    assert_stopped,
    assert_trained,
    assert_validated,
    assert_went_on,
    branch_from_a_killed_one,
    losses,
    rates,
    set_and_stop,
    settings_told,
)
from integrations.person import all_runs, end, evals, manifest, only_run, records, steps

LR = 0.01


def data(n: int = 64) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).standard_normal((n, 4)).astype("float32")
    return x, (x[:, 0] > 0).astype("int32")


def model(optimizer: Any = None, dropout: float = 0.2) -> keras.Model:
    layers = [keras.layers.Dense(8, activation="relu"), keras.layers.Dropout(dropout), keras.layers.Dense(3)]
    made = keras.Sequential([keras.Input((4,)), *layers], name="small")
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    made.compile(optimizer or keras.optimizers.AdamW(LR), loss=loss, metrics=["accuracy"])
    return made


def fit(made: keras.Model, callback: keras.callbacks.Callback | None = None, **more: Any) -> None:
    given = {"epochs": 3, "batch_size": 16, "verbose": 0, **more}
    callbacks = [*given.pop("callbacks", ()), callback or dltui.KerasCallback()]
    made.fit(*data(), callbacks=callbacks, **given)


def test_a_fit_is_a_run_with_the_loss_of_each_batch(runs: Path) -> None:
    made = model(keras.optimizers.SGD(1e-9), dropout=0.0)
    fit(made, epochs=2, shuffle=False)
    x, y = data()
    real = [float(made.evaluate(x[i : i + 16], y[i : i + 16], verbose=0)[0]) for i in range(0, 64, 16)]
    run = only_run(runs)
    assert run.name == "small"
    assert_trained(run, [1e-9] * 8)
    assert list(losses(run).values()) == pytest.approx(real * 2, rel=1e-4)


def test_validations_are_told_by_our_names(runs: Path) -> None:
    fit(model(), validation_data=data(32))
    found = evals(only_run(runs))
    assert_validated(found, (4, 1.0), (8, 2.0), (12, 3.0))
    assert all(0 <= float(each.train_accuracy or -1) <= 1 for each in found)


def test_the_manifest_tells_the_settings(runs: Path) -> None:
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.01, clipnorm=1.0)
    fit(model(optimizer), KerasCallback("named", hparams={"batch_size": 16}, classes=3))
    wanted = {"optimizer": "momentum", "momentum": 0.9, "weight_decay": 0.01, "grad_clip": 1.0, "batch_size": 16}
    told = settings_told(only_run(runs), 4, **wanted)
    assert told.hparams["lr"] == pytest.approx(0.1)
    assert told.data is not None
    assert told.data.classes == 3
    assert told.versions["keras"] == keras.__version__


def test_values_are_set_while_it_trains(runs: Path) -> None:
    made = model()
    wanted = {"lr": 0.003, "weight_decay": 0.5, "momentum": 0.5, "dropout": 0.4, "width": 7}
    answers = set_and_stop(runs, lambda: fit(made, epochs=100_000), after=10, **wanted)
    assert [each.done for each in answers] == [True] * 4 + [False]
    changed = answers[0].step
    after = [rate for step, rate in rates(only_run(runs)).items() if step > changed + 1]
    assert after == pytest.approx([0.003] * len(after))
    assert float(made.optimizer.learning_rate) == pytest.approx(0.003)
    assert (made.optimizer.weight_decay, made.optimizer.beta_1, made.layers[1].rate) == (0.5, 0.5, 0.4)


def test_a_schedule_of_keras_is_refused_and_told(runs: Path) -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(LR, 1, 0.999)
    made = model(keras.optimizers.Adam(schedule))
    [answer] = set_and_stop(runs, lambda: fit(made, epochs=100_000), after=3, lr=0.003)
    assert not answer.done
    assert "LearningRateSchedule" in answer.reason
    run = only_run(runs)
    assert list(rates(run).values())[:3] == pytest.approx([LR * 0.999**step for step in range(3)])
    assert "lr" not in (manifest(run).settable or [])


def test_a_callback_of_keras_that_lowers_the_rate_goes_on_from_there(runs: Path) -> None:
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, lr: lr if epoch == 0 else lr / 2)
    fit(model(), callbacks=[halve])
    assert_trained(only_run(runs), [LR] * 4 + [LR / 2] * 4 + [LR / 4] * 4)


def test_it_pauses_goes_on_and_stops(runs: Path) -> None:
    assert_pauses_goes_on_and_stops(runs, lambda: fit(model(), epochs=100_000), after=5)


class Breaks(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        if batch == 2:
            raise RuntimeError("the third batch is broken")


def test_an_exception_that_was_caught_is_known_when_it_trains_again(runs: Path) -> None:
    callback = KerasCallback()
    with pytest.raises(RuntimeError):
        fit(model(), callback, callbacks=[Breaks()])
    fit(model(), callback)
    assert [end(each).status for each in all_runs(runs)] == ["failed", "finished"]
    assert [each.name for each in all_runs(runs)] == ["small", "small-2"]


SCRIPT = """
from integrations.test_keras import Breaks, fit, model
fit(model(), callbacks=[Breaks()])
"""


def test_an_exception_ends_it_as_failed_with_its_traceback(runs: Path, tmp_path: Path) -> None:
    assert as_script(SCRIPT, tmp_path).returncode == 1
    assert_failed(only_run(runs), "on_train_batch_begin", "the third batch is broken")


def test_a_fit_that_goes_on_has_its_own_epochs(runs: Path) -> None:
    made = model()
    fit(made)
    fit(made, initial_epoch=3, epochs=4)
    _, second = all_runs(runs)
    assert [each.step for each in steps(second)] == [13, 14, 15, 16]
    assert steps(second)[-1].epoch == 4.0


def test_data_without_a_length_are_counted(runs: Path) -> None:
    def batches() -> Any:
        x, y = data()
        for i in range(0, 64, 16):
            yield x[i : i + 16], y[i : i + 16]

    made = model()
    made.fit(batches(), epochs=1, verbose=0, callbacks=[KerasCallback()])
    run = only_run(runs)
    assert [each.step for each in steps(run)] == [1, 2, 3, 4]
    assert manifest(run).steps_per_epoch == 0


PARENT = """
import time
from integrations.test_keras import KerasCallback, fit, keras, model

class Slow(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        time.sleep(0.02)

fit(model(dropout=0.0), KerasCallback("parent"), callbacks=[Slow()], epochs=50, shuffle=False)
"""


def test_one_that_was_killed_goes_on_with_another_rate(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    branch_from_a_killed_one(PARENT, runs, monkeypatch, lr=0.001)
    made = model(dropout=0.0)
    fit(made, KerasCallback("child"), epochs=50, shuffle=False)
    parent, child = assert_went_on(runs, last=200, lr=0.001)
    first = FIRST_KEPT + 1
    assert losses(child)[first] == pytest.approx(losses(parent)[first], rel=1e-3)
    assert list(rates(child).values()) == pytest.approx([0.001] * 196)
    assert int(made.optimizer.iterations) == 200


JAX = """
import pathlib
from integrations.person import Person, beside
from integrations.test_keras import data, fit, keras, model

def work():
    person.sees(10)
    assert person.asks("set", lr=0.003).done
    person.sees(10)
    assert person.asks("set", dropout=0.4).done
    person.sees(3)
    assert not person.asks("checkpoint").done
    assert person.asks("pause").done
    assert person.asks("resume").done
    person.asks("stop")

assert keras.backend.backend() == "jax"
made, person = model(), Person(pathlib.Path("runs"))
with beside(person, work):
    fit(made, epochs=100_000, validation_data=data(32))
assert abs(float(made.optimizer.learning_rate) - 0.003) < 1e-6
print("torch" in sys.modules)
"""


def test_on_jax_nothing_of_torch_is_imported_and_values_are_set(runs: Path, tmp_path: Path) -> None:
    done = as_script(JAX, tmp_path, KERAS_BACKEND="jax")
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == ["False"]
    run = only_run(runs)
    assert_stopped(run)
    assert not [each for each in records(run) if isinstance(each, MetricsRecord)]
