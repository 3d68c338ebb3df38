"""What a rule is, and what all of them agree on: how much is enough, and how long is long."""

from collections.abc import Callable

from dltui.diagnosis.finding import Finding
from dltui.diagnosis.observed import Observed

LEAST_VALIDATIONS = 6
"""Fewer say nothing about a trend: of three random differences one in eight falls all the way."""
PERSISTENCE = 3
"""Validations in a row before a judgement on them counts (Prechelt 1998 waits for strips of 5 epochs)."""
PERSISTENCE_SHARE = 0.025
"""In a run of hundreds of validations three in a row are one event; there it is a fortieth of the run."""
WARM_UP_SHARE = 0.05
"""The first twentieth of a run is full of spikes that mean nothing: warm-up, the statistics of batch norm."""


Rule = Callable[[Observed], Finding | None]
"""One symptom. Returns None when it is not there, and also when it cannot be told."""


def persistence(length: int) -> int:
    """How many of ``length`` points something must hold before it is believed."""
    return max(PERSISTENCE, round(length * PERSISTENCE_SHARE))
