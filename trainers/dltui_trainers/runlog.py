"""The contract between a training and everybody who watches it: the record types, and one record <-> one line.

A run is a folder. ``run.json`` (the manifest) is written once, ``metrics.jsonl`` (the log) and ``control.jsonl``
(commands) only ever grow, by whole lines. Only msgspec and the standard library are needed to read or write them.

JSON has no NaN and no infinity: they are written as the strings ``"nan"``, ``"inf"`` and ``"-inf"``.
"""

import math
from typing import Annotated, Literal

import msgspec

FORMAT = 1

MANIFEST = "run.json"
METRICS = "metrics.jsonl"
CONTROL = "control.jsonl"
STDOUT = "stdout.log"
CHECKPOINTS = "checkpoints"

NonFinite = Literal["nan", "inf", "-inf"]
Number = float | NonFinite
"""A number as it stands in the log. ``float(number)`` reads it."""
Count = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""A whole number that a float holds exactly; a longer one in a log is not one of ours."""
Value = bool | int | float | str | None
"""A hyperparameter's value as it stands in JSON."""


def number(value: float) -> Number:
    """Return ``value`` as it is written to the log: finite numbers as they are, others by name."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "nan"
    return "inf" if value > 0 else "-inf"


def number_or_none(value: float | None) -> Number | None:
    """Like :func:`number`, for a measurement that may be unknown."""
    return None if value is None else number(value)


class Record(msgspec.Struct, tag_field="kind", omit_defaults=True, kw_only=True, gc=False):
    """What every line of ``metrics.jsonl`` has. ``step``: optimiser steps done; ``time``: Unix seconds."""

    step: Count
    time: float


class StepRecord(Record, tag="step"):
    """One optimiser step, or the mean since the last such record when steps are faster than the log.

    ``epoch`` is a float (1.5: half of the second epoch is done), NaN where nobody knows it; ``throughput`` is in
    samples a second; ``update_ratio`` is the norm of the update over the norm of the weights; ``data_wait`` the share
    of the time, 0 to 1, in which the step waited for its batch.
    """

    train_loss: Number
    epoch: Number = "nan"
    lr: Number | None = None
    grad_norm: Number | None = None
    update_ratio: Number | None = None
    throughput: Number | None = None
    data_wait: Number | None = None


STEP_METRICS = tuple(name for name in StepRecord.__struct_fields__ if name not in ("step", "time", "epoch"))
"""What a step may tell, by its name in the log; the loss comes first."""


class EvalRecord(Record, tag="eval"):
    """One validation. Accuracy, precision and recall are fractions (0 to 1), averaged over classes where they are per
    class; ``val_perplexity`` is at least 1, and ``val_r2`` at most 1. A script of a user may measure no loss."""

    epoch: Number = "nan"
    val_loss: Number | None = None
    val_accuracy: Number | None = None
    val_precision: Number | None = None
    val_recall: Number | None = None
    val_perplexity: Number | None = None
    val_r2: Number | None = None
    train_accuracy: Number | None = None


EVAL_METRICS = tuple(name for name in EvalRecord.__struct_fields__ if name not in ("step", "time", "epoch"))
"""What a validation may tell, by its name in the log; the loss comes first."""


class LayerStats(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """One layer at one step. ``dead``: the share of its units that were 0 for every sample looked at."""

    weight_norm: Number
    grad_norm: Number | None = None
    update_ratio: Number | None = None
    dead: Number | None = None


class LayersRecord(Record, tag="layers"):
    """Statistics by layer, every ``watch_every`` steps."""

    layers: dict[str, LayerStats]


class ParameterStats(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """One parameter tensor at one step.

    ``norm``, ``grad_norm`` and ``update_norm`` are Euclidean, of the weights, of their gradient (None: there was none,
    the tensor had no part in the loss) and of the last update. ``low`` and ``high`` are the smallest and the largest
    weight, between which ``histogram`` counts in equal bins (empty where a weight is not finite); the gradient's alike.
    """

    norm: Number
    grad_norm: Number | None = None
    update_norm: Number | None = None
    low: Number | None = None
    high: Number | None = None
    histogram: list[int] = []
    grad_low: Number | None = None
    grad_high: Number | None = None
    grad_histogram: list[int] = []


class OutputStats(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """The outputs of one module at one step, over some samples.

    ``dead``: the share of an activation's units that were 0 for every sample; ``saturated``: the share of a sigmoid's
    or tanh's outputs that lie within 2 % of an end of their range, where no gradient passes.
    """

    mean: Number
    deviation: Number
    dead: Number | None = None
    saturated: Number | None = None


class ParametersRecord(Record, tag="parameters"):
    """Every parameter tensor by its name, and the outputs of modules: now and then, ever more rarely.

    ``noise_scale``: the gradient noise scale in samples, about the batch size from which on larger ones gain little
    (S. McCandlish et al., 2018, arXiv:1812.06162), where it costs nothing to estimate.
    """

    parameters: dict[str, ParameterStats]
    outputs: dict[str, OutputStats] = {}
    noise_scale: Number | None = None


class GpuStats(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """One GPU that a training uses, by its number in the machine: ``util`` in percent, ``mem`` in bytes, ``temp`` in
    degrees Celsius, ``power`` in watts. What the driver does not tell is None."""

    index: int
    name: str = ""
    util: float | None = None
    mem: Count | None = None
    mem_total: Count | None = None
    temp: float | None = None
    power: float | None = None
    power_limit: float | None = None


class SystemRecord(Record, tag="system"):
    """The machine: ``cpu`` in percent of one core, ``rss`` and ``gpu_mem`` in bytes, ``gpu_util`` in percent.

    The three of the GPU are those of the first one in use, ``gpus`` tells of each; ``memory_free``, ``memory_total``
    and ``disk_free`` (where the run is written) are in bytes, ``cpus`` counts the cores that the training may use.
    """

    cpu: float
    rss: Count
    gpu_util: float | None = None
    gpu_mem: Count | None = None
    gpu_temp: float | None = None
    gpus: list[GpuStats] = []
    cpus: int | None = None
    memory_free: Count | None = None
    memory_total: Count | None = None
    disk_free: Count | None = None


class MetricsRecord(Record, tag="metrics"):
    """Numbers of a user's script that have no place in the other records, by the names that the script gives them."""

    values: dict[str, Number]
    epoch: Number = "nan"


