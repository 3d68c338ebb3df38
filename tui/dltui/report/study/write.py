"""The report of a search or a tuning in each format, which is loaded when it is asked for."""

from dltui.report.study.report import StudyReport


def render_study(report: StudyReport, format: str) -> str:
    """Return the report in that format, one of :data:`dltui.report.write.FORMATS`."""
    match format:
        case "html":
            from dltui.report.study.html import study_as_html

            return study_as_html(report)
        case "md":
            from dltui.report.study.markdown import study_as_markdown

            return study_as_markdown(report)
        case "svg":
            from dltui.report.study.svg import study_as_svg

            return study_as_svg(report)
        case _:
            from dltui.report.study.text import study_as_text

            return study_as_text(report)
