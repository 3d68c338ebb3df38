"""Step 0: know the data. What the samples are, what is wrong with them, and the network to start with.

Nobody trains here: the data are looked at, and some networks are built and tried for a few steps each. A fault is only
what no training can make good: numbers that are none, inputs far from any usual scale, validation samples trained on.
Source: Karpathy 2019, "A Recipe for Training Neural Networks": become one with the data.
"""

import math

from dltui.guide.result import Bars, Check, Handed, Judgement, Level, StepResult, Table, TableCell
from dltui.guide.steps.know_data.data_checks import check_samples
from dltui.guide.steps.know_data.first_model import Choice, candidates, choose, fitting
from dltui.guide.steps.know_data.input_checks import check_inputs
from dltui.guide.steps.saying import doubtful, said, sound, words, worst_first
from dltui.guide.steps.usable import task_of, usable
from dltui.guide.trial import Work
from dltui.texts.guide import Said
from dltui_trainers.looked import DataReport, ModelReport
from dltui_trainers.runlog import Number, number
from dltui_trainers.taskfile.names import shown_task

MOST_BARS = 40
"""Of more classes, the largest and the smallest are drawn."""


def run(work: Work) -> StepResult:
    """Look at the data. Raises :class:`GuideError` where there is nothing that the guide could do."""
    wanted = candidates(work, task_of(work))
    looked = fitting(work, usable(work, wanted))
    choice = choose(work, looked, wanted)
    checks = worst_first([*check_inputs(looked), *check_samples(looked), *_check_models(looked, choice)])
    worst = checks[0]
    fine = worst.judgement is Judgement.SOUND
    return StepResult(
        judgement=worst.judgement,
        said=_summary(looked, choice) if fine else worst.said,
        checks=checks if fine else checks[1:],
        handed=Handed(settings=choice.settings),
        plot=_class_bars(looked) if looked.class_counts else None if looked.own_loss else _loss_bars(looked),
        table=_table(looked, choice),
    )


def _summary(looked: DataReport, choice: Choice) -> Said:
    model = words(choice.settings) or shown_task(looked.task)
    return said("know_data.sound", train=looked.n_train, val=looked.n_val, model=model)


def _check_models(looked: DataReport, choice: Choice) -> list[Check]:
    """Why this network; and those that cannot be trained, or do not train as a whole."""
    model = choice.model
    numbers: dict[str, float | str] = {
        "model": words(choice.settings),
        "parameters": model.parameters,
        "parameters_a_sample": model.parameters / looked.n_train,
        "samples": looked.n_train,
    }
    found = [sound(f"know_data.model_{choice.why if choice.settings else 'given'}", **numbers)]
    still = [*model.frozen, *model.unmoved]
    if still:
        found.append(sound("know_data.still", count=len(still), names=", ".join(still[:4])))
    for each in looked.models:
        if each.error:
            found.append(doubtful("know_data.model_error", model=words(each.settings), error=each.error))
    return found


def _class_bars(looked: DataReport) -> Bars:
    """The samples of each class, in training and in validation."""
    train, val = looked.class_counts or [], looked.val_class_counts or []
    shown = list(range(len(train)))
    if len(shown) > MOST_BARS:
        by_size = sorted(shown, key=lambda each: -train[each])
        shown = by_size[: MOST_BARS // 2] + by_size[-MOST_BARS // 2 :]
    return Bars(
        title=said("know_data.plot_classes" if len(shown) == len(train) else "know_data.plot_some_classes"),
        labels=[str(each) for each in shown],
        groups=[said("know_data.training"), said("know_data.validation")],
        values=[_drawn(train, shown), _drawn(val, shown)],
    )


def _drawn(counts: list[int], shown: list[int]) -> list[Number]:
    return [float(counts[each]) if each < len(counts) else 0.0 for each in shown]


def _loss_bars(looked: DataReport) -> Bars:
    """Where samples have no classes: the losses that can be had without a look at the inputs."""
    first = "answer_zero" if looked.classes is None else "answer_uniform"
    expected = float(looked.expected_initial_loss)
    return Bars(
        title=said("know_data.plot_losses"),
        labels=[looked.loss],
        groups=[said(f"know_data.{first}"), said("know_data.answer_constant")],
        values=[[looked.uniform_loss], [looked.constant_loss]],
        level=Level(name=said("know_data.expected"), y=expected) if math.isfinite(expected) else None,
    )


def _table(looked: DataReport, choice: Choice) -> Table:
    heads = ("model", "parameters", "a_sample", "step_ms", "epoch_s", "chosen")
    return Table(
        columns=[said(f"know_data.head_{head}") for head in heads],
        rows=[_row(looked, model, model is choice.model) for model in looked.models],
    )


def _row(looked: DataReport, model: ModelReport, chosen: bool) -> list[TableCell]:
    name = words(model.settings) or shown_task(looked.task)
    if model.error:
        return [name, None, None, None, None, ""]
    size = number(round(model.parameters / looked.n_train, 2))
    speed = [round(1e3 * model.step_s, 3), round(model.epoch_s, 3)]
    return [name, float(model.parameters), size, *speed, said("marks.taken") if chosen else ""]
