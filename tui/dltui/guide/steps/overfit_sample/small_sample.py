"""A sample so small that any sound network learns it by heart, and when that is done."""

import math
from dataclasses import dataclass

import numpy as np

from dltui.guide.levels import above
from dltui.guide.outcome import Outcome
from dltui.guide.steps.quiet import unregularised
from dltui.guide.steps.usable import task_of
from dltui.guide.trial import Work
from dltui_trainers.looked import DataReport
from dltui_trainers.runlog import Value

STEPS = 300
SAMPLES = 20
"""Of what has no classes; CS231n overfits about 20 samples."""
TEXTS = 8
"""Pieces of a text: each has as many characters to learn as its context is long."""
MOST_BATCH = 256
EVAL_EVERY = 50
WATCH_EVERY = 10
ALL = 0.995
"""Of the training samples right: all of them, but for one of two hundred that two classes claim."""
NEARLY = 0.75
"""Of the samples right: half-way from guessing, of two classes, to all. Or of the loss of a constant answer: what does
not learn, stays at it."""
NEAR_ZERO = 0.01
"""Of the loss of the best constant answer."""
WIDE_MARGIN = 0.5
OF_TEXT = 0.25
"""The first characters of each piece could go on in many ways: what is left of the loss is mostly theirs."""
FEW_PARAMETERS = 3
"""So many parameters a sample, or fewer, cannot be asked to go through all of them."""
BLOWN_UP = 2.0
"""Times its first value, at the end: a training loss that has risen, not one that is noisy."""


def sample_settings(work: Work, looked: DataReport) -> dict[str, Value]:
    """Return the settings of a training on the small sample: nothing held back, all of it in a step where that fits."""
    reads = task_of(work).reads
    count = looked.n_train
    settings: dict[str, Value] = {**unregularised(work), "max_steps": STEPS, "epochs": STEPS, "log_every": 1}
    if "per_class" in reads and looked.class_counts:
        per_class = min(work.options.per_class, work.hparams().per_class or work.options.per_class)
        settings["per_class"] = per_class
        count = sum(min(each, per_class) for each in looked.class_counts)
    elif "train_size" in reads:
        count = min(TEXTS if looked.kind == "language" else SAMPLES, looked.n_train)
        settings["train_size"] = count
    return {
        **settings,
        "batch_size": min(count, MOST_BATCH),
        "eval_every": _eval_every(looked),
        "watch_every": WATCH_EVERY,
    }


def _eval_every(looked: DataReport) -> int:
    """Only at the end where a validation costs more than the steps before it."""
    costly = any(each.validation_s > EVAL_EVERY * each.step_s for each in looked.models if not each.error)
    return STEPS if costly else EVAL_EVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """When the sample counts as learned: at that accuracy, or at that training loss.

    ``accuracy`` is infinite where the loss alone counts. ``constant``: what the best constant answer costs, a network
    that has learned nothing; of a loss of the user's own, where the training began. ``by_heart``: whether the network
    is large enough to learn all samples.
    """

    accuracy: float
    loss: float
    constant: float
    by_heart: bool

    @staticmethod
    def of(outcome: Outcome, looked: DataReport) -> "Bar":
        """Return the bar for that training.

        Classes: all samples right, but for those which the data themselves contradict; or next to no loss. Numbers:
        less than a hundredth of their variance is left. A text: a quarter of the loss, because the beginning of a piece
        cannot be known. Where a network has few parameters beside the samples, as a parabola through twelve noisy
        points, it cannot go through all of them: then half of the loss must be gone, which no luck brings about.
        """
        if looked.own_loss:
            return _own_bar(outcome, looked)
        constant = _constant_loss(looked)
        by_heart = not _is_small(outcome)
        left = (OF_TEXT if looked.kind == "language" else NEAR_ZERO) if by_heart else WIDE_MARGIN
        contradicted = looked.contradictory / max(looked.compared, 1)
        accuracy = math.inf if looked.kind == "language" else ALL - contradicted
        return Bar(accuracy=accuracy, loss=left * constant, constant=constant, by_heart=by_heart)

    def is_reached(self, outcome: Outcome) -> bool:
        """Whether that training has learned the sample."""
        return outcome.train_accuracy >= self.accuracy or outcome.train_loss <= self.loss

    def is_surely_reached(self, outcome: Outcome) -> bool:
        """Whether more steps would show nothing else: an accuracy is measured now and then, and is awaited."""
        if math.isfinite(outcome.train_accuracy) and math.isfinite(self.accuracy):
            return outcome.train_accuracy >= self.accuracy
        return self.by_heart and outcome.train_loss <= self.loss

    def is_near(self, outcome: Outcome) -> bool:
        """Whether it has learned much of it: the network learns, if slowly or not all."""
        return outcome.train_accuracy >= NEARLY or outcome.train_loss <= above(self.constant, NEARLY - 1)


def _own_bar(outcome: Outcome, looked: DataReport) -> Bar:
    """Of a loss of the user's own nobody knows where it ends: half of what it was must be gone, or all be right."""
    losses = outcome.state.train_loss.raw.values
    first = float(losses[0]) if len(losses) else math.nan
    accuracy = ALL - looked.contradictory / max(looked.compared, 1) if looked.class_counts else math.inf
    return Bar(accuracy=accuracy, loss=above(first, WIDE_MARGIN - 1), constant=first, by_heart=False)


def _constant_loss(looked: DataReport) -> float:
    """What a constant answer costs on the sample. Of classes it holds as many each; of a text the letters count."""
    if looked.class_counts:
        return float(looked.uniform_loss)
    if looked.target_variance is not None:
        return float(looked.target_variance)
    return float(looked.constant_loss)


def _is_small(outcome: Outcome) -> bool:
    manifest = outcome.state.manifest
    if manifest is None or manifest.model is None or manifest.data is None:
        return False
    return manifest.model.trainable <= FEW_PARAMETERS * manifest.data.n_train


def accuracy_of(outcome: Outcome) -> float:
    """Return its last training accuracy; NaN where there is none, or it was measured long before the last step."""
    steps = outcome.state.eval_metrics["train_accuracy"].track.axis("step").values
    fresh = len(steps) > 1 and steps[-1] >= outcome.state.step - 1.5 * EVAL_EVERY
    return outcome.train_accuracy if fresh else math.nan


def blew_up(outcome: Outcome) -> bool:
    """Whether its training loss stopped being a number, or rose: too high a learning rate, or inputs out of range."""
    losses = outcome.state.train_loss.raw.values
    if not len(losses):
        return False
    return not np.isfinite(losses).all() or outcome.train_loss > above(float(losses[0]), BLOWN_UP - 1)


def has_begun(outcome: Outcome) -> bool:
    """Whether there is anything to judge."""
    return math.isfinite(outcome.train_loss) or blew_up(outcome)
