"""What a run is worth on data that it has not seen: its best checkpoint, loaded and asked."""

import math
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.guide.grounds import Samples
from dltui_trainers.checkpoint import BEST, load
from dltui_trainers.choices import EvalCrops
from dltui_trainers.configure import as_settings
from dltui_trainers.crops import averaged_answer
from dltui_trainers.metrics import Evaluation, evaluate, evaluating
from dltui_trainers.named_task import find_task
from dltui_trainers.plan import plan
from dltui_trainers.runlog import CHECKPOINTS, MANIFEST, METRICS, EvalRecord, Value, manifest_decoder, record_decoder
from dltui_trainers.task_module import import_task

CPU = torch.device("cpu")
SAME = 1e-3
"""Of a loss: what the checkpoint says of the validation set may differ so much from the log, by rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """The best checkpoint of a run. Accuracies are NaN where there are none; ``hparams`` are those of its manifest."""

    folder: Path
    hparams: dict[str, Value]
    parameters: int
    val_loss: float
    test_loss: float
    val_accuracy: float
    test_accuracy: float


def best_val_loss(folder: Path) -> float:
    """Return the lowest validation loss that a run has logged; infinite without one."""
    try:
        records = record_decoder.decode_lines((folder / METRICS).read_bytes())
    except FileNotFoundError:
        return math.inf
    losses = [float(each.val_loss) for each in records if isinstance(each, EvalRecord)]
    return min((each for each in losses if math.isfinite(each)), default=math.inf)


def worth_of(folder: Path, test: Samples) -> Worth:
    """Return what the best checkpoint of the run in ``folder`` makes of the test set.

    Raises ``ValueError`` where it is not what the log says that it is.
    """
    manifest = manifest_decoder.decode((folder / MANIFEST).read_bytes())
    settings, _ = as_settings(find_task(manifest.task), manifest.hparams)
    planned = plan(manifest.task, settings)
    hparams, module = planned.hparams, import_task(planned.task)
    data = module.load(hparams)
    model = module.build_model(hparams, data)
    model.load_state_dict(load(folder / CHECKPOINTS / BEST, CPU)["model"])

    def answer(x: torch.Tensor) -> torch.Tensor:
        inputs = data.inputs(x)
        if hparams.test_crops is not EvalCrops.NONE:
            return averaged_answer(model, inputs, hparams.test_crops, data.loss)
        output: torch.Tensor = model(inputs)
        return output

    with evaluating(model):
        on_val = evaluate(answer, data.val_x, data.val_y, data.loss)
        on_test = evaluate(answer, *test, data.loss)
    logged = best_val_loss(folder)
    if not math.isclose(on_val.loss, logged, rel_tol=SAME):
        raise ValueError(
            f"{folder}: its log has {logged:.6g} as its best loss, and its best checkpoint {on_val.loss:.6g}"
        )
    return Worth(
        folder=folder,
        hparams=manifest.hparams,
        parameters=manifest.model.parameters,
        val_loss=on_val.loss,
        test_loss=on_test.loss,
        val_accuracy=_accuracy(on_val),
        test_accuracy=_accuracy(on_test),
    )


def _accuracy(found: Evaluation) -> float:
    return math.nan if found.accuracy is None else found.accuracy
