"""Faults planted in the trainings: the guide, all of it real but for them, finds each where it is to be found."""

from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.guide.faults import EXPECTED, LAST, Case, cases, is_right, run
from benchmarks.guide.grounds import Settings, grounds
from benchmarks.guide.planted import FAULTS

from dltui.guide.options import Options

pytestmark = pytest.mark.slow

SMALL = Options(budget_s=60.0, lr_points=6, coarse_epochs=1, weight_decays=(0.0, 1e-4))
"""Enough to tell what is sound from what is not, in a few seconds."""
PLANTED = ("labels_shuffled", "inputs_raw", "layer_frozen", "loss_summed", "lr_fixed")
SOUND = ("sound digits model=cnn", "sound tabular")
CASES = [each for each in cases({}) if (each.fault in PLANTED and each.task == "digits") or each.name in SOUND]
"""``python -m benchmarks.guide.faults`` plants them, and variants of them, in other tasks too, and takes its time."""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return grounds(tmp_path_factory.mktemp("table"))["tabular"].settings


def test_each_fault_that_can_be_planted_is() -> None:
    assert set(EXPECTED) == set(FAULTS)
    assert all("digits" in tasks and len(tasks) > 1 for _, tasks in EXPECTED.values())


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda each: each.name.replace(" ", "-"))
def test_a_fault_is_found_at_its_step_and_none_where_there_is_none(case: Case, table: Settings, tmp_path: Path) -> None:
    if case.task == "tabular":
        case = replace(case, settings=table)
    found = run(case, tmp_path, SMALL, last=max(case.expected, default=LAST))
    assert is_right(case, found), f"found at {found.place}: {found.said}"
