"""Layers that are not trained because their parameters say so."""

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.network import Layer, Network, names
from dltui.diagnosis.observed import Observed

LEAST_SIZE = 32
"""Fewer weights than these are a constant that somebody keeps as a layer (the bins of YOLO's distances are 16)."""


def find(run: Observed) -> Finding | None:
    """The parameters of some layers have ``requires_grad`` off, while others are trained.

    Mostly it is meant: a fine-tuning keeps the first layers, or most of the network, and a teacher is copied and not
    trained. So it is a note, and a warning only where one single layer stands between trained ones, or is the last:
    nobody does that on purpose, and a flag that was set for a test and forgotten looks just so. Silent where nothing
    is trained at all, and where the log does not tell the layers.
    Source: PyTorch documentation, autograd mechanics: locally disabling gradient computation.
    """
    network = run.network
    frozen = [each for each in network.layers if not each.trainable]
    if not frozen or len(frozen) == len(network.layers):
        return None
    alone = _is_alone(network, frozen)
    return Finding(
        symptom=Symptom.FROZEN_LAYERS,
        severity=Severity.WARNING if alone else Severity.INFO,
        confidence=0.7 if alone else 0.9,
        since_step=run.first_step,
        evidence=(Evidence(name="frozen_share", value=network.share(frozen), unit=Unit.RATIO, layers=names(frozen)),),
        guide_step=2,
    )


def _is_alone(network: Network, frozen: list[Layer]) -> bool:
    """Whether it is one layer among trained ones that connect units as it does."""
    only = frozen[0]
    large = only.connects and only.size >= LEAST_SIZE
    return len(frozen) == 1 and large and not network.is_backbone(frozen)
