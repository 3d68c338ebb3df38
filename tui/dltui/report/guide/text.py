"""The report of a guide as plain text."""

from dltui.guide.telling.as_text import guide_lines
from dltui.report.guide.report import GuideReport
from dltui.report.text import COLUMNS, as_text
from dltui.wrap import wrap


def guide_as_text(report: GuideReport) -> str:
    """Return the whole report of a guide, in 80 columns."""
    lines = guide_lines(report.guide, report.guide_texts, COLUMNS)
    if report.no_final:
        lines += ["", *wrap(report.no_final, COLUMNS)]
    text = "\n".join(lines) + "\n"
    if report.final is None:
        return text
    return f"{text}\n{'═' * COLUMNS}\n\n{report.word('final')}\n\n{as_text([report.final])}"
