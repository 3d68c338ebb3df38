"""A training with nothing that holds it back, for steps that ask whether it can learn at all."""

from collections.abc import Mapping

from dltui.guide.steps.usable import task_of
from dltui.guide.trial import Work
from dltui_trainers.runlog import Value

_OFF: Mapping[str, Value] = {
    "weight_decay": 0.0,
    "l1": 0.0,
    "dropout": 0.0,
    "layer_dropout": "none",
    "input_dropout": 0.0,
    "label_smoothing": 0.0,
    "augment": "none",
    "test_crops": "none",
    "early_stop_patience": 0,
    "schedule": "constant",
    "warmup_steps": 0,
}


def unregularised(work: Work) -> dict[str, Value]:
    """Return the settings that switch off what regularises, ends early or moves the learning rate, as the task has it.

    A user's own settings are switched off too: they hold again from the next steps on.
    """
    reads = task_of(work).reads
    return {name: value for name, value in _OFF.items() if name in reads}
