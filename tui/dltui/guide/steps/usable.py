"""What the first steps rest on: data that were looked at and can be learned from, and what the task reads."""

import math
from collections.abc import Mapping, Sequence

from dltui.errors import GuideError
from dltui.guide.seen import as_seen
from dltui.guide.trial import Work
from dltui_trainers.choices import Loss
from dltui_trainers.configure import as_text
from dltui_trainers.errors import TrainerError
from dltui_trainers.looked import DataReport
from dltui_trainers.plan import plan
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value
from dltui_trainers.taskfile.names import shown_task


def task_of(work: Work) -> TaskInfo:
    """Return the task as the user's data make it. Raises :class:`GuideError`."""
    try:
        task = plan(work.task, {name: as_text(value) for name, value in work.settings.items()}).task
    except TrainerError as error:
        raise GuideError(str(error)) from error
    return as_seen(task, work.looked)


def usable(work: Work, models: Sequence[Mapping[str, Value]] = ()) -> DataReport:
    """Return what was seen of the data; they are looked at now if ``models`` are given, or nobody did yet.

    Raises :class:`GuideError` with one sentence where there is nothing that the guide could do.
    """
    looked = work.look(models or [{}]) if models or work.looked is None else work.looked
    _refuse(looked)
    return looked


def _refuse(looked: DataReport) -> None:
    """Refuse what no step can judge."""
    name = shown_task(looked.task)
    if not looked.own_loss and looked.loss not in list(Loss):
        raise GuideError(
            f"The guide knows where a loss of {', '.join(Loss)} should begin, and {name} has '{looked.loss}':"
            " train it with 'dltui train' and look at its curves."
        )
    expected = float(looked.expected_initial_loss)
    if not (math.isfinite(expected) and expected > 0) and not (looked.non_finite_targets or looked.own_loss):
        raise GuideError(
            f"The task {name} tells {expected:g} as the loss of a network that knows nothing; a number above 0"
            " is needed to judge a training by: check its targets."
        )
    _refuse_samples(looked)
    built = [model for model in looked.models if not model.error]
    if looked.models and not built:
        raise GuideError(f"No network for {name} can be trained: {looked.models[0].error}")


def _refuse_samples(looked: DataReport) -> None:
    name = shown_task(looked.task)
    for count, kind in ((looked.n_train, "training"), (looked.n_val, "validation")):
        if count < 1:
            raise GuideError(
                f"The task {name} has no {kind} samples, and the guide compares both sets: check its data, or"
                " where it splits them (val_share)."
            )
    if looked.own_loss:  # it may teach something of a single class
        return
    present = sum(count > 0 for count in looked.class_counts) if looked.class_counts else looked.classes
    if present is not None and present < 2:
        raise GuideError(
            f"The training samples of {name} are all of one class, so there is nothing to tell apart: check the"
            " column or folder that the classes are read from."
        )
    if looked.target_variance is not None and float(looked.target_variance) == 0:
        raise GuideError(
            f"The training targets of {name} are all the same number, so there is nothing to learn: check the"
            " column that they are read from."
        )
