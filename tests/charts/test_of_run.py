"""Where the charts of a run begin and end."""

import numpy as np
import pytest
import runlogs

from dltui.charts.of_run import whole_span
from dltui.runs.status import RunStatus
from dltui.runs.update import Batch, Rows
from dltui.series.state import RunState
from dltui_trainers.runlog import Parent


def state(first_step: int, parent: Parent | None) -> RunState:
    steps = np.arange(first_step, first_step + 100, 10, dtype=np.float64)
    names = ("val_loss", "val_accuracy", "val_precision", "val_recall", "train_accuracy")
    run = RunState()
    run.manifest = runlogs.manifest(parent=parent)
    run.status = RunStatus.FINISHED
    run.extend(
        Batch(evals=Rows(step=steps, epoch=steps / 10, time=steps, values=dict.fromkeys(names, 1 / (1 + steps))))
    )
    return run


@pytest.mark.parametrize(
    ("first_step", "parent", "begins"),
    [
        (0, None, 0.0),
        (10, None, 0.0),
        (500, Parent(run="x", step=500, changed={}), 500.0),
        (0, Parent(run="x", step=0, changed={}), 0.0),
    ],
)
def test_a_branch_begins_where_it_left_its_parent(first_step: int, parent: Parent | None, begins: float) -> None:
    run = state(first_step, parent)
    assert whole_span(run, "step") == (begins, first_step + 90)
    assert whole_span(run, "epoch")[0] == begins / 10
