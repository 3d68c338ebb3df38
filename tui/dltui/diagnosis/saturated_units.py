"""Sigmoid and tanh units that are at the ends of their range for nearly every sample."""

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.network import LEAST_RECORDS
from dltui.diagnosis.observed import Observed
from dltui.diagnosis.progress import learns_little

MANY = 0.9
"""TheDeepChecker warns from half of the units, which sound gates and codes have too; at nine tenths hardly any gradient
passes."""


def find(run: Observed) -> Finding | None:
    """Nine tenths of a hidden layer's outputs lie within 2 % of the ends of their range, in record after record.

    There the slope is nearly 0, and no gradient comes through to the layers before. Causes: initial weights or inputs
    that are too large, a learning rate that was too high. The last activation of a network is not meant: a classifier
    that is sure of its answers, or a picture in black and white, is to be at the ends. Gates may be as well, so it is
    a note unless the training learns little.
    Source: Glorot and Bengio 2010; TheDeepChecker (Ben Braiek and Khomh 2022).
    """
    records = run.output_records[-LEAST_RECORDS:]
    if len(records) < LEAST_RECORDS:
        return None
    shares = {name: _least(run, name) for name in _hidden(run)}
    worst = [name for name, share in shares.items() if share > MANY]
    if not worst:
        return None
    return Finding(
        symptom=Symptom.SATURATED_UNITS,
        severity=Severity.WARNING if learns_little(run) else Severity.INFO,
        confidence=0.8,
        since_step=float(records[0].step),
        evidence=(
            Evidence(
                name="saturated_share",
                value=max(shares[name] for name in worst),
                unit=Unit.RATIO,
                layers=tuple(worst),
            ),
        ),
        guide_step=2,
    )


def _hidden(run: Observed) -> list[str]:
    """The layers before the last one: what is measured of an activation stands at the layer before it."""
    outputs = list(run.output_records[-1].outputs)
    connecting = {each.name for each in run.network.layers if each.connects}
    last = [place for place, name in enumerate(outputs) if name in connecting]
    return outputs[: last[-1]] if last else outputs[:-1]


def _least(run: Observed, name: str) -> float:
    """The smallest share in the newest records; 0 where one does not tell."""
    found = [each.outputs.get(name) for each in run.output_records[-LEAST_RECORDS:]]
    return min(0.0 if each is None or each.saturated is None else float(each.saturated) for each in found)
