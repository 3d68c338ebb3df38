"""What a look at the data of a task found, as it stands in the file that answers a ``Look``; without torch.

See :mod:`dltui_trainers.probes`, which looks. Numbers that are not finite have names, as in the run log.
"""

from typing import TypeAlias

import msgspec

from dltui_trainers.runlog import Count, Number


class InputsReport(msgspec.Struct, kw_only=True, frozen=True):
    """The training inputs as a network sees them, over those that are finite.

    A feature is one number of a sample. ``constant_features`` have the same value in all samples that were looked at;
    the largest mean (without its sign) and the deviations are of the others, ``None`` where there are none.
    """

    minimum: Number
    maximum: Number
    mean: Number
    deviation: Number
    features: Count
    constant_features: Count
    largest_feature_mean: Number | None
    largest_feature_deviation: Number | None
    smallest_feature_deviation: Number | None


class ModelReport(msgspec.Struct, kw_only=True, frozen=True):
    """A network for the task, built and tried for some steps at the batch size of its settings.

    ``settings`` are those that were added to the order's. ``frozen`` names the parameters that take no gradient,
    ``unmoved`` those that take one and yet were to the bit what they had been after all ``steps``. ``step_s`` is the
    median of a step, ``validation_s`` the time of a whole validation, ``epoch_s`` that of an epoch with one validation
    or as many as ``eval_every`` asks for; they are 0 where ``error`` says, in a sentence, why there is no such network
    or why it cannot be trained.
    """

    settings: dict[str, str]
    parameters: Count = 0
    trainable: Count = 0
    frozen: list[str] = []
    unmoved: list[str] = []
    steps: Count = 0
    step_s: float = 0.0
    validation_s: float = 0.0
    steps_per_epoch: Count = 0
    epoch_s: float = 0.0
    error: str = ""


class DataReport(msgspec.Struct, tag_field="look", tag="data", kw_only=True, frozen=True):
    """The data of a task, as its settings cut and corrupt them.

    Of large data some samples stand for all, evenly spread: ``looked_at`` training samples for ``inputs``, ``compared``
    and ``val_compared`` ones for the duplicates.

    - ``class_counts``, ``val_class_counts``: ``None`` where a sample has no class of its own.
    - ``inputs``: ``None`` for a text, whose characters are no measurements.
    - ``non_finite_inputs`` counts numbers in both sets, ``non_finite_targets`` samples in both.
    - ``target_mean``, ``target_variance``: of the training targets of a regression.
    - ``repeated``: training samples that are exactly an earlier one, whatever their targets; ``contradictory``: those
      whose inputs are exactly another's with another target; ``val_in_train``: validation samples whose inputs are
      exactly those of some training sample.
    - ``uniform_loss``: on the validation, of calling all classes alike, or of answering 0 (mse). ``constant_loss``: of
      the best answer that is the same for all samples, as the training set has it. ``expected_initial_loss``: as the
      task says.
    - ``own_loss``: the loss is a function of the user's task file, called ``loss``: where it should begin nobody knows.
    - ``reads``, ``augmentations``: of a task file, what the data leave of both; empty of other tasks.
    - ``load_s``: what it takes to run a task file and load its data, which each training does anew; 0 of other tasks.
    - ``device``: where a training would compute, ``cpu`` or ``cuda:0``.
    - ``neighbour_score``: the accuracy of the class of the nearest training sample, or R2 of the mean of the five
      nearest, on the validation; ``None`` for a text, and where there is nothing to compare. ``chance``: what the
      best constant answer scores in the same measure.
    """

    task: str
    kind: str
    loss: str
    classes: int | None
    n_train: Count
    n_val: Count
    input_shape: list[int]
    class_counts: list[int] | None
    val_class_counts: list[int] | None
    looked_at: Count
    compared: Count
    val_compared: Count
    inputs: InputsReport | None
    non_finite_inputs: Count
    non_finite_targets: Count
    target_mean: Number | None
    target_variance: Number | None
    repeated: Count
    contradictory: Count
    val_in_train: Count
    uniform_loss: Number
    constant_loss: Number
    expected_initial_loss: Number
    neighbour_score: Number | None
    chance: float
    device: str
    models: list[ModelReport]
    own_loss: bool = False
    load_s: float = 0.0
    reads: list[str] = []
    augmentations: list[str] = []

    @property
    def takes_squares(self) -> bool:
        """Whether the loss is the mean of squares."""
        return self.loss == "mse" and not self.own_loss


class LookFailed(msgspec.Struct, tag_field="look", tag="failed", kw_only=True, frozen=True):
    """There was nothing to look at, and why, in a sentence. ``usage``: who gave the order can have caused it."""

    error: str
    usage: bool


Looked: TypeAlias = DataReport | LookFailed

looked_decoder = msgspec.json.Decoder(Looked)
"""Decodes an answer. Raises ``msgspec.DecodeError``."""
