"""Weights that all start with the same value, and so stay."""

import math

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.network import LEAST_RECORDS, Network, Tensor, names
from dltui.diagnosis.observed import Observed, once
from dltui.diagnosis.progress import learns_little

_UNITS = 2
"""With one unit there is nothing to be told apart from."""


@once
def find(run: Observed) -> Finding | None:
    """The weights of a layer are all 0, or all of one value, in every record, while other parameters change.

    Units that start equal get equal gradients and stay equal: the layer is as good as one unit; where all is 0, no
    gradient comes through at all. Cause: an initialisation with 0 or another constant. It is ordinary for a single
    layer to start at 0 (the last of a residual branch, an adapter), for it does not stay there: so silent until three
    records show that it does. Of one hidden layer of equal units it cannot be told, for its weights differ by their
    inputs.
    Source: CS231n neural-networks-2 (pitfall: all zero initialization); Goodfellow et al. 2016, 8.4.
    """
    network = run.network
    if len(network.steps) < LEAST_RECORDS:
        return None
    equal = [each for each in network.measured if each.connects and any(_stays_equal(tensor) for tensor in each.core)]
    if not equal or not _something_moves(network):
        return None
    value = next(tensor.constant for tensor in equal[0].core if _stays_equal(tensor))
    return Finding(
        symptom=Symptom.ZERO_INIT,
        severity=Severity.CRITICAL if learns_little(run) else Severity.WARNING,
        confidence=0.95,
        since_step=network.steps[0],
        evidence=(Evidence(name="equal_weights", value=value, unit=Unit.NUMBER, layers=names(equal)),),
        guide_step=2,
    )


def _stays_equal(tensor: Tensor) -> bool:
    wide = all(size >= _UNITS for size in tensor.info.shape[:2])
    return tensor.is_matrix and wide and not math.isnan(tensor.constant)


def _something_moves(network: Network) -> bool:
    return any(not tensor.stands_still for each in network.measured for tensor in each.tensors if tensor.stats)
