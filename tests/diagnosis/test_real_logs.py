"""Trainings of other people, against what a person or their authors called them: how often is it right?

The logs are read where they are, beside the repository, and are no part of it.
"""

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from diagnosis.curves import EPOCH, run, warned

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Symptom, Verdict
from dltui.diagnosis.observed import Observed
from dltui.errors import DltuiError
from dltui.formats import open_log, state_of
from dltui.series.state import RunState

LOGS = Path(__file__).parents[2].parent / "shared" / "reallogs"
HISTORIES = LOGS / "overfitguard-simulated.jsonl.gz"
VERDICTS = {
    "good_fit": Verdict.GOOD_FIT,
    "overfit": Verdict.OVERFITTING,
    "underfit": Verdict.UNDERFITTING,
    "plateau": Verdict.UNDERFITTING,
    "diverged": Verdict.DIVERGED,
    "unclear": Verdict.INCONCLUSIVE,
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not LOGS.is_dir(), reason=f"the real logs are not beside the repository ({LOGS})"),
]


def clear_cut(*labels: str) -> list[dict[str, str]]:
    """The rows of the index whose label is beyond doubt."""
    with (LOGS / "index.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["borderline"] == "0"]
    return [row for row in rows if row["label"] in labels]


def opened(row: dict[str, str]) -> RunState | None:
    """The run of a log; None where it cannot be read, which is as wrong as a wrong verdict."""
    try:
        return state_of(open_log(LOGS / row["file"]))
    except DltuiError:
        return None


def histories() -> list[tuple[bool, RunState, np.ndarray]]:
    """OverfitGuard's simulated trainings: whether it is overfitting, the run, its validation loss."""
    with gzip.open(HISTORIES, "rt") as file:
        records = [json.loads(line) for line in file]
    return [
        (each["label"] == "overfitting", run(each["train"], each["val"]), np.asarray(each["val"])) for each in records
    ]


def f1(hits: int, misses: int, false_alarms: int) -> float:
    return 2 * hits / (2 * hits + misses + false_alarms)


def test_the_verdict_is_the_one_of_a_person() -> None:
    rows = clear_cut(*VERDICTS)
    assert len(rows) >= 70
    wrong = []
    for row in rows:
        state = opened(row)
        verdict = None if state is None else examine(state).verdict
        if verdict is not VERDICTS[row["label"]]:
            wrong.append(f"{row['file']}: {row['label']}, called {verdict}")
    assert len(wrong) <= 0.1 * len(rows), "\n".join(wrong)


def test_overfitting_is_told_from_the_rest() -> None:
    truth = np.array([label for label, _, _ in histories()])
    told = np.array([examine(state).verdict is Verdict.OVERFITTING for _, state, _ in histories()])
    hits, misses = int((truth & told).sum()), int((truth & ~told).sum())
    false_alarms, rest = int((~truth & told).sum()), int((~truth & ~told).sum())
    assert (f1(hits, misses, false_alarms) + f1(rest, false_alarms, misses)) / 2 >= 0.97


def test_a_good_training_is_left_alone_at_every_moment() -> None:
    moments, alarms = 0, []
    for row in clear_cut("good_fit"):
        state = opened(row)
        if state is None:
            continue
        observed = Observed(state)
        for step in np.linspace(observed.first_step, observed.last_step, 21)[1:]:
            moments += 1
            alarms += [f"{row['file']} at {step:.0f}: {each}" for each in warned(examine(state, float(step)))]
    assert moments >= 300
    assert len(alarms) <= 0.02 * moments, "\n".join(alarms)


def test_overfitting_is_told_soon_after_the_best_epoch_and_never_before_it() -> None:
    delays = []
    for label, state, val in histories():
        if not label:
            continue
        moments = np.linspace(0, len(val), 101)[1:]
        found = next(m for m in moments if examine(state, EPOCH * float(m)).find(Symptom.OVERFITTING) is not None)
        delays.append((found - 1 - int(val.argmin())) / len(val))
    assert len(delays) == 44
    assert min(delays) > 0
    assert np.median(delays) <= 0.1
