"""Two runs with different settings and the same curve."""

import pytest
from diagnosis.curves import evidence, falling, jittered, run

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Finding, Severity, Symptom
from dltui.series.state import RunState
from dltui_trainers.runlog import Value

CURVE = jittered(falling(60), 0.01)


def compared(here: RunState, there: RunState) -> Finding | None:
    """What is found when the two are laid beside each other."""
    return examine(here, other=there).find(Symptom.OPTION_WITHOUT_EFFECT)


def setting(lr: Value, factor: float = 1.0, epochs: int = 60) -> RunState:
    """A run with that learning rate, whose validation is the common curve times ``factor``."""
    return run(CURVE[:epochs], CURVE[:epochs] * factor, hparams={"lr": lr, "batch_size": 32, "epochs": 60})


def test_the_option_is_not_read() -> None:
    finding = compared(setting(0.1), setting(0.01, 1.0005))
    assert finding is not None and finding.severity is Severity.WARNING
    assert evidence(finding, "same_curve").value == pytest.approx(0.0005, rel=0.01)
    assert evidence(finding, "same_curve").numbers == {"changed": 1}


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("another curve", setting(0.01, 1.01)),
        ("the same settings", setting(0.1)),
        ("unknown settings", run(CURVE, CURVE)),
        ("five validations", setting(0.01, epochs=5)),
        ("only how long is trained", run(CURVE, CURVE, hparams={"lr": 0.1, "batch_size": 32, "epochs": 99})),
        ("no validation", run(CURVE, None, hparams={"lr": 0.01})),
    ],
)
def test_the_near_miss(name: str, other: RunState) -> None:
    assert compared(setting(0.1), other) is None
    assert compared(other, setting(0.1)) is None


def test_the_shorter_one_counts() -> None:
    assert compared(setting(0.1), setting(0.01, epochs=20)) is not None
    assert compared(setting(0.1, epochs=20), setting(0.01)) is not None


def test_alone_nothing_is_compared() -> None:
    assert examine(setting(0.1)).find(Symptom.OPTION_WITHOUT_EFFECT) is None


@pytest.mark.parametrize("name", ["log_every", "watch_every", "checkpoint_every"])
def test_what_is_logged_changes_no_curve(name: str) -> None:
    here, there = (run(CURVE, CURVE, hparams={"lr": 0.1, name: value}) for value in (1, 50))
    assert compared(here, there) is None
