"""A judged log as a person reads it in a terminal: verdict, curve, findings, advice."""

from dltui.cli.judged import Judged
from dltui.report.make import make_report
from dltui.report.report import Report
from dltui.report.text import Paper, brief_text, diagnosis_text
from dltui.texts import Texts

__all__ = ["Paper", "as_text", "brief", "report_of"]


def as_text(judged: Judged, texts: Texts, paper: Paper) -> str:
    """Return all that there is to say of one log, without a newline at its end."""
    return diagnosis_text(report_of(judged, texts), paper)


def brief(judged: Judged, texts: Texts, paper: Paper) -> str:
    """Return the verdict, what weighs most, and the first advice: a few lines for the end of a training."""
    return brief_text(report_of(judged, texts), paper)


def report_of(judged: Judged, texts: Texts) -> Report:
    """Return what was judged as a report, in the language of ``texts``."""
    return make_report(
        name=judged.log,
        format=judged.format,
        state=judged.state,
        diagnosis=judged.diagnosis,
        advice=judged.advice,
        texts=texts,
        cut=judged.cut,
        columns=judged.columns,
    )
