"""Logs as other people's tools wrote them, against what a reader of the numbers noted of each: first, best, last."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from dltui.formats import open_log, state_of
from dltui.series.curve import Curve
from dltui.series.state import RunState

LOGS = Path(__file__).parents[2].parent / "shared" / "reallogs"
END_SHARE = 20
"""The note's last value is the mean of the last twentieth."""
ROUNDING = 6e-4
"""The note has four digits."""
SAME_RUN = {
    "files/GuilhermeMPG__events.out.tfevents.1749490612.1ae8103e7f3c.4976.0": (
        "files/GuilhermeMPG__runs_Optimized_Run_results.csv"
    )
}
"""The note of the event file is of one part of the loss; that of the same training's table is of the sum."""
SERIES = re.compile(r"(\w+) (?:(\S+)->best (\S+)@\d+%->end (\S+)|all NaN) \(n=(\d+)\)")


def index() -> list[dict[str, str]]:
    if not LOGS.is_dir():
        return []
    with (LOGS / "index.csv").open(newline="") as file:
        return list(csv.DictReader(file))


ROWS = index()
needs_logs = pytest.mark.skipif(not ROWS, reason=f"the real logs are not beside the repository ({LOGS})")


def curve(state: RunState, name: str) -> Curve:
    named: dict[str, Curve] = {
        "train": state.train_loss,
        "val": state.val_loss,
        "train_acc": state.eval_metrics["train_accuracy"],
        "val_acc": state.eval_metrics["val_accuracy"],
    }
    return named[name]


@needs_logs
@pytest.mark.parametrize("row", ROWS, ids=[row["file"].removeprefix("files/")[:60] for row in ROWS])
def test_the_series_are_those_that_a_person_found(row: dict[str, str]) -> None:
    log = open_log(LOGS / row["file"])
    state = state_of(log)
    evidence = {each["file"]: each["evidence"] for each in ROWS}
    noted = SERIES.findall(evidence[SAME_RUN.get(row["file"], row["file"])])
    for name, first, best, last, count in noted:
        values = curve(state, name).raw.values
        assert len(values) == int(count)
        if not first:
            assert np.isnan(values).all()
            continue
        end = float(np.mean(values[-max(1, len(values) // END_SHARE) :]))
        top = float(np.nanmax(values) if name.endswith("acc") else np.nanmin(values))
        assert [float(values[0]), top, end] == pytest.approx([float(first), float(best), float(last)], rel=ROUNDING)
    assert noted or "no loss series" in row["evidence"]


@needs_logs
@pytest.mark.parametrize("row", ROWS, ids=[row["file"].removeprefix("files/")[:60] for row in ROWS])
def test_steps_go_back_only_where_the_log_does(row: dict[str, str]) -> None:
    log = open_log(LOGS / row["file"])
    for rows in (log.batch.steps, log.batch.evals):
        if rows is None:
            continue
        assert np.isfinite(rows.step).all()
        back = np.count_nonzero(np.diff(rows.step) < 0)
        assert (back > 0) == ("appended_restarts" in row["detail"])


def test_the_real_logs_are_read_where_they_are() -> None:
    if not ROWS:
        pytest.skip(f"the real logs are not beside the repository ({LOGS})")
    assert len(ROWS) == 97