class EventRecord(Record, tag="event", rename={"from_": "from"}):
    """Something was done or refused. ``id`` is the id of the command that asked for it.

    ``hparam`` names what went ``from_`` -> ``to``; a command that sets several is answered by one event for each.
    ``reason``: why it was asked for, or why it was refused; ``note``: what the training has to say about it.
    """

    name: str
    hparam: str = ""
    from_: Value = None
    to: Value = None
    by: str = ""
    reason: str = ""
    note: str = ""
    id: int | None = None
    done: bool = True


class EndRecord(Record, tag="end"):
    """The last record of a training that came to an end by itself."""

    status: Literal["finished", "stopped", "failed"]
    error: str | None = None
    best_step: Count | None = None
    best_val_loss: Number | None = None


AnyRecord = (
    StepRecord | EvalRecord | LayersRecord | ParametersRecord | SystemRecord | MetricsRecord | EventRecord | EndRecord
)


class Command(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One line of ``control.jsonl``: what somebody wants of the training.

    ``set`` takes ``hparam`` and ``value``, and in ``also`` further ones (name -> value) to be set in the same breath:
    all of them or none. ``undo`` may name in ``value`` the id of the change that it means: two who ask for the same
    undo it once.
    """

    id: int
    time: float
    command: str
    hparam: str | None = None
    value: Value = None
    also: dict[str, Value] = {}
    by: str = "user"
    reason: str = ""


class DataInfo(msgspec.Struct, kw_only=True):
    """The data of a run. ``classes`` and ``class_counts`` (of the training set) are null for a regression."""

    n_train: Count
    n_val: Count
    classes: int | None
    class_counts: list[int] | None
    input_shape: list[int]


class LayerInfo(msgspec.Struct, kw_only=True):
    """One parameter tensor of the model, and the kind of ``module`` (``Linear``) that it belongs to.

    ``optimized``: whether an optimiser has it; ``trainable``: whether it is to have a gradient.
    """

    name: str
    shape: list[int]
    parameters: Count
    trainable: bool
    module: str = ""
    optimized: bool = True


class ModelInfo(msgspec.Struct, kw_only=True):
    """The model of a run; the two counts are of scalars."""

    parameters: Count
    trainable: Count
    layers: list[LayerInfo]


class Parent(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The run that this one started from, and the hyperparameters that were changed (name -> new value).

    ``step`` is that of the checkpoint which a branch goes on from; a restart with the parent's settings has 0.
    ``inherited``: what was changed before, in the runs that the parent came from; told for a user's script alone, which
    begins each time with its own values.
    """

    run: str
    step: Count
    changed: dict[str, Value]
    inherited: dict[str, Value] = {}


class Manifest(msgspec.Struct, kw_only=True):
    """``run.json``: what was started, on what, with which settings. ``created`` is UTC in ISO 8601.

    ``source`` is who writes the log: our own loop (``worker``), a user's script by its recorder, or what follows a
    command of the user. Of a script nobody may know much: ``epochs`` and ``steps_per_epoch`` are 0 then, and ``data``
    and ``model`` null. ``cwd``: where ``command`` was started. ``commands`` are those that the training listens to and
    ``settable`` the hyperparameters that can be set while it runs; null: those that our own loop has. ``processes``: of
    our own loop, how many train together; each takes ``batch_size`` samples of a step.
    """

    format: int
    run: str
    task: str
    created: str
    command: list[str]
    host: str
    pid: int
    seed: int | None = None
    device: str = ""
    versions: dict[str, str] = {}
    git: str | None = None
    hparams: dict[str, Value] = {}
    epochs: Count = 0
    steps_per_epoch: Count = 0
    data: DataInfo | None = None
    model: ModelInfo | None = None
    loss: str = ""
    expected_initial_loss: float | None = None
    parent: Parent | None = None
    source: Literal["worker", "recorder", "command"] = "worker"
    cwd: str = ""
    commands: list[str] | None = None
    settable: list[str] | None = None
    processes: Count = 1


_encode = msgspec.json.Encoder().encode


def to_line(record: Record | Command) -> bytes:
    """Return the record as one line of JSON, newline included."""
    return _encode(record) + b"\n"


record_decoder = msgspec.json.Decoder(AnyRecord)
"""Decodes one line. Raises ``msgspec.DecodeError`` on a torn or foreign one."""
command_decoder = msgspec.json.Decoder(Command)
manifest_decoder = msgspec.json.Decoder(Manifest)
