"""The sentences that all formats of a study's report have in common."""

from dltui.formatting import count
from dltui.report.study.report import StudyReport

WITHOUT = "There is no chart here of: {names}."


def rows_left_out(report: StudyReport) -> str:
    """Return how many trials the table lacks, and how to get all of them."""
    left_out = count(report.trials.left_out)
    return f"and {left_out} more; 'dltui export {report.name} -o trials.csv' writes all of them"
