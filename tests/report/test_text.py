"""The report in plain text: 80 columns, and the words of ``dltui diagnose``."""

import pytest
from reports import HOSTILE, hostile, report_of, sample
from rich.cells import cell_len
from runlogs import whole_run

from dltui.report.text import COLUMNS, Paper, as_text, diagnosis_text
from dltui.text import safe_text


def test_it_begins_with_what_diagnose_prints() -> None:
    report = sample("overfitting")
    text = as_text([report])
    assert text.startswith(diagnosis_text(report, Paper(columns=COLUMNS)))
    for word in ("What was done while it ran", "Hyperparameters", "512", "(default ", "The run", "training samples"):
        assert word in text


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("name", ["overfitting", "non_finite", "still_improving"])
def test_no_line_is_wider_than_80_columns(name: str, language: str) -> None:
    for line in as_text([sample(name, language)]).splitlines():
        words = line.split()
        assert cell_len(line) <= COLUMNS or max(map(cell_len, words)) > COLUMNS // 2


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_it_steers_a_terminal(text: str) -> None:
    page = as_text([hostile(text)])
    assert all(line == safe_text(line) for line in page.split("\n"))


def test_several_runs_stand_below_each_other() -> None:
    text = as_text([report_of(whole_run(), name="first"), report_of(whole_run(), name="second")])
    assert text.index("first") < text.index("═" * COLUMNS) < text.index("second")
