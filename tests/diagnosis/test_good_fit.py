"""All is well."""

import pytest
from diagnosis.curves import EPOCH, evidence, falling, found, jittered, run, silent, turning

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict


@pytest.mark.parametrize("seed", range(5))
def test_both_have_come_down(seed: int) -> None:
    state = run(jittered(falling(60), 0.01, seed), jittered(falling(60, last=0.35), 0.01, seed + 9))
    finding = found(state, Symptom.GOOD_FIT)
    assert finding.severity is Severity.INFO
    assert examine(state).findings == (finding,)
    at_best, gap = finding.evidence[0], evidence(finding, "gap")
    assert at_best.value < 0.03
    assert at_best.name == ("val_at_best" if at_best.value < 0.005 else "val_near_best")
    assert gap.numbers == pytest.approx({"train": 0.3, "val": 0.35}, rel=0.05)
    assert gap.value == pytest.approx(gap.numbers["val"] / gap.numbers["train"] - 1)
    assert 20 * EPOCH < finding.since_step <= 60 * EPOCH


def test_validation_below_training_is_told_as_that() -> None:
    told = evidence(found(run(falling(60, last=0.4), falling(60)), Symptom.GOOD_FIT), "val_below_train")
    assert told.value == pytest.approx(0.25, abs=0.01)


def test_it_is_not_said_beside_another_verdict() -> None:
    assert silent(run(falling(60, last=0.05, rate=5), turning(60)), Symptom.GOOD_FIT)
    assert silent(run(falling(5), falling(5)), Symptom.GOOD_FIT)


def test_more_validations_more_certainty() -> None:
    sure = [examine(run(falling(each), falling(each))).confidence for each in (6, 12, 30, 300)]
    assert sure == sorted(sure)
    assert (sure[0], sure[-1]) == (0.6, 0.95)
    assert examine(run(falling(6), falling(6))).verdict is Verdict.GOOD_FIT
