"""Weights that have a gradient and do not move."""

import math

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.network import Layer, names
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import drop, train_curve
from dltui.diagnosis.vanishing_gradients import TINY

LEARNED = 0.15
"""A training loss that came down by more says that some network is trained, though not the one that is watched."""


def find(run: Observed) -> Finding | None:
    """A layer is to be trained, has a gradient at each record, and its weights are the same from first to last.

    Causes, as far as the log tells them apart: the learning rate is 0; ``optimizer.step()`` is never called (nothing
    moves at all); the layer was not given to the optimiser, as happens to one that is made after it or kept in a plain
    list; its group has the learning rate 0. Steps that were skipped, with a gradient that is not finite, do not count.
    What a plain list holds is not part of the model, so it is not even among its layers: it cannot be seen from here.
    A network whose first layers, or most of it, are not with the optimiser is being fine-tuned: a note.
    Silent with fewer than three records, where the gradient is 0 or has vanished, and where the loss falls and nothing
    moves: then another network is trained than the one that is watched.
    Source: AWS SageMaker Debugger, UnchangedTensor; CS231n neural-networks-3 (ratio of weights:updates).
    """
    network = run.network
    pushed = [each for each in network.measured if _has_gradient(each)]
    still = [each for each in pushed if all(tensor.stands_still for tensor in each.core)]
    if not still:
        return None
    whole = len(still) == len(pushed) and _nothing_moves(network.measured)
    if whole and drop(train_curve(run)) > LEARNED:
        return None
    missing = [each for each in still if not each.optimized]
    if whole and len(missing) < len(still):
        return _finding(run, Severity.CRITICAL, _of_all(run, still))
    held = [each for each in still if each.optimized]
    meant = not held and network.is_backbone(missing)
    matters = any(each.connects for each in still)
    return _finding(
        run,
        Severity.WARNING if matters and not meant else Severity.INFO,
        *([_told("not_in_optimizer", network.steps, missing)] if missing else []),
        *([_told("never_changed", network.steps, held)] if held else []),
    )


def _has_gradient(layer: Layer) -> bool:
    return all(TINY < each < math.inf for tensor in layer.core if tensor.info.trainable for each in tensor.grad_norms)


def _nothing_moves(layers: tuple[Layer, ...]) -> bool:
    return all(tensor.stands_still for each in layers for tensor in each.tensors if tensor.stats)


def _of_all(run: Observed, still: list[Layer]) -> Evidence:
    rates = run.lr.value
    if len(rates) and float(abs(rates).max()) == 0:
        return Evidence(name="lr_is_zero", value=0.0, unit=Unit.NUMBER, layers=names(still))
    return _told("no_step", run.network.steps, still)


def _told(name: str, steps: tuple[float, ...], layers: list[Layer]) -> Evidence:
    return Evidence(name=name, value=steps[-1], unit=Unit.STEP, numbers={"first_step": steps[0]}, layers=names(layers))


def _finding(run: Observed, severity: Severity, *evidence: Evidence) -> Finding:
    return Finding(
        symptom=Symptom.NEVER_UPDATED,
        severity=severity,
        confidence=0.95,
        since_step=run.network.steps[0],
        evidence=evidence,
        guide_step=2,
    )
