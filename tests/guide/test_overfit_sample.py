"""Step 2 on trainings made by hand: what counts as learned, which causes are tried, and what does not take part."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from diagnosis import curves
from guide import works

from dltui.guide.options import Options
from dltui.guide.outcome import Outcome
from dltui.guide.result import Curves, Judgement, StepResult
from dltui.guide.steps.overfit_sample import step as overfit_sample
from dltui.guide.steps.overfit_sample.small_sample import STEPS
from dltui.guide.trial import Trial
from dltui.series.state import RunState
from dltui_trainers.runlog import DataInfo, LayerInfo, LayersRecord, LayerStats, Manifest, ModelInfo, Value

SOUND, DOUBTFUL, FAULT = Judgement.SOUND, Judgement.DOUBTFUL, Judgement.FAULT
MATRIX = LayerInfo(name="hidden1.linear.weight", shape=[64, 64], parameters=4096, trainable=True)
BIAS = LayerInfo(name="hidden1.linear.bias", shape=[64], parameters=64, trainable=True)
LAST = LayerInfo(name="output.weight", shape=[10, 64], parameters=640, trainable=True)


def frozen(layer: LayerInfo) -> LayerInfo:
    return LayerInfo(name=layer.name, shape=layer.shape, parameters=layer.parameters, trainable=False)


def manifest(samples: int = 80, trainable: int = 4800, layers: list[LayerInfo] | None = None) -> Manifest:
    """Return that of a training on the small sample."""
    data = DataInfo(n_train=samples, n_val=360, classes=10, class_counts=[8] * 10, input_shape=[64])
    model = ModelInfo(parameters=trainable, trainable=trainable, layers=layers or [MATRIX, BIAS, LAST])
    made = curves.plan(epochs=STEPS)
    made.data, made.model = data, model
    return made


def falling(
    last: float, accuracy: float | None = None, *, first: float = 2.3, seed: float = 0.0, **rest: Any
) -> RunState:
    """Return a training whose loss falls to ``last``; ``seed`` makes it differ from others."""
    train = curves.falling(STEPS, first=first, last=last + 1e-9 * seed, rate=12.0)
    right = None if accuracy is None else [0.1, accuracy]
    return works.trained(train=train, val=[first, first], train_accuracy=right, **{"manifest": manifest(), **rest})


def learned(trial: Trial | None = None, **rest: Any) -> RunState:
    return falling(0.01, 1.0, seed=lr_of(trial), **rest)


def stuck(trial: Trial | None = None, **rest: Any) -> RunState:
    return falling(2.29, 0.12, seed=lr_of(trial), **rest)


def blown(trial: Trial | None = None) -> RunState:
    losses = np.array([2.3, *[50.0 + lr_of(trial)] * 10, *[math.nan] * 4])
    return works.trained(train=losses, val=[2.3, math.nan], train_accuracy=[0.1, 0.1], manifest=manifest())


def lr_of(trial: Trial | None) -> float:
    return float(str(trial.settings["lr"])) if trial is not None else 0.0


def found(work: works.Desk) -> tuple[Judgement, list[str], StepResult]:
    result = overfit_sample.run(work)
    works.say_all(result)
    return result.judgement, [key.removeprefix("overfit_sample.") for key in works.keys(result)], result


def when(**matching: Value) -> Callable[[Trial], RunState]:
    """Return what lets the network learn only in trials with those settings."""
    return lambda trial: (
        learned(trial) if all(trial.settings.get(name) == value for name, value in matching.items()) else stuck(trial)
    )


def desk(answer: Callable[[Trial], RunState], **rest: Any) -> works.Desk:
    return works.Desk(answer, **{"looked": works.report(), "settings": {"model": "mlp"}, **rest})


def test_a_network_that_learns_as_it_is() -> None:
    work = desk(learned)
    judgement, keys, result = found(work)
    assert (judgement, keys) == (SOUND, ["learned"])
    assert work.names == ["base", "lr-x10"] and not result.handed.settings


def test_nothing_holds_the_sample_back() -> None:
    work = desk(learned, options=Options(settings={"dropout": "0.5", "weight_decay": "0.1", "schedule": "cosine"}))
    overfit_sample.run(work)
    for trial in work.asked:
        hparams = work.hparams(trial.settings)
        assert (hparams.per_class, hparams.batch_size, hparams.max_steps) == (8, 80, STEPS)
        assert (hparams.dropout, hparams.weight_decay, hparams.schedule) == (0, 0, "constant")
        assert hparams.epochs * math.ceil(80 / hparams.batch_size) >= STEPS and hparams.watch_every


def test_a_user_who_allows_less_gets_less() -> None:
    work = desk(learned, looked=works.report(class_counts=[3] * 10), options=Options(settings={"per_class": "3"}))
    overfit_sample.run(work)
    assert {(trial.settings["per_class"], trial.settings["batch_size"]) for trial in work.asked} == {(3, 30)}


CAUSES: Mapping[str, tuple[dict[str, Value], Judgement, str, dict[str, Value], int]] = {
    "ten times as fast": ({"lr": 0.01}, SOUND, "learned_at", {}, 2),
    "a hundred times as fast": ({"lr": 0.1}, SOUND, "learned_at", {}, 5),
    "a tenth as fast": ({"lr": 0.0001}, SOUND, "learned_at", {}, 5),
    "a larger network": ({"width": 256}, DOUBTFUL, "learned_with", {"width": 256}, 6),
    "another start": ({"init": "he"}, DOUBTFUL, "learned_with", {"init": "he"}, 7),
    "a third start": ({"init": "orthogonal"}, DOUBTFUL, "learned_with", {"init": "orthogonal"}, 8),
    "a norm": ({"norm": "layer"}, DOUBTFUL, "learned_with", {"norm": "layer"}, 9),
    "nothing": ({"lr": -1.0}, FAULT, "not_learned", {}, 9),
}


@pytest.mark.parametrize(("works_with", "judgement", "key", "handed", "tries"), CAUSES.values(), ids=CAUSES)
def test_causes_are_tried_in_their_order_until_one_works(
    works_with: dict[str, Value], judgement: Judgement, key: str, handed: dict[str, Value], tries: int
) -> None:
    work = desk(when(**works_with))
    verdict, keys, result = found(work)
    assert (verdict, keys) == (judgement, [key])
    assert result.handed.settings == handed and len(work.asked) == tries
    assert result.table is not None and len(result.table.rows) == tries


def test_a_loss_that_is_no_number_is_tried_slower_and_with_a_norm() -> None:
    work = desk(blown)
    judgement, keys, _ = found(work)
    assert (judgement, keys) == (FAULT, ["blew_up"])
    assert work.names == ["base", "lr-x10", "lr-x0.1", "lr-x0.01", "norm-layer"]


def test_where_nothing_else_works_adam_is_tried() -> None:
    work = desk(when(optimizer="adam"), settings={"model": "mlp", "optimizer": "sgd"})
    _, keys, result = found(work)
    assert keys == ["learned_with"] and result.handed.settings == {"optimizer": "adam"}


def test_a_loss_that_is_no_number_at_a_high_rate_alone_is_fine() -> None:
    assert found(desk(lambda trial: blown(trial) if lr_of(trial) > 0.005 else learned(trial)))[0] is SOUND


def test_the_rate_of_the_task_is_tried_where_the_given_one_is_far_off() -> None:
    options = Options(settings={"lr": "10"})
    work = desk(lambda trial: learned(trial) if lr_of(trial) < 0.01 else blown(trial), options=options)
    judgement, keys, _ = found(work)
    assert "lr-usual" in work.names and (judgement, keys) == (FAULT, ["given_lr"])


@pytest.mark.parametrize(
    ("given", "highest", "judgement"),
    [("10", 0.01, FAULT), ("10", 2.0, FAULT), ("2", 0.03, FAULT), ("2", 0.5, DOUBTFUL), ("0.02", 0.01, DOUBTFUL)],
)
def test_a_given_rate_far_too_high_is_a_fault_though_it_teaches_a_little(
    given: str, highest: float, judgement: Judgement
) -> None:
    work = desk(
        lambda trial: learned(trial) if lr_of(trial) < highest else falling(1.3, 0.4, seed=lr_of(trial)),
        options=Options(settings={"lr": given}),
    )
    assert found(work)[:2] == (judgement, ["given_lr"])


def test_a_start_that_was_given_and_teaches_nothing_is_a_fault() -> None:
    looked = works.report(models=[works.model_report({"model": "mlp"}, unmoved=["hidden1.linear.weight"])])
    work = desk(when(init="he"), looked=looked, options=Options(settings={"init": "zero"}))
    assert found(work)[:2] == (FAULT, ["learned_with"])


def test_a_given_rate_that_is_only_slow_is_a_doubt() -> None:
    work = desk(when(lr=0.001), options=Options(settings={"lr": "0.0001"}))
    assert found(work)[:2] == (DOUBTFUL, ["given_lr"])


def test_what_the_user_has_settled_is_not_handed_on() -> None:
    _, keys, result = found(desk(when(width=16), options=Options(settings={"width": "4"})))
    assert keys == ["learned_with"] and not result.handed.settings


PARTLY = {
    "nine of ten": (falling(0.6, 0.9), DOUBTFUL),
    "half of the loss": (falling(1.0, 0.6), DOUBTFUL),
    "one of three": (falling(1.6, 0.33), DOUBTFUL),
    "one of five": (falling(2.0, 0.2), FAULT),
    "all, but one that is contradicted": (falling(0.1, 0.9875), DOUBTFUL),
}


@pytest.mark.parametrize(("state", "judgement"), PARTLY.values(), ids=PARTLY)
def test_a_network_that_learns_in_part_is_no_fault(state: RunState, judgement: Judgement) -> None:
    rising = iter(np.linspace(0, 1e-6, 50))

    def answer(trial: Trial) -> RunState:
        level = state.train_loss.raw.values[-1] + next(rising)
        return falling(level, float(state.eval_metrics["train_accuracy"].raw.values[-1]), seed=lr_of(trial))

    assert found(desk(answer))[0] is judgement


def test_samples_that_contradict_each_other_cannot_all_be_right() -> None:
    looked = works.report(contradictory=40, repeated=30)
    assert found(desk(lambda trial: falling(0.1, 0.98, seed=lr_of(trial)), looked=looked))[1][0] == "learned"


def numbers(last: float, trainable: int) -> Callable[[Trial], RunState]:
    made = manifest(samples=12, trainable=trainable)
    return lambda trial: falling(last, first=3.0, seed=lr_of(trial), manifest=made)


@pytest.mark.parametrize(
    ("last", "trainable", "judgement", "key"),
    [
        (0.05, 3, SOUND, "learned_small"),
        (0.9, 3, SOUND, "learned_small"),
        (1.9, 3, FAULT, "not_learned"),
        (0.01, 5000, SOUND, "learned"),
        (0.05, 5000, DOUBTFUL, "nearly"),
        (1.9, 5000, FAULT, "not_learned"),
    ],
)
def test_numbers(last: float, trainable: int, judgement: Judgement, key: str) -> None:
    """Targets of variance 2: a parabola through noisy points cannot reach 0, a large network can."""
    work = desk(numbers(last, trainable), looked=works.regression(), task="polynomial", settings={})
    assert found(work)[:2] == (judgement, [key])
    assert all("per_class" not in trial.settings for trial in work.asked)


def test_a_text_learns_a_few_pieces() -> None:
    looked = works.report(
        task="text", kind="language", class_counts=None, val_class_counts=None, classes=104, constant_loss=3.2
    )
    made = manifest(samples=8, trainable=30_000)
    work = desk(
        lambda trial: falling(0.4, 0.93, first=4.6, seed=lr_of(trial), manifest=made),
        looked=looked,
        task="text",
        settings={},
    )
    assert found(work)[:2] == (SOUND, ["learned"])
    assert {trial.settings["train_size"] for trial in work.asked} == {8}


def stats(**ratios: tuple[float, float]) -> LayersRecord:
    made = {
        name.replace("_", "."): LayerStats(weight_norm=1.0, update_ratio=ratio, grad_norm=grad)
        for name, (ratio, grad) in ratios.items()
    }
    return curves.layers(STEPS, **made)


STILL = {
    "all move": ([MATRIX, BIAS, LAST], [], stats(hidden1_linear=(1e-3, 0.1), output=(1e-3, 0.1)), SOUND, None),
    "frozen": ([frozen(MATRIX), frozen(BIAS), LAST], [], None, FAULT, "frozen"),
    "a frozen bias": ([MATRIX, frozen(BIAS), LAST], [], None, DOUBTFUL, "frozen"),
    "forgotten": ([MATRIX, BIAS, LAST], ["hidden1.linear.weight"], None, FAULT, "unmoved"),
    "a forgotten bias": ([MATRIX, BIAS, LAST], ["hidden1.linear.bias"], None, DOUBTFUL, "unmoved"),
    "a gradient without an update": (
        [MATRIX, BIAS, LAST],
        [],
        stats(hidden1_linear=(0.0, 0.1), output=(1e-3, 0.1)),
        FAULT,
        "unmoved",
    ),
    "no gradient at the end": (
        [MATRIX, BIAS, LAST],
        [],
        stats(hidden1_linear=(0.0, 0.0), output=(1e-3, 0.1)),
        SOUND,
        None,
    ),
    "nothing moves any more": (
        [MATRIX, BIAS, LAST],
        [],
        stats(hidden1_linear=(0.0, 1e-3), output=(0.0, 1e-3)),
        SOUND,
        None,
    ),
}


@pytest.mark.parametrize(("layers", "unmoved", "record", "judgement", "key"), STILL.values(), ids=STILL)
def test_layers_that_do_not_learn_are_a_fault_though_the_rest_does(
    layers: list[LayerInfo], unmoved: list[str], record: LayersRecord | None, judgement: Judgement, key: str | None
) -> None:
    looked = works.report(models=[works.model_report({"model": "mlp"}, unmoved=unmoved)])
    made = manifest(layers=layers)
    work = desk(lambda trial: learned(trial, manifest=made, layers=record), looked=looked)
    verdict, keys, _ = found(work)
    assert verdict is judgement
    assert keys == ([key, "learned"] if key else ["learned"])


def test_a_frozen_layer_is_told_before_what_it_leads_to() -> None:
    made = manifest(layers=[frozen(MATRIX), BIAS, LAST])
    assert found(desk(lambda trial: stuck(trial, manifest=made)))[:2] == (FAULT, ["frozen", "not_learned"])


def test_the_unmoved_of_another_network_do_not_count() -> None:
    looked = works.report(models=[works.model_report({"model": "cnn"}, unmoved=["hidden1.linear.weight"])])
    assert found(desk(learned, looked=looked))[0] is SOUND


@pytest.mark.parametrize("state", [learned, stuck, blown])
def test_a_learning_rate_that_changes_nothing_is_a_fault(state: Callable[[], RunState]) -> None:
    work = desk(lambda trial: state())
    judgement, keys, _ = found(work)
    assert judgement is FAULT and keys[0] == "lr_without_effect"
    assert work.names == ["base", "lr-x10"]


def test_a_loss_that_never_moves_says_nothing_of_the_rate() -> None:
    flat = [2.3] * STEPS
    work = desk(lambda trial: works.trained(train=flat, val=[2.3, 2.3], train_accuracy=0.1, manifest=manifest()))
    assert found(work)[1] == ["not_learned"]


def broken(trial: Trial) -> RunState:
    return works.failed("RuntimeError: boom", train=[], val=[], manifest=manifest())


def test_trainings_that_break_off_are_told() -> None:
    judgement, keys, result = found(desk(broken))
    assert (judgement, keys) == (FAULT, ["all_failed"])
    assert "boom" in works.sentences(result)[0]


def test_one_that_breaks_off_is_no_matter_where_another_learns() -> None:
    work = desk(lambda trial: broken(trial) if trial.name == "lr-x10" else learned(trial))
    assert found(work)[:2] == (SOUND, ["learned"])


def test_a_training_cut_short_says_nothing_against_the_network() -> None:
    def cut(trial: Trial) -> Outcome:
        return works.outcome(falling(1.6, seed=lr_of(trial)), by_guide=True)

    work = works.Desk(cut, looked=works.report())
    judgement, keys, result = found(work)
    assert (judgement, keys, len(work.asked)) == (DOUBTFUL, ["too_short"], 2)
    assert result.table is not None and result.table.rows[0][3] is None


@pytest.mark.parametrize(("most", "key"), [(0, "no_time"), (2, "too_short")])
def test_time_that_is_up_is_no_fault(most: int, key: str) -> None:
    work = desk(stuck, most=most, left_s=0.0 if most else math.inf)
    assert found(work)[:2] == (DOUBTFUL, [key])


def test_the_one_that_worked_is_drawn_before_the_others() -> None:
    plot = found(desk(when(lr=0.01)))[2].plot
    assert isinstance(plot, Curves)
    assert [line.role for line in plot.lines] == ["other", "main"]
    assert len(plot.lines[0].x) == STEPS and plot.levels[0].y == pytest.approx(math.log(10))


@pytest.mark.parametrize(
    ("settings", "change"),
    [
        ({"model": "cnn"}, {"channels": 64}),
        ({"model": "mlp", "layers": 0}, {"layers": 2}),
        ({"model": "gru"}, {"width": 256}),
    ],
)
def test_what_is_larger_depends_on_the_network(settings: dict[str, Value], change: dict[str, Value]) -> None:
    work = desk(stuck, settings=settings)
    overfit_sample.run(work)
    larger = next(trial for trial in work.asked if trial.name == "larger")
    assert {name: larger.settings[name] for name in change} == change


def test_a_polynomial_of_a_higher_degree() -> None:
    work = desk(numbers(1.9, 2), looked=works.regression(), task="polynomial", settings={"degree": 1})
    overfit_sample.run(work)
    assert next(trial for trial in work.asked if trial.name == "larger").settings["degree"] == 3
