"""The report of a guide in each format, which is loaded when it is asked for."""

from dltui.report.guide.report import GuideReport


def render_guide(report: GuideReport, format: str) -> str:
    """Return the report in that format, one of :data:`dltui.report.write.FORMATS`."""
    match format:
        case "html":
            from dltui.report.guide.html import guide_as_html

            return guide_as_html(report)
        case "md":
            from dltui.report.guide.markdown import guide_as_markdown

            return guide_as_markdown(report)
        case "svg":
            from dltui.report.guide.svg import guide_as_svg

            return guide_as_svg(report)
        case _:
            from dltui.report.guide.text import guide_as_text

            return guide_as_text(report)
