"""Writes a report to a file in the format that its name asks for: whole or not at all."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dltui.errors import UsageError
from dltui.saving import save, shown

if TYPE_CHECKING:
    from dltui.report.report import Report

FORMATS = ("html", "md", "svg", "txt")
_SUFFIXES = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".svg": "svg", ".txt": "txt"}


def format_for(path: Path) -> str:
    """Return the format that a file's name asks for. Raises :class:`UsageError` for one that asks for none of ours."""
    found = _SUFFIXES.get(path.suffix.lower())
    if found is None:
        raise UsageError(f"A report ends in .html, .md, .svg or .txt, and {shown(path)} does not; --format says which.")
    return found


def render(reports: "Sequence[Report]", format: str) -> str:
    """Return the reports in that format. Raises :class:`UsageError` for several of them on one poster."""
    return _renderer(format)(reports)


def write_report(path: Path, reports: "Sequence[Report]", *, format: str | None = None, force: bool = False) -> None:
    """Write the reports to ``path``, in the format that its name asks for.

    Raises :class:`UsageError` if the name asks for none or the file is there already and ``force`` is not given, and
    :class:`~dltui.errors.OutputError` if it cannot be written.
    """
    text = render(reports, format or format_for(path))
    save(path, [text.encode("utf-8")], force=force)


def _renderer(format: str) -> "Callable[[Sequence[Report]], str]":
    # each format is loaded when it is asked for
    if format == "html":
        from dltui.report.html import as_html

        return as_html
    if format == "md":
        from dltui.report.markdown import as_markdown

        return as_markdown
    if format == "svg":
        return _poster
    from dltui.report.text import as_text

    return as_text


def _poster(reports: "Sequence[Report]") -> str:
    from dltui.report.svg import as_svg

    if len(reports) > 1:
        raise UsageError("An SVG shows one run; name one LOG, or take .html, .md or .txt for several.")
    return as_svg(reports[0])
