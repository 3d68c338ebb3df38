"""The validation loss rises while the validation accuracy does too."""

import pytest
from diagnosis.curves import Values, along, evidence, falling, found, jittered, run, silent, turning

from dltui.diagnosis.finding import Severity, Symptom

TRAIN, VAL = falling(60, last=0.5, rate=5), turning(60, turn=0.3, end=0.9)
BETTER = 0.80 + 0.12 * along(60)


def test_it_takes_the_place_of_overfitting() -> None:
    state = run(TRAIN, VAL, accuracy=jittered(BETTER, 0.002))
    finding = found(state, Symptom.OVERCONFIDENT)
    assert finding.severity is Severity.INFO
    assert evidence(finding, "val_rise").value == pytest.approx(0.5, abs=0.05)
    told = evidence(finding, "accuracy_rises")
    assert told.numbers == pytest.approx({"first_share": 0.836, "last_share": 0.92}, abs=0.01)
    assert told.value == pytest.approx(told.numbers["last_share"] - told.numbers["first_share"])
    assert silent(state, Symptom.OVERFITTING)


@pytest.mark.parametrize(
    ("name", "accuracy"),
    [
        ("falls", 0.9 - 0.05 * along(60)),
        ("stays", along(60) * 0 + 0.9),
        ("rises by less than half a point", 0.9 + 0.003 * along(60)),
        ("rises by less than its noise", jittered(0.5 + 0.02 * along(60), 0.1)),
        ("is not known", None),
    ],
)
def test_it_stays_overfitting_when_the_accuracy(name: str, accuracy: Values | None) -> None:
    state = run(TRAIN, VAL, accuracy=accuracy)
    assert silent(state, Symptom.OVERCONFIDENT)
    assert not silent(state, Symptom.OVERFITTING)


def test_a_loss_that_does_not_rise_is_not_meant() -> None:
    assert silent(run(TRAIN, falling(60), accuracy=BETTER), Symptom.OVERCONFIDENT)
