"""All is well."""

from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit
from dltui.diagnosis.observed import Observed

NEARLY = 0.005
"""Half a percent above its best is at its best."""


def find(run: Observed) -> Finding:
    """Both curves have come down together, and validation is at its best. Asked only when no other rule objects.

    A gap by itself is no fault: training data are always a little easier. Keep the configuration; what is left are
    small refinements.
    Source: CS231n neural-networks-3; Google Tuning Playbook.
    """
    val = run.val_smooth
    best, end = float(val.min()), float(val[-1])
    away = (end - best) / abs(best) if best else 0.0
    where = Evidence(name="val_near_best", value=away, unit=Unit.RATIO, numbers={"best": best, "last": end})
    if away < NEARLY:
        where = Evidence(name="val_at_best", value=away, unit=Unit.RATIO, numbers={"best": best})
    evidence = [where]
    train = float(run.train_at_val_smooth[-1])
    if train > 0:
        numbers = {"train": train, "val": end}
        name = "gap" if end >= train else "val_below_train"
        evidence.append(Evidence(name=name, value=abs(end - train) / train, unit=Unit.RATIO, numbers=numbers))
    return Finding(
        symptom=Symptom.GOOD_FIT,
        severity=Severity.INFO,
        confidence=0.8,
        since_step=float(run.val.step[int(val.argmin())]),
        evidence=tuple(evidence),
        guide_step=6,
    )
