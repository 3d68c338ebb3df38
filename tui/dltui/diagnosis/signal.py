"""How the signal changes on its way through a network: forwards in the outputs, backwards in the gradients.

Not a rule: what the rules on vanishing and exploding share.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

from dltui.diagnosis.network import LEAST_RECORDS, Layer
from dltui.diagnosis.observed import Observed, once
from dltui_trainers.runlog import ParametersRecord

LEAST_LAYERS = 3
"""Of two layers the second may well have another scale."""
HOP = 3.0
"""A sound initialisation keeps the deviation from layer to layer within a factor of 2 (He et al. 2015)."""
WHOLE = 1e3
"""So much from the first layer to the last: nothing is left of the one or the other in float16."""


@dataclass(frozen=True, slots=True)
class Ends:
    """What is measured at the first and at the last layer."""

    first: float
    last: float
    first_layer: str
    last_layer: str

    @property
    def names(self) -> tuple[str, str]:
        """The two layers."""
        return self.first_layer, self.last_layer


@once
def gradients(run: Observed) -> list[tuple[Layer, list[float]]]:
    """The layers that connect units and are in every record that is looked at, with the norm of their gradient in each.

    What is trained by several optimisers may be measured by turns, and then nothing can be laid beside each other.
    """
    network = run.network
    found = [each for each in network.measured if each.connects]
    return [(each, each.core[0].grad_norms) for each in found if len(each.core[0].stats) == len(network.steps)]


@once
def outputs(run: Observed) -> Ends | None:
    """The deviation of the outputs at both ends, if from layer to layer it grew or shrank all the way.

    It must have done so in the first record and in the newest: targets of another scale are learned, not there from
    the start. None for a training that went on from another, and with fewer than three layers or records.
    """
    records = run.output_records
    if len(records) < LEAST_RECORDS or run.continued:
        return None
    first, newest = (_deviations(run, record) for record in (records[0], records[-1]))
    if _direction(first) and _direction(first) == _direction(newest):
        names, values = list(newest), list(newest.values())
        return Ends(values[0], values[-1], names[0], names[-1])
    return None


def _deviations(run: Observed, record: ParametersRecord) -> dict[str, float]:
    """In the order in which they ran."""
    connecting = {each.name for each in run.network.layers if each.connects}
    return {name: float(each.deviation) for name, each in record.outputs.items() if name in connecting}


def _direction(deviations: dict[str, float]) -> int:
    """1 if they grow by a lot at each layer, -1 if they shrink, 0 otherwise and where one is 0 or no number."""
    values = list(deviations.values())
    if len(values) < LEAST_LAYERS or not all(0 < each < math.inf for each in values):
        return 0
    hops = [after / before for before, after in pairwise(values)]
    if min(hops) >= HOP and values[-1] / values[0] >= WHOLE:
        return 1
    return -1 if max(hops) <= 1 / HOP and values[0] / values[-1] >= WHOLE else 0
