"""What does not take part in a training: layers that stay as they are, and a learning rate that changes nothing."""

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

import numpy as np

from dltui.guide.outcome import Outcome
from dltui.guide.result import Check
from dltui.guide.steps.saying import doubtful, fault
from dltui_trainers.configure import as_text
from dltui_trainers.looked import DataReport
from dltui_trainers.runlog import LayerInfo, LayerStats, Value

FELT = 1e-6
"""The norm of a gradient that would move a layer; far below, vanishing gradients may lose themselves in rounding."""
ENOUGH = 5
"""Steps whose losses are compared: the first one is before any update."""
NAMED = 4


def unmoved_in(looked: DataReport, settings: Mapping[str, Value]) -> set[str]:
    """Return the parameters that take a gradient and were the same to the bit after the steps of the look.

    Of the network alone that was looked at and that these settings make.
    """
    return {name for model in looked.models if _is_ours(model.settings, settings) for name in model.unmoved}


def check_layers(outcome: Outcome, unmoved: Collection[str]) -> list[Check]:
    """Return a fault for each way in which a layer of that training does not learn.

    Frozen are those that take no gradient; not moving are the ``unmoved``, and those that got a gradient and no update
    in the last step that was watched. A single bias counts as a doubt. A layer without a gradient at
    the end has died, which is another matter: only the curves tell whether that hurts.
    """
    manifest = outcome.state.manifest
    if manifest is None or manifest.model is None:
        return []
    frozen = [layer for layer in manifest.model.layers if not layer.trainable]
    standing = _without_update(outcome)
    still = [
        layer
        for layer in manifest.model.layers
        if layer.trainable and (layer.name in unmoved or _layer_of(layer.name) in standing)
    ]
    return [*_told("frozen", frozen), *_told("unmoved", still)]


def _told(key: str, layers: Sequence[LayerInfo]) -> list[Check]:
    if not layers:
        return []
    matrices = [layer for layer in layers if len(layer.shape) > 1]
    names = list(dict.fromkeys(_layer_of(layer.name) for layer in matrices or layers))
    listed = ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")
    say = fault if matrices else doubtful
    return [say(f"overfit_sample.{key}", count=len(names), layers=listed)]


def _is_ours(model: Mapping[str, str], settings: Mapping[str, Value]) -> bool:
    """Whether the network that was looked at is the one that these settings make."""
    return all(name in settings and as_text(settings[name]) == text for name, text in model.items())


def _without_update(outcome: Outcome) -> set[str]:
    """Layers that got a gradient in the last step that was watched, and no update, while others did."""
    layers: Mapping[str, LayerStats] = outcome.state.layers.layers if outcome.state.layers else {}
    if not any(_number(each.update_ratio) > 0 for each in layers.values()):
        return set()
    return {name for name, each in layers.items() if _number(each.update_ratio) == 0 and _number(each.grad_norm) > FELT}


def _number(value: float | str | None) -> float:
    return float("nan") if value is None else float(value)


def _layer_of(parameter: str) -> str:
    return parameter.rpartition(".")[0] or parameter


def check_rate(outcomes: Sequence[Outcome]) -> Check | None:
    """Return a fault if trainings that differ in nothing but the learning rate went the same way, to every digit."""
    for one, other in combinations(outcomes, 2):
        rates = [float(str(each.trial.settings["lr"])) for each in (one, other)]
        if rates[0] != rates[1] and _are_same(one, other):
            return fault("overfit_sample.lr_without_effect", one=rates[0], other=rates[1], **_logged(one, other))
    return None


def _logged(one: Outcome, other: Outcome) -> dict[str, float]:
    """The learning rate that both logs tell; nothing if they tell what was asked for."""
    told = [each.state.step_metrics["lr"].raw.values[-1:] for each in (one, other)]
    if not all(map(len, told)) or told[0][0] != told[1][0]:
        return {}
    return {"logged": float(told[0][0])}


def _are_same(one: Outcome, other: Outcome) -> bool:
    losses = [each.state.train_loss.raw.values for each in (one, other)]
    length = min(map(len, losses))
    first, second = (each[:length] for each in losses)
    moves = length >= ENOUGH and bool((first[1:] != first[0]).any())
    return moves and np.array_equal(first, second, equal_nan=True)
